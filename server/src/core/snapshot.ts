/** A lane in one message for those who come late, within its bound: first who waits, then what was streamed so far. */
import type { LaneSnapshot, StreamSnapshot, TaskView } from '@cuehub/protocol';
import { streamsOf, type Lane } from './lane.js';
import type { Task } from './task.js';
import { type Stream, tailText, utf8Bytes } from './stream.js';
import { statusOf, viewOf } from './views.js';

/** Bytes left for what is around the parts that are measured: names of fields, the reply that carries it. */
const ENVELOPE_BYTES = 1024;

/** A lane as of `seq`. `text`: with what was streamed so far. As JSON it takes `snapshot_bytes_max` at most. */
export function snapshotOf(lane: Lane, now_ms: number, options: { readonly text: boolean }): LaneSnapshot {
  const { snapshot_queue_items_max: items, snapshot_text_bytes_max, snapshot_bytes_max } = lane.config;
  const status = statusOf(lane, now_ms);
  const queued = lane.queue.first(items, false);
  const stopped = lane.queue.first(items, true);
  const budget = { bytes: snapshot_bytes_max - snapshot_text_bytes_max - ENVELOPE_BYTES - jsonBytes(status) };
  const views = (tasks: readonly Task[]): TaskView[] => {
    const told: TaskView[] = [];
    for (const task of tasks) {
      const view = viewOf(lane, task, now_ms, false);
      if (!spend(budget, jsonBytes(view))) break;
      told.push(view);
    }
    return told;
  };
  const queue = views(queued);
  const paused = views(stopped);
  budget.bytes += snapshot_text_bytes_max;
  const streams: StreamSnapshot[] = [];
  for (const task of lane.holder ? [lane.holder, ...stopped, ...queued] : [...stopped, ...queued]) {
    for (const stream of streamsOf(task)) {
      const found = streamOf(task, stream, options.text ? snapshot_text_bytes_max : 0, budget);
      if (found) streams.push(found);
    }
  }
  return { lane: lane.name, log: lane.log, seq: lane.seq, ...status, queue, paused, streams };
}

/** Null when there is no room even without its text. */
function streamOf(
  task: Task,
  stream: Stream,
  text_bytes_max: number,
  budget: { bytes: number },
): StreamSnapshot | null {
  const { name, content_type, next_seq } = stream;
  const bare = { task_id: task.task_id, stream: name, content_type, next_seq, text: '', text_from: next_seq };
  if (!spend(budget, jsonBytes(bare))) return null;
  // Escapes make text longer as JSON, up to six times: less of it then.
  for (let bytes_max = Math.min(text_bytes_max, budget.bytes); bytes_max > 0; bytes_max = Math.floor(bytes_max / 2)) {
    const tail = tailText(stream, bytes_max);
    if (spend(budget, jsonBytes(tail.text))) return { ...bare, ...tail };
  }
  return bare;
}

function spend(budget: { bytes: number }, bytes: number): boolean {
  // One more for the comma.
  if (bytes + 1 > budget.bytes) return false;
  budget.bytes -= bytes + 1;
  return true;
}

function jsonBytes(value: object | string): number {
  return utf8Bytes(JSON.stringify(value));
}

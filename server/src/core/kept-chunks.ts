/** What of a lane's streams is kept for watchers that come late or come back, and what is gone. Reads the state and changes nothing. */
import type { ChunkMessage, GapMessage } from '@cuehub/protocol';
import { streamsOf, type Lane } from './lane.js';
import type { Task } from './task.js';
import { firstUnseen } from './stream.js';
import { runsBefore } from './waiting-queue.js';

export interface ChunkQuery {
  readonly text: boolean;
  readonly audio: boolean;
  /** Last fact that the watcher has seen: streams opened anew after it come from their `from_seq`. */
  readonly seq: number;
  /** Last chunk seen by `TASK_ID/STREAM`; a stream that is not in it comes from its start. */
  readonly streams: { readonly [key: string]: number };
}

/** Kept chunks that a watcher with this position has not seen, in order within each stream. */
export function chunksSince(lane: Lane, query: ChunkQuery): ChunkMessage[] {
  const found: ChunkMessage[] = [];
  for (const task of tasksWithChunks(lane)) {
    for (const stream of streamsOf(task)) {
      const last = query.streams[`${task.task_id}/${stream.name}`];
      const first = last === undefined ? 0 : firstUnseen(stream, last, query.seq);
      for (let i = stream.kept_from; i < stream.kept.length; i += 1) {
        const { seq, epoch, data } = stream.kept[i]!;
        if (seq < first || !(typeof data === 'string' ? query.text : query.audio)) continue;
        found.push({ type: 'chunk', lane: lane.name, task_id: task.task_id, stream: stream.name, epoch, seq, data });
      }
    }
  }
  return found;
}

/** Chunks that a watcher with this position has not seen and cannot get any more: of streams that it names, and knows. */
export function chunksGone(lane: Lane, query: ChunkQuery): GapMessage['streams'] {
  const gone: GapMessage['streams'] = [];
  for (const [key, last] of Object.entries(query.streams)) {
    // Stream names have no slash in them, and neither have task ids.
    const [task_id = '', name = ''] = key.split('/');
    const stream = lane.tasks.get(task_id)?.streams?.get(name);
    if (!stream || !(stream.binary ? query.audio : query.text)) continue;
    const from_seq = firstUnseen(stream, last, query.seq);
    const to_seq = (stream.kept[stream.kept_from]?.seq ?? stream.next_seq) - 1;
    if (from_seq <= to_seq) gone.push({ task_id, stream: name, from_seq, to_seq });
  }
  return gone;
}

function* tasksWithChunks(lane: Lane): Generator<Task> {
  yield* lane.fading;
  // Not by way of the queue: few of those that wait have streamed.
  const waiting = [...lane.streaming].filter((task) => task !== lane.holder);
  yield* waiting.sort((a, b) => (runsBefore(a, b) ? -1 : 1));
  if (lane.holder) yield lane.holder;
}

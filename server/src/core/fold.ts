/**
 * The fold: what each record does to a lane. `step` changes durable state in no other way, so that a lane rebuilt from
 * its records is the lane that lived. Owns every durable field and the indexes over them (queue, claims, keys, timers);
 * decides nothing.
 */
import { addCall, addKey, addTask } from './admit.js';
import { giveUpRun, setRun } from './claims.js';
import { streamsOf, type Lane } from './lane.js';
import type { Task } from './task.js';
import { countWaiting, enterQueued, leaveState, place, stopRunning, takeFloor } from './moves.js';
import { endTask, forget } from './retire.js';
import { createStream, keep, reopen, utf8Bytes, type Stream } from './stream.js';
import type { LaneRecord } from './types.js';

/** `known`: the task that the record is about, where it is at hand; else it is looked up. Gives that task, if it is about one. */
export function fold(lane: Lane, record: LaneRecord, known: Task | null = null): Task | undefined {
  if (record.at > lane.at) lane.at = record.at;
  if (record.seq !== undefined) lane.seq = record.seq;
  switch (record.kind) {
    case 'task.queued':
      return addTask(lane, record);
    case 'lane.started':
      lane.started = true;
      lane.drain = false;
      return undefined;
    case 'lane.stopped':
      lane.started = false;
      lane.drain = record.drain;
      return undefined;
    case 'forgotten':
      forget(lane, record.ended, record.keys);
      return undefined;
    case 'key':
      addKey(lane, record.principal, record.key, record.task_id, record.fingerprint);
      return undefined;
    case 'call':
      addCall(lane, record.parent_id, record.child_id);
      return undefined;
    default: {
      const task = known ?? lane.tasks.get(record.task_id);
      if (!task) return undefined;
      lane.changes?.task(task);
      foldTask(lane, task, record);
      return task;
    }
  }
}

type TaskRecord = Exclude<
  LaneRecord,
  | { kind: 'task.queued' }
  | { kind: 'lane.started' }
  | { kind: 'lane.stopped' }
  | { kind: 'forgotten' }
  | { kind: 'key' }
  | { kind: 'call' }
>;

function foldTask(lane: Lane, task: Task, record: TaskRecord): void {
  switch (record.kind) {
    case 'task.requeued':
      leaveState(lane, task, record.at);
      task.interruptions += 1;
      task.restart = true;
      giveUpRun(lane, task);
      enterQueued(lane, task);
      return;
    case 'task.started':
      leaveState(lane, task, record.at);
      task.attempt = record.attempt;
      task.restart = false;
      task.retry_at = null;
      task.error = undefined;
      task.started_at ??= record.at;
      task.has_resume = task.checkpoint !== undefined;
      for (const stream of streamsOf(task)) detach(stream);
      setRun(lane, task, {
        session_id: record.session_id,
        principal: record.principal,
        first_epoch: record.epoch,
      });
      takeFloor(lane, task, record.epoch, record.at);
      return;
    case 'task.resumed':
      leaveState(lane, task, record.at);
      takeFloor(lane, task, record.epoch, record.at);
      return;
    case 'task.pausing':
      stopRunning(task, record.at);
      task.state = 'pausing';
      task.reason = record.reason;
      return;
    case 'task.cancelling':
      stopRunning(task, record.at);
      task.state = 'cancelling';
      task.reason = record.reason;
      task.cancel_then = record.then;
      return;
    case 'task.paused':
      // Down time is no running time: what was running when the hub went down ran until then.
      if (record.ran_until !== undefined) stopRunning(task, Math.max(record.ran_until, task.running_since ?? 0));
      leaveState(lane, task, record.at);
      if (record.reason === 'interrupted') task.interruptions += 1;
      task.state = 'paused';
      task.reason = record.reason;
      task.paused_since = record.at;
      task.resume_ttl_since = record.at;
      lane.tasks_paused += 1;
      countWaiting(lane, task, 1);
      place(lane, task);
      return;
    case 'task.retrying':
      leaveState(lane, task, record.at);
      giveUpRun(lane, task);
      task.retry_at = record.retry_at;
      task.error = record.error;
      enterQueued(lane, task);
      task.reason = record.reason;
      return;
    case 'task.completed':
      task.result = record.result;
      lane.tasks_completed += 1;
      endTask(lane, task, record.at, 'completed', undefined);
      return;
    case 'task.failed':
      task.error = record.error;
      endTask(lane, task, record.at, 'failed', record.reason);
      return;
    case 'task.cancelled':
      endTask(lane, task, record.at, 'cancelled', record.reason);
      return;
    case 'task.expired':
      endTask(lane, task, record.at, 'expired', record.reason);
      return;
    case 'stream.opened': {
      if (task.streams === null) {
        task.streams = new Map();
        lane.streaming.add(task);
      }
      let stream = task.streams.get(record.stream);
      if (!stream) {
        stream = createStream(record.stream, record.content_type);
        task.streams.set(record.stream, stream);
      }
      stream.content_type = record.content_type;
      stream.protect = !record.can_interrupt;
      stream.protect_reason = record.reason;
      reopen(stream, record.from_seq, record.seq ?? lane.seq);
      // What the checkpoint counted beyond it is no more: a later attempt goes on from here too.
      const at_checkpoint = task.checkpoint_streams?.[record.stream] ?? 0;
      if (at_checkpoint > record.from_seq)
        task.checkpoint_streams = { ...task.checkpoint_streams, [record.stream]: record.from_seq };
      stream.open = true;
      stream.attached = true;
      return;
    }
    case 'stream.closed': {
      const stream = task.streams?.get(record.stream);
      if (stream) stream.open = false;
      return;
    }
    case 'stream.accepted': {
      const stream = task.streams?.get(record.stream);
      if (!stream) return;
      // Live, the chunks are already there and only the journal's cursor moves; after a crash they come back from here.
      if (stream.next_seq < record.next_seq) {
        const max = lane.config.text_kept_bytes_max;
        record.chunks?.forEach((data, i) => {
          keep(stream, { seq: record.from_seq + i, epoch: task.epoch, data, bytes: utf8Bytes(data) }, max);
        });
        stream.next_seq = record.next_seq;
      }
      if (!record.chunks) stream.binary = true;
      stream.durable_seq = record.next_seq;
      return;
    }
    case 'checkpoint':
      task.checkpoint = record.checkpoint;
      task.checkpoint_streams = record.streams;
      return;
    case 'heard':
      task.streams?.get(record.stream)?.heard.set(record.sink, record.heard_seq);
      return;
    case 'adopted':
      if (!task.run) return;
      setRun(lane, task, { ...task.run, session_id: record.session_id });
      if (task.spec.executor === 'self') task.self_session = record.session_id;
      place(lane, task);
      return;
    // Told for watchers; neither outlives the moment.
    case 'task.deferred':
    case 'hold.taken':
    case 'hold.released':
    case 'hold.expired':
      return;
  }
}

function detach(stream: Stream): void {
  stream.attached = false;
  stream.open = false;
  stream.hold = null;
  stream.lapsed = false;
}

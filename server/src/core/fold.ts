/**
 * The fold: what each record does to a lane. `step` changes durable state in no other way, so that a lane rebuilt from
 * its records is the lane that lived. Owns every durable field and the indexes over them (queue, claims, keys, timers);
 * decides nothing.
 */
import { isTerminal, type PriorityLevel, type TerminalState } from '@cuehub/protocol';
import {
  BLOCKED,
  scopedKey,
  sessionKey,
  workerKey,
  type Lane,
  type LaneSession,
  type Run,
  type Task,
} from './lane.js';
import { createStream, keep, reopen, utf8Bytes, type Stream } from './stream.js';
import type { LaneRecord } from './types.js';

export function fold(lane: Lane, record: LaneRecord): void {
  if (record.at > lane.at) lane.at = record.at;
  if (record.seq !== undefined) lane.seq = record.seq;
  if (record.kind === 'task.queued') {
    addTask(lane, record);
    return;
  }
  if (record.kind === 'lane.started' || record.kind === 'lane.stopped') {
    lane.started = record.kind === 'lane.started';
    lane.drain = record.kind === 'lane.stopped' && record.drain;
    return;
  }
  if (record.kind === 'forgotten') {
    forget(lane, record.ended, record.keys);
    return;
  }
  if (record.kind === 'key') {
    addKey(lane, record.principal, record.key, record.task_id, record.fingerprint);
    return;
  }
  if (record.kind === 'call') {
    addCall(lane, record.parent_id, record.child_id);
    return;
  }
  const task = lane.tasks.get(record.task_id);
  if (task) foldTask(lane, task, record);
}

type TaskRecord = Exclude<
  LaneRecord,
  { kind: 'task.queued' } | { kind: 'lane.started' } | { kind: 'lane.stopped' } | { kind: 'forgotten' } | { kind: 'key' } | { kind: 'call' }
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
      for (const stream of task.streams?.values() ?? []) detach(stream);
      setRun(lane, task, { session_id: record.session_id, principal: record.principal });
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
      task.streams ??= new Map();
      let stream = task.streams.get(record.stream);
      if (!stream) {
        stream = createStream(record.stream, record.content_type);
        task.streams.set(record.stream, stream);
      }
      stream.content_type = record.content_type;
      stream.protect = !record.can_interrupt;
      stream.protect_reason = record.reason;
      if (!stream.attached || record.from_seq < stream.next_seq) reopen(stream, record.from_seq, record.seq ?? lane.seq);
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
      task.streams?.get(record.stream)?.heard.set(record.sink, record.seq);
      return;
    case 'adopted':
      if (!task.run) return;
      setRun(lane, task, { session_id: record.session_id, principal: task.run.principal });
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

function addTask(lane: Lane, record: Extract<LaneRecord, { kind: 'task.queued' }>): void {
  const { task: spec, task_id } = record;
  lane.order += 1;
  const task: Task = {
    task_id,
    order: lane.order,
    spec,
    preempt: spec.preempt,
    principal: record.principal,
    source: record.source,
    fingerprint: record.fingerprint,
    bytes: record.bytes,
    level: spec.priority,
    called: false,
    state: 'queued',
    reason: undefined,
    attempt: 0,
    epoch: 0,
    run: null,
    self_session: spec.executor === 'self' ? record.source.session_id : null,
    restart: false,
    retry_at: null,
    submitted_at: record.at,
    started_at: null,
    ended_at: null,
    running_ms: 0,
    running_since: null,
    paused_ms: 0,
    paused_since: null,
    resume_ttl_since: null,
    interruptions: 0,
    checkpoint: undefined,
    checkpoint_streams: null,
    has_resume: false,
    streams: null,
    awaiting: null,
    waiters: null,
    cancel_then: null,
    result: undefined,
    error: undefined,
    keys: [],
    retry_due: false,
    deferred: null,
    deferred_epoch: 0,
    holds: null,
    grace_until: null,
    grace_style: 'now',
    displaced_by: null,
    progress_at: 0,
    progress: null,
    bucket: null,
    prev: null,
    next: null,
    due: 0,
    timer_index: -1,
  };
  lane.tasks.set(task_id, task);
  if (spec.idempotency_key !== undefined) addKey(lane, record.principal, spec.idempotency_key, task_id, record.fingerprint);
  if (spec.dedupe) {
    const key = scopedKey(record.principal, spec.dedupe.key);
    const same = lane.dedupe.get(key);
    if (same) same.add(task);
    else lane.dedupe.set(key, new Set([task]));
  }
  if (task.self_session) claim(lane, task, task.self_session);
  enterQueued(lane, task);
}

function addKey(lane: Lane, principal: string, key: string, task_id: string, fingerprint: string): void {
  const task = lane.tasks.get(task_id);
  if (!task) return;
  const scoped = scopedKey(principal, key);
  lane.keys.set(scoped, { task_id, fingerprint, ended_state: null, expires_at: null });
  task.keys.push(scoped);
}

function addCall(lane: Lane, parent_id: string, child_id: string): void {
  const parent = lane.tasks.get(parent_id);
  const child = lane.tasks.get(child_id);
  if (!parent || !child) return;
  (parent.awaiting ??= new Set()).add(child_id);
  (child.waiters ??= new Set()).add(parent_id);
  raise(lane, child, parent.level);
  if (parent.state === 'paused') place(lane, parent);
}

/** A called task competes at its caller's level, before others of it; so do those that it waits for itself. */
function raise(lane: Lane, task: Task, level: PriorityLevel): void {
  task.called = true;
  if (level < task.level) task.level = level;
  if (task.bucket) place(lane, task);
  for (const id of task.awaiting ?? []) {
    const child = lane.tasks.get(id);
    if (child && child.level > task.level) raise(lane, child, task.level);
  }
}

/** Puts a waiting task where it belongs in the queue, and arms the one timer that it waits with. */
export function place(lane: Lane, task: Task): void {
  lane.queue.remove(task);
  const blocked = task.awaiting !== null || (task.retry_at !== null && !task.retry_due);
  let executor = BLOCKED;
  if (!blocked) {
    const session = task.run?.session_id ?? task.self_session;
    executor = session === null ? workerKey(task.spec.name) : sessionKey(session);
  }
  lane.queue.add(task, executor, task.state === 'paused');
  const due = dueOf(task);
  if (due === null) lane.timers.clear(task);
  else lane.timers.set(task, due);
}

function dueOf(task: Task): number | null {
  const { ttl_ms, resume_ttl_ms } = task.spec;
  if (task.state === 'queued') {
    if (task.started_at === null) return ttl_ms === undefined ? null : task.submitted_at + ttl_ms;
    return task.retry_at !== null && !task.retry_due ? task.retry_at : null;
  }
  if (task.awaiting || resume_ttl_ms === undefined || task.resume_ttl_since === null) return null;
  return task.resume_ttl_since + resume_ttl_ms;
}

/** Leaves the queue or the floor; the caller sets the next state. */
function leaveState(lane: Lane, task: Task, at: number): void {
  if (task.state === 'queued' || task.state === 'paused') {
    lane.queue.remove(task);
    lane.timers.clear(task);
    if (task.state === 'queued') lane.tasks_queued -= 1;
    else {
      lane.tasks_paused -= 1;
      task.paused_ms += at - (task.paused_since ?? at);
      task.paused_since = null;
      task.resume_ttl_since = null;
    }
    countWaiting(lane, task, -1);
  } else {
    stopRunning(task, at);
    if (lane.holder === task) lane.holder = null;
  }
  task.cancel_then = null;
  task.retry_due = false;
  task.reason = undefined;
}

function stopRunning(task: Task, at: number): void {
  if (task.running_since === null) return;
  task.running_ms += at - task.running_since;
  task.running_since = null;
}

function enterQueued(lane: Lane, task: Task): void {
  task.state = 'queued';
  lane.tasks_queued += 1;
  countWaiting(lane, task, 1);
  place(lane, task);
}

function countWaiting(lane: Lane, task: Task, sign: 1 | -1): void {
  lane.waiting_by_level[task.spec.priority]! += sign;
  lane.waiting_bytes += sign * task.bytes;
}

function takeFloor(lane: Lane, task: Task, epoch: number, at: number): void {
  task.state = 'running';
  task.epoch = epoch;
  task.running_since = at;
  lane.holder = task;
}

function setRun(lane: Lane, task: Task, run: Run): void {
  const before = task.run?.session_id ?? task.self_session;
  task.run = run;
  if (before === run.session_id) return;
  if (before !== null) unclaim(lane, task, before);
  claim(lane, task, run.session_id);
}

/** Nobody has the run any more; a `self` task still belongs to its session. */
function giveUpRun(lane: Lane, task: Task): void {
  const session_id = task.run?.session_id;
  task.run = null;
  task.awaiting = null;
  if (session_id === undefined || session_id === task.self_session) return;
  unclaim(lane, task, session_id);
}

function claim(lane: Lane, task: Task, session_id: string): void {
  laneSession(lane, session_id).tasks.add(task);
}

function unclaim(lane: Lane, task: Task, session_id: string): void {
  const session = lane.sessions.get(session_id);
  if (!session) return;
  session.tasks.delete(task);
  dropIdleSession(lane, session);
}

/** A session without claims and registrations is nothing to the lane. */
export function dropIdleSession(lane: Lane, session: LaneSession): void {
  if (session.tasks.size > 0 || session.names.size > 0) return;
  lane.timers.clear(session);
  lane.sessions.delete(session.session_id);
}

/** The lane's entry of a session; a new one is not connected until the lane is told so. */
export function laneSession(lane: Lane, session_id: string): LaneSession {
  let session = lane.sessions.get(session_id);
  if (!session) {
    session = { session_id, principal: '', connected: false, names: new Set(), tasks: new Set(), due: 0, timer_index: -1 };
    lane.sessions.set(session_id, session);
  }
  return session;
}

function detach(stream: Stream): void {
  stream.attached = false;
  stream.open = false;
  stream.hold = null;
  stream.lapsed = false;
}

function endTask(lane: Lane, task: Task, at: number, state: TerminalState, reason: string | undefined): void {
  leaveState(lane, task, at);
  task.state = state;
  task.reason = reason;
  task.ended_at = at;
  task.awaiting = null;
  const session_id = task.run?.session_id ?? task.self_session;
  if (session_id) unclaim(lane, task, session_id);
  if (task.spec.dedupe) {
    const key = scopedKey(task.principal, task.spec.dedupe.key);
    const same = lane.dedupe.get(key);
    same?.delete(task);
    if (same?.size === 0) lane.dedupe.delete(key);
  }
  for (const key of task.keys) {
    const entry = lane.keys.get(key);
    if (entry?.task_id !== task.task_id) continue;
    entry.ended_state = state;
    entry.expires_at = at + lane.config.idempotency_ms;
    lane.ended_keys.push(key);
  }
  lane.ended.push(task);
  if (task.streams) lane.fading.push(task);
  for (const id of task.waiters ?? []) {
    const parent = lane.tasks.get(id);
    if (!parent?.awaiting) continue;
    parent.awaiting.delete(task.task_id);
    if (parent.awaiting.size > 0) continue;
    parent.awaiting = null;
    if (parent.state !== 'paused') continue;
    parent.resume_ttl_since = at;
    place(lane, parent);
  }
}

function forget(lane: Lane, ended: number, keys: number): void {
  for (let i = 0; i < ended; i += 1) {
    const task = lane.ended[lane.ended_from + i];
    if (task && isTerminal(task.state)) lane.tasks.delete(task.task_id);
  }
  lane.ended_from = trim(lane.ended, lane.ended_from + ended);
  for (let i = 0; i < keys; i += 1) {
    const key = lane.ended_keys[lane.ended_keys_from + i];
    if (key !== undefined && lane.keys.get(key)?.ended_state) lane.keys.delete(key);
  }
  lane.ended_keys_from = trim(lane.ended_keys, lane.ended_keys_from + keys);
}

/** Drops the first `from` items once they are half of the list; gives the new first index. */
function trim(list: unknown[], from: number): number {
  if (from < 1024 && from < list.length) return from;
  if (from * 2 < list.length) return from;
  list.splice(0, from);
  return 0;
}

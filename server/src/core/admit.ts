/** A new task in the lane's books, under its keys and for its caller. Part of the fold. */
import { claim } from './claims.js';
import { NO_KEYS, scopedKey, type Lane, type Task } from './lane.js';
import { enterQueued, place, raise } from './moves.js';
import type { LaneRecord } from './types.js';

type Submitted = Pick<
  Task,
  'order' | 'task_id' | 'spec' | 'principal' | 'source' | 'fingerprint' | 'bytes' | 'submitted_at'
>;

/** A task that was just submitted and is in no index yet. */
export function blankTask(submitted: Submitted): Task {
  const { spec } = submitted;
  return {
    // Field by field: an object that begins with a spread gets its shape at run time, which costs more than the whole step.
    order: submitted.order,
    task_id: submitted.task_id,
    spec,
    principal: submitted.principal,
    source: submitted.source,
    fingerprint: submitted.fingerprint,
    bytes: submitted.bytes,
    submitted_at: submitted.submitted_at,
    preempt: spec.preempt,
    level: spec.priority,
    called: false,
    state: 'queued',
    reason: undefined,
    attempt: 0,
    epoch: 0,
    run: null,
    self_session: spec.executor === 'self' ? submitted.source.session_id : null,
    restart: false,
    retry_at: null,
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
    keys: NO_KEYS,
    retry_due: false,
    recovered: false,
    deferred: null,
    deferred_epoch: 0,
    holds: null,
    grace_until: null,
    grace_style: 'now',
    displaced_by: null,
    progress_at: 0,
    progress: null,
    bucket: null,
    due: 0,
    timer_index: -1,
  };
}

export function addTask(lane: Lane, record: Extract<LaneRecord, { kind: 'task.queued' }>): Task {
  const { task: spec, task_id } = record;
  lane.order += 1;
  const { principal, source, fingerprint, bytes, at: submitted_at } = record;
  const task = blankTask({ order: lane.order, task_id, spec, principal, source, fingerprint, bytes, submitted_at });
  lane.changes?.task(task);
  lane.tasks.set(task_id, task);
  if (spec.idempotency_key !== undefined)
    addKey(lane, record.principal, spec.idempotency_key, task_id, record.fingerprint);
  if (spec.dedupe) {
    const key = scopedKey(record.principal, spec.dedupe.key);
    const same = lane.dedupe.get(key);
    if (same) same.add(task);
    else lane.dedupe.set(key, new Set([task]));
  }
  if (task.self_session) claim(lane, task, task.self_session);
  enterQueued(lane, task);
  return task;
}

export function addKey(lane: Lane, principal: string, key: string, task_id: string, fingerprint: string): void {
  const task = lane.tasks.get(task_id);
  if (!task) return;
  const scoped = scopedKey(principal, key);
  lane.changes?.task(task);
  lane.changes?.key(scoped);
  lane.keys.set(scoped, { task_id, fingerprint, ended_state: null, expires_at: null });
  task.keys = [...task.keys, scoped];
}

export function addCall(lane: Lane, parent_id: string, child_id: string): void {
  const parent = lane.tasks.get(parent_id);
  const child = lane.tasks.get(child_id);
  if (!parent || !child) return;
  lane.changes?.task(parent);
  lane.changes?.task(child);
  (parent.awaiting ??= new Set()).add(child_id);
  (child.waiters ??= new Set()).add(parent_id);
  raise(lane, child, parent.level);
  if (parent.state === 'paused') place(lane, parent);
}

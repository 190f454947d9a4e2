/** A new task in the lane's books, under its keys and for its caller. Part of the fold. */
import { claim } from './claims.js';
import { scopedKey, type Lane } from './lane.js';
import { Task } from './task.js';
import { enterQueued, place, raise } from './moves.js';
import type { LaneRecord } from './types.js';

export function addTask(lane: Lane, record: Extract<LaneRecord, { kind: 'task.queued' }>): Task {
  const { task: spec, task_id } = record;
  lane.order += 1;
  const task = new Task(lane.order, record);
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

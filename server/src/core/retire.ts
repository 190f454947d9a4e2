/** An ended task in the lane's books: out of all indexes, kept readable for a while, then forgotten with its keys. Part of the fold. */
import { isTerminal, type TerminalState } from '@cuehub/protocol';
import { unclaim } from './claims.js';
import { scopedKey, type Lane } from './lane.js';
import type { Task } from './task.js';
import { leaveState, place } from './moves.js';

export function endTask(lane: Lane, task: Task, at: number, state: TerminalState, reason: string | undefined): void {
  lane.changes?.task(task);
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
    lane.changes?.key(key);
    entry.ended_state = state;
    entry.expires_at = at + lane.config.idempotency_ms;
    lane.ended_keys.push(key);
    lane.ended_keys_total += 1;
  }
  lane.ended.push(task);
  lane.ended_total += 1;
  if (task.streams) {
    lane.streaming.delete(task);
    lane.fading.push(task);
  }
  if (!task.waiters) return;
  for (const id of task.waiters) {
    const parent = lane.tasks.get(id);
    if (!parent?.awaiting) continue;
    lane.changes?.task(parent);
    parent.awaiting.delete(task.task_id);
    if (parent.awaiting.size > 0) continue;
    parent.awaiting = null;
    if (parent.state !== 'paused') continue;
    parent.resume_ttl_since = at;
    place(lane, parent);
  }
}

export function forget(lane: Lane, ended: number, keys: number): void {
  for (let i = 0; i < ended; i += 1) {
    const task = lane.ended[lane.ended_from + i];
    if (!task || !isTerminal(task.state)) continue;
    lane.changes?.task(task);
    lane.tasks.delete(task.task_id);
  }
  lane.ended_from = trim(lane.ended, lane.ended_from + ended);
  for (let i = 0; i < keys; i += 1) {
    const key = lane.ended_keys[lane.ended_keys_from + i];
    if (key === undefined || !lane.keys.get(key)?.ended_state) continue;
    lane.changes?.key(key);
    lane.keys.delete(key);
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

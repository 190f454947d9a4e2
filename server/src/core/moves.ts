/** How a task moves between the queue and the floor in the lane's books: place, timer, counts and clocks. Part of the fold. */
import type { PriorityLevel } from '@cuehub/protocol';
import type { Lane } from './lane.js';
import type { Task } from './task.js';

/** Puts a waiting task where it belongs in the queue, and arms the one timer that it waits with. */
export function place(lane: Lane, task: Task): void {
  lane.queue.remove(task);
  const blocked = task.awaiting !== null || (task.retry_at !== null && !task.retry_due);
  const paused = task.state === 'paused';
  const session = task.run?.session_id ?? task.self_session;
  if (blocked) lane.queue.add(task, 'nobody', '', paused);
  else if (session !== null) lane.queue.add(task, 'session', session, paused);
  else lane.queue.add(task, 'worker', task.spec.name, paused);
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

/** A called task competes at its caller's level, before others of it; so do those that it waits for itself. */
export function raise(lane: Lane, task: Task, level: PriorityLevel): void {
  lane.changes?.task(task);
  task.called = true;
  if (level < task.level) task.level = level;
  if (task.bucket) place(lane, task);
  for (const id of task.awaiting ?? []) {
    const child = lane.tasks.get(id);
    if (child && child.level > task.level) raise(lane, child, task.level);
  }
}

/** Leaves the queue or the floor; the caller sets the next state. */
export function leaveState(lane: Lane, task: Task, at: number): void {
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

export function stopRunning(task: Task, at: number): void {
  if (task.running_since === null) return;
  task.running_ms += at - task.running_since;
  task.running_since = null;
}

export function enterQueued(lane: Lane, task: Task): void {
  task.state = 'queued';
  lane.tasks_queued += 1;
  countWaiting(lane, task, 1);
  place(lane, task);
}

export function countWaiting(lane: Lane, task: Task, sign: 1 | -1): void {
  lane.waiting_by_level[task.spec.priority]! += sign;
  lane.waiting_bytes += sign * task.bytes;
}

export function takeFloor(lane: Lane, task: Task, epoch: number, at: number): void {
  task.state = 'running';
  task.epoch = epoch;
  task.running_since = at;
  lane.holder = task;
}

/** How a lane looks from outside: tasks and status. Reads the state and changes nothing. */
import {
  priorityOf,
  type By,
  type CurrentTask,
  type HeardPositions,
  type LaneStatus,
  type StreamPositions,
  type TaskState,
  type TaskView,
  type WaitingFor,
} from '@cuehub/protocol';
import { scopedKey, streamsOf, type Lane } from './lane.js';
import type { Task } from './task.js';
import { UNSET } from './times.js';

/** Null when the lane does not know it (any more). `payload`: with `args` and `meta`. */
export function taskView(lane: Lane, task_id: string, now_ms: number, payload: boolean): TaskView | null {
  const task = lane.tasks.get(task_id);
  return task ? viewOf(lane, task, now_ms, payload) : null;
}

export function viewOf(lane: Lane, task: Task, now_ms: number, payload: boolean): TaskView {
  const { spec } = task;
  const view: TaskView = {
    task_id: task.task_id,
    lane: lane.name,
    name: spec.name,
    priority: priorityOf(spec.priority),
    preempt: spec.preempt,
    interruptible: spec.interruptible,
    on_interrupt: spec.on_interrupt,
    executor: spec.executor,
    timeout_ms: spec.timeout_ms,
    max_attempts: spec.max_attempts,
    pause_grace_ms: spec.pause_grace_ms,
    state: task.state,
    attempt: task.attempt,
    epoch: task.epoch,
    source: task.source,
    submitted_at: UNSET,
    running_ms: task.running_ms + (task.running_since === null ? 0 : now_ms - task.running_since),
    paused_ms: task.paused_ms + (task.paused_since === null ? 0 : now_ms - task.paused_since),
    interruptions: task.interruptions,
  };
  view.submitted_at = task.submitted_at;
  if (payload && spec.args !== undefined) view.args = spec.args;
  if (payload && spec.meta !== undefined) view.meta = spec.meta;
  if (spec.ttl_ms !== undefined) view.ttl_ms = spec.ttl_ms;
  if (spec.resume_ttl_ms !== undefined) view.resume_ttl_ms = spec.resume_ttl_ms;
  if (spec.dedupe) view.dedupe = spec.dedupe;
  if (spec.parent_id !== undefined) view.parent_id = spec.parent_id;
  if (spec.call) view.call = true;
  if (spec.idempotency_key !== undefined) view.idempotency_key = spec.idempotency_key;
  if (task.reason !== undefined) view.reason = task.reason;
  if (task.deferred) view.deferred = task.deferred;
  const waiting = waitingFor(lane, task);
  if (waiting) view.waiting_for = waiting;
  // Unset first, for the sake of the box (`times.ts`).
  if (task.started_at !== null) {
    view.started_at = UNSET;
    view.started_at = task.started_at;
  }
  if (task.ended_at !== null) {
    view.ended_at = UNSET;
    view.ended_at = task.ended_at;
  }
  if (task.result !== undefined) view.result = task.result;
  if (task.error !== undefined) view.error = task.error;
  return view;
}

/** The first of its obstacles that somebody could do something about. */
function waitingFor(lane: Lane, task: Task): WaitingFor | null {
  if (task.state !== 'queued' && task.state !== 'paused') return null;
  if (task.awaiting) return 'child';
  const session = task.run?.session_id ?? task.self_session;
  if (session !== null && !lane.sessions.get(session)?.connected) return 'session';
  if (!lane.started) return 'start';
  if (task.retry_at !== null && !task.retry_due) return 'retry';
  if (session === null && task.bucket && !task.bucket.executor.ready) return 'worker';
  return task.deferred?.reason === 'hold' ? 'hold' : 'floor';
}

export function byOf(task: Task): By {
  return { task_id: task.task_id, name: task.spec.name, priority: priorityOf(task.spec.priority) };
}

/** How far each stream was accepted, whoever opened it. */
export function acceptedOf(task: Task): StreamPositions {
  const positions: StreamPositions = {};
  for (const stream of streamsOf(task)) positions[stream.name] = stream.next_seq;
  return positions;
}

/** Where its run goes on in each stream that it opened. */
export function positionsOf(task: Task): StreamPositions {
  const positions: StreamPositions = {};
  for (const stream of streamsOf(task)) if (stream.attached) positions[stream.name] = stream.next_seq;
  return positions;
}

/** What belongs to a checkpoint that is taken now: a stream that the run has not opened yet is where it was at the last one. */
export function checkpointPositionsOf(task: Task): StreamPositions {
  const before = task.has_resume ? task.checkpoint_streams : null;
  return { ...before, ...positionsOf(task) };
}

export function heardOf(task: Task): HeardPositions {
  const heard: HeardPositions = {};
  for (const stream of streamsOf(task)) {
    if (stream.heard.size > 0) heard[stream.name] = Object.fromEntries(stream.heard);
  }
  return heard;
}

export function findByKey(lane: Lane, principal: string, key: string): string | null {
  return lane.keys.get(scopedKey(principal, key))?.task_id ?? null;
}

export interface TaskQuery {
  readonly states?: readonly TaskState[];
  readonly limit?: number;
  /** A task id of an earlier page: older ones follow. */
  readonly before?: string;
}

/** Newest first. `next` is the `before` of the following page. */
export function listTasks(lane: Lane, query: TaskQuery, now_ms: number): { tasks: TaskView[]; next?: string } {
  const limit = query.limit ?? 100;
  const states = query.states ? new Set(query.states) : null;
  const all = [...lane.tasks.values()];
  const tasks: TaskView[] = [];
  let i = all.length - 1;
  if (query.before !== undefined) {
    const before = lane.tasks.get(query.before);
    if (before) while (i >= 0 && all[i]!.order >= before.order) i -= 1;
    else while (i >= 0 && all[i]!.task_id >= query.before) i -= 1;
  }
  for (; i >= 0; i -= 1) {
    const task = all[i]!;
    if (states && !states.has(task.state)) continue;
    if (tasks.length === limit) return { tasks, next: tasks.at(-1)!.task_id };
    tasks.push(viewOf(lane, task, now_ms, false));
  }
  return { tasks };
}

function currentTask(lane: Lane, now_ms: number): CurrentTask | null {
  const task = lane.holder;
  if (!task) return null;
  const running_ms = task.running_ms + (task.running_since === null ? 0 : now_ms - task.running_since);
  return {
    task_id: task.task_id,
    name: task.spec.name,
    priority: priorityOf(task.spec.priority),
    interruptible: task.spec.interruptible,
    state: task.state,
    epoch: task.epoch,
    started_at: task.started_at ?? now_ms,
    running_for: running_ms / 1000,
  };
}

export function statusOf(lane: Lane, now_ms: number): LaneStatus {
  let streaming = false;
  for (const stream of lane.holder?.streams?.values() ?? []) if (stream.open) streaming = true;
  return {
    state: {
      mode: streaming ? 'streaming' : lane.holder ? 'busy' : 'idle',
      started: lane.started,
      streaming,
      can_interrupt: lane.holder === null || canInterrupt(lane.holder),
      tasks_queued: lane.tasks_queued,
      tasks_paused: lane.tasks_paused,
      tasks_deferred: lane.deferred.size,
      tasks_completed: lane.tasks_completed,
    },
    current_task: currentTask(lane, now_ms),
    queue_size: lane.tasks_queued,
    paused_tasks: lane.tasks_paused,
  };
}

/** Whether the holder of a floor may be interrupted now. */
export function canInterrupt(holder: Task): boolean {
  return holder.spec.interruptible && !isHeld(holder);
}

export function isHeld(holder: Task): boolean {
  if (holder.holds && holder.holds.size > 0) return true;
  for (const stream of streamsOf(holder)) if (stream.hold) return true;
  return false;
}

/** Nothing waits, runs or is paused here, and nobody has a claim or a registration. */
export function isDormant(lane: Lane): boolean {
  return lane.holder === null && lane.tasks_queued === 0 && lane.tasks_paused === 0 && lane.sessions.size === 0;
}

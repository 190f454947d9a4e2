// What waits, in the order in which it would run, and why each of them waits.
//
// Facts say why a task waits at their moment only, and nothing is told when a lane stops or a worker leaves. So what
// is the same for many (the lane is stopped, nobody runs that name) is judged here from what is known now; what only
// the hub can know of one task (its child, its session, its retry) is taken from its last word.
import { DURATIONS, levelOf, type Priority, type TaskView, type WaitingFor } from '@cuehub/protocol';
import { heldUntil } from './holds.js';
import type { LaneModel } from './lane-model.js';
import { LEVELS } from './levels.js';

export interface WaitingLevel {
  readonly priority: Priority;
  readonly tasks: readonly TaskView[];
}

/** Queued tasks by level, each in the order of submission. */
export function queuedByLevel(model: LaneModel): readonly WaitingLevel[] {
  const byLevel = new Map<Priority, TaskView[]>(LEVELS.map(({ priority }) => [priority, []]));
  for (const task of model.tasks.values()) if (task.state === 'queued') byLevel.get(task.priority)?.push(task);
  return [...byLevel].map(([priority, tasks]) => ({ priority, tasks: tasks.sort(bySubmission) }));
}

/** Paused tasks: the one that would go on first is the first. */
export function pausedTasks(model: LaneModel): readonly TaskView[] {
  const paused = [...model.tasks.values()].filter(({ state }) => state === 'paused');
  return paused.sort((a, b) => levelOf(a.priority) - levelOf(b.priority) || bySubmission(a, b));
}

/** Ids begin with their time and grow, so they order what was submitted in one millisecond. */
function bySubmission(a: TaskView, b: TaskView): number {
  return a.submitted_at - b.submitted_at || (a.task_id < b.task_id ? -1 : 1);
}

/** How many wait that are not known one by one. */
export function unlisted(model: LaneModel): number {
  let known = 0;
  for (const { state } of model.tasks.values()) if (state === 'queued') known += 1;
  return Math.max(0, (model.status?.queue_size ?? 0) - known);
}

/** Why a queued or paused task waits, as of now. */
export function waitingFor(model: LaneModel, task: TaskView, hub_now_ms: number): WaitingFor {
  const told = task.waiting_for;
  if (told === 'child' || (task.state === 'paused' && told === 'session')) return told;
  if (task.executor === 'self' && sessionIsGone(model, task)) return 'session';
  if (model.status?.state.started === false) return 'start';
  const gaveUpAt = model.retrying.get(task.task_id);
  if (gaveUpAt !== undefined && hub_now_ms < gaveUpAt + DURATIONS.retry_delay_ms) return 'retry';
  if (task.state === 'queued' && task.executor === 'worker' && !model.clients.canRun(model.lane, task.name))
    return 'worker';
  if (task.state === 'paused' && told === 'worker') return told;
  return isDeferred(model, task) && task.deferred?.reason === 'hold' ? 'hold' : 'floor';
}

/** It would have interrupted who has the floor now. */
export function isDeferred(model: LaneModel, task: TaskView): boolean {
  return task.deferred !== undefined && task.deferred.by_task_id === model.current?.task_id;
}

function sessionIsGone(model: LaneModel, task: TaskView): boolean {
  if (model.clients.all === null) return task.waiting_for === 'session';
  return model.clients.get(task.source.session_id)?.connected !== true;
}

export interface Why {
  readonly waiting_for: WaitingFor;
  readonly deferred: boolean;
  /** The same for people. */
  readonly text: string;
}

export function whyItWaits(model: LaneModel, task: TaskView, hub_now_ms: number, clock: (at: number) => string): Why {
  const waiting_for = waitingFor(model, task, hub_now_ms);
  const deferred = isDeferred(model, task);
  const holder = model.current;
  return { waiting_for, deferred: deferred && (waiting_for === 'hold' || waiting_for === 'floor'), text: words() };

  function words(): string {
    switch (waiting_for) {
      case 'child':
        return 'until the task it called for has ended';
      case 'session':
        return 'for the client that runs it to come back';
      case 'start':
        return 'the lane is stopped';
      case 'retry':
        return 'a moment before the next attempt';
      case 'worker':
        return 'nobody who runs it is connected: connect a worker for it';
      case 'hold': {
        const until = holder === null ? [] : model.holds.of(holder.task_id).map((held) => heldUntil(held, hub_now_ms));
        const time = until.length === 0 ? '' : ` until ${clock(Math.max(...until))} at the latest`;
        return `${holder?.name ?? 'the holder'} holds the floor${time}`;
      }
      case 'floor':
        if (holder === null) return 'next in a moment';
        if (deferred) return `${holder.name} may not be interrupted`;
        if (holder.state === 'pausing') return `${holder.name} is being paused`;
        return `${holder.name} has the floor`;
    }
  }
}

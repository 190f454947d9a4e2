/**
 * How tasks end and how runs are taken back: completion, failure and retry, cancellation with its grace, expiry,
 * lost executors. Every end passes through `end`, so that each accepted task ends exactly once and its children with it.
 */
import type { By, TaskError } from '@cuehub/protocol';
import { isTerminal } from '@cuehub/protocol';
import { emit, isConnected, NEXT, NOW, order, revoke, type Context } from './context.js';
import { leaveHolds } from './holds.js';
import type { Task } from './task.js';
import { tellProgress } from './progress.js';
import { closeOpenStreams, flushText } from './streams.js';
import type { CancelThen, LaneRecord } from './types.js';

type EndRecord = Extract<LaneRecord, { kind: 'task.completed' | 'task.failed' | 'task.cancelled' | 'task.expired' }>;

export function end(ctx: Context, task: Task, record: EndRecord): void {
  leaveFloor(ctx, task, false);
  closeOpenStreams(ctx, task);
  const children = task.awaiting;
  forgetDeferral(ctx, task);
  emit(ctx, task, record);
  cancelChildren(ctx, task, children);
}

/** The run that called them is over, so nobody waits for its children any more. */
function cancelChildren(ctx: Context, parent: Task, children: ReadonlySet<string> | null): void {
  if (!children) return;
  for (const id of children) {
    const child = ctx.lane.tasks.get(id);
    if (!child || isTerminal(child.state) || !child.spec.call || child.spec.parent_id !== parent.task_id) continue;
    cancel(ctx, child, 'cancelled', 'parent_ended');
  }
}

/** A task that leaves the queue is not deferred any more. */
export function forgetDeferral(ctx: Context, task: Task): void {
  if (task.deferred === null) return;
  task.deferred = null;
  ctx.lane.deferred.delete(task);
}

/** Cancels in any live state. A running executor gets its grace; holds don't matter. */
export function cancel(ctx: Context, task: Task, then: CancelThen, reason: string): void {
  switch (task.state) {
    case 'queued':
    case 'paused':
      revoke(ctx, task, reason);
      end(ctx, task, { at: NOW, seq: NEXT, kind: 'task.cancelled', task_id: task.task_id, reason });
      return;
    case 'running':
    case 'pausing':
      beginCancelling(ctx, task, then, reason, task.spec.pause_grace_ms);
      return;
    case 'cancelling':
      if (task.cancel_then !== 'restart' && task.cancel_then !== 'drop') return;
      emit(ctx, task, { at: NOW, seq: NEXT, kind: 'task.cancelling', task_id: task.task_id, reason, then });
      return;
    default:
  }
}

export function beginCancelling(ctx: Context, task: Task, then: CancelThen, reason: string, grace_ms: number): void {
  emit(ctx, task, { at: NOW, seq: NEXT, kind: 'task.cancelling', task_id: task.task_id, reason, then });
  order(ctx, task, {
    type: 'task.cancel',
    lane: ctx.lane.name,
    task_id: task.task_id,
    epoch: task.epoch,
    reason,
    grace_ms,
  });
  task.grace_until = ctx.now + grace_ms;
  if (grace_ms === 0 || !isConnected(ctx, task)) finishCancelling(ctx, task, false);
}

/** The executor said so, or its grace is over. */
export function finishCancelling(ctx: Context, task: Task, byExecutor: boolean): void {
  const { task_id, reason = 'cancelled' } = task;
  if (!byExecutor) revoke(ctx, task, reason);
  switch (task.cancel_then) {
    case 'timeout':
      end(ctx, task, {
        at: NOW,
        seq: NEXT,
        kind: 'task.failed',
        task_id,
        reason: 'timeout',
        error: { code: 'timeout', message: `ran longer than timeout_ms (${task.spec.timeout_ms})` },
      });
      return;
    case 'restart': {
      leaveFloor(ctx, task, false);
      const children = task.awaiting;
      emit(ctx, task, { at: NOW, seq: NEXT, kind: 'task.requeued', task_id });
      cancelChildren(ctx, task, children);
      return;
    }
    default:
      end(ctx, task, { at: NOW, seq: NEXT, kind: 'task.cancelled', task_id, reason });
  }
}

/** While attempts are left another start is due in a moment; else the task has failed. */
export function retryOrFail(ctx: Context, task: Task, reason: string, error: TaskError, retryable: boolean): void {
  const { task_id, spec } = task;
  if (!retryable || task.attempt >= spec.max_attempts) {
    end(ctx, task, { at: NOW, seq: NEXT, kind: 'task.failed', task_id, reason, error });
    return;
  }
  leaveFloor(ctx, task, false);
  const children = task.awaiting;
  emit(ctx, task, {
    at: NOW,
    seq: NEXT,
    kind: 'task.retrying',
    task_id,
    reason,
    retry_at: ctx.now + ctx.lane.config.retry_delay_ms,
    error,
  });
  cancelChildren(ctx, task, children);
}

/** The run's session is over. A `self` task can be run by nobody else. */
export function giveUp(ctx: Context, task: Task, sessionOver: boolean): void {
  const error = { code: 'executor_lost', message: 'the executor went away and did not come back' };
  retryOrFail(ctx, task, 'executor_lost', error, !(sessionOver && task.spec.executor === 'self'));
}

/** What is owed before a run pauses or ends: the latest progress, text for the journal (`ack`: and word of it), holds. */
function leaveFloor(ctx: Context, task: Task, ack: boolean, keepFloorHolds = false): void {
  tellProgress(ctx, task);
  flushText(ctx, task, ack);
  leaveHolds(ctx, task, keepFloorHolds);
  task.grace_until = null;
}

/** Ends the phase between `task.pause` and the next grant. */
export function finishPausing(ctx: Context, task: Task, reason: string, keepFloorHolds = false): void {
  leaveFloor(ctx, task, true, keepFloorHolds);
  const { ran_until } = ctx;
  emit(ctx, task, {
    at: NOW,
    seq: NEXT,
    kind: 'task.paused',
    task_id: task.task_id,
    reason,
    ...(ran_until === undefined ? {} : { ran_until }),
  });
}

export function beginPausing(
  ctx: Context,
  task: Task,
  by: By | null,
  style: 'now' | 'finish',
  reason: string,
  grace_ms: number,
): void {
  task.displaced_by = by;
  task.grace_style = style;
  task.grace_until = ctx.now + grace_ms;
  emit(ctx, task, { at: NOW, seq: NEXT, kind: 'task.pausing', task_id: task.task_id, reason });
  sendPause(ctx, task, grace_ms);
  if (grace_ms === 0 || !isConnected(ctx, task)) finishPausing(ctx, task, reason);
}

export function sendPause(ctx: Context, task: Task, grace_ms: number): void {
  order(ctx, task, {
    type: 'task.pause',
    lane: ctx.lane.name,
    task_id: task.task_id,
    epoch: task.epoch,
    grace_ms,
    style: task.grace_style,
    by: task.displaced_by,
  });
}

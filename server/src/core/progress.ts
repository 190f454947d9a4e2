/** A running task's progress: conflated to one message an interval, and the latest is always told. It is no record. */
import type { Context } from './context.js';
import type { Lane } from './lane.js';
import type { Task } from './task.js';
import type { Input } from './types.js';

export function takeProgress(ctx: Context, task: Task, frame: Extract<Input, { kind: 'task.progress' }>): void {
  const { ratio, note } = frame;
  task.progress = {
    ...task.progress,
    ...(ratio === undefined ? {} : { ratio }),
    ...(note === undefined ? {} : { note }),
  };
  if (ctx.now >= nextProgressDue(ctx.lane, task)) tellProgress(ctx, task);
}

/** Infinity when everything was told. */
export function nextProgressDue(lane: Lane, task: Task): number {
  return task.progress ? task.progress_at + lane.config.progress_interval_ms : Number.POSITIVE_INFINITY;
}

export function tellProgress(ctx: Context, task: Task): void {
  const { lane } = ctx;
  if (!task.progress) return;
  ctx.effects.push({
    kind: 'progress',
    progress: { type: 'progress', lane: lane.name, task_id: task.task_id, ...task.progress },
  });
  task.progress = null;
  task.progress_at = ctx.now;
}

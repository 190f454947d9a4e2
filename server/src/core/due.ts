/** Time in a lane: what is due, in order of time, and when the next thing will be. */
import { emit, NEXT, NOW, revoke, type Context } from './context.js';
import { cancel, end, finishCancelling, finishPausing } from './ends.js';
import { expireHolds, nextHoldDue } from './holds.js';
import { hasChunks, streamsOf, type Lane, type LaneSession } from './lane.js';
import type { Task } from './task.js';
import { place } from './moves.js';
import { nextProgressDue, tellProgress } from './progress.js';
import { forgetChunks } from './stream.js';
import { flushText, nextFlushDue } from './streams.js';
import { endSession } from './sessions.js';
import { settle } from './schedule.js';

/** Forgetting goes in batches, this much later than it could. */
const FORGET_SLACK_MS = 1_000;
const FORGET_SLACK_ITEMS = 256;

/** Everything whose time has come, earliest first, with a decision of the scheduler after each moment. */
export function fireDue(ctx: Context): void {
  const { lane, now } = ctx;
  for (;;) {
    const moment = Math.min(nextHolderDue(lane), lane.timers.first()?.due ?? Number.POSITIVE_INFINITY);
    if (moment > now) break;
    // What is due at one moment is decided about together: the heap has no say in who goes first.
    for (let timer = lane.timers.first(); timer && timer.due <= moment; timer = lane.timers.first()) {
      fireWaiting(ctx, timer);
    }
    if (lane.holder && nextHolderDue(lane) <= moment) fireHolder(ctx, lane.holder);
    settle(ctx);
  }
  fadeStreams(lane, now);
  forgetEnded(ctx);
}

/** Null when nothing will ever be due by itself. */
export function nextWake(lane: Lane): number | null {
  const { config } = lane;
  let due = Math.min(nextHolderDue(lane), lane.timers.first()?.due ?? Number.POSITIVE_INFINITY);
  const fading = lane.fading[0];
  if (fading) due = Math.min(due, (fading.ended_at ?? 0) + config.chunks_kept_ms);
  const ended = lane.ended[lane.ended_from];
  if (ended) due = Math.min(due, (ended.ended_at ?? 0) + config.idempotency_ms + FORGET_SLACK_MS);
  return due === Number.POSITIVE_INFINITY ? null : due;
}

function nextHolderDue(lane: Lane): number {
  const task = lane.holder;
  if (!task) return Number.POSITIVE_INFINITY;
  const due = Math.min(
    nextHoldDue(task),
    nextFlushDue(task, lane.config.text_batch_ms),
    nextProgressDue(lane, task),
    timeoutDue(task),
  );
  return task.grace_until === null ? due : Math.min(due, task.grace_until);
}

function timeoutDue(task: Task): number {
  if (task.running_since === null) return Number.POSITIVE_INFINITY;
  return task.running_since + Math.max(0, task.spec.timeout_ms - task.running_ms);
}

function fireWaiting(ctx: Context, timer: Task | LaneSession): void {
  if ('names' in timer) {
    endSession(ctx, timer.session_id);
    return;
  }
  const task_id = timer.task_id;
  if (timer.state === 'paused') {
    revoke(ctx, timer, 'resume_ttl');
    end(ctx, timer, { at: NOW, seq: NEXT, kind: 'task.expired', task_id, reason: 'resume_ttl' });
  } else if (timer.started_at === null) {
    end(ctx, timer, { at: NOW, seq: NEXT, kind: 'task.expired', task_id, reason: 'ttl' });
  } else {
    timer.retry_due = true;
    place(ctx.lane, timer);
  }
}

function fireHolder(ctx: Context, task: Task): void {
  const { now, lane } = ctx;
  if (nextFlushDue(task, lane.config.text_batch_ms) <= now) flushText(ctx, task, true);
  if (nextHoldDue(task) <= now) expireHolds(ctx, task);
  if (nextProgressDue(lane, task) <= now) tellProgress(ctx, task);
  if (task.grace_until !== null && task.grace_until <= now) {
    if (task.state === 'pausing') finishPausing(ctx, task, task.reason ?? 'interrupted');
    else finishCancelling(ctx, task, false);
    return;
  }
  if (timeoutDue(task) <= now) cancel(ctx, task, 'timeout', 'timeout');
}

/** Chunks of ended tasks are kept a while for watchers that come back. */
function fadeStreams(lane: Lane, now: number): void {
  while (lane.fading.length > 0 && (lane.fading[0]!.ended_at ?? 0) + lane.config.chunks_kept_ms <= now) {
    const task = lane.fading.shift()!;
    if (!hasChunks(task)) continue;
    // The image has them too. A task that was forgotten meanwhile is not in it any more.
    if (lane.tasks.get(task.task_id) === task) lane.changes?.task(task);
    for (const stream of streamsOf(task)) forgetChunks(stream);
  }
}

function forgetEnded(ctx: Context): void {
  const { lane, now } = ctx;
  const { idempotency_ms, ended_tasks_max } = lane.config;
  const count = lane.ended.length - lane.ended_from;
  if (count === 0) return;
  const late = lane.ended[lane.ended_from]!.ended_at! + idempotency_ms + FORGET_SLACK_MS <= now;
  if (!late && count <= ended_tasks_max + FORGET_SLACK_ITEMS) return;
  let ended = 0;
  for (; ended < count; ended += 1) {
    const task = lane.ended[lane.ended_from + ended]!;
    if (task.ended_at! + idempotency_ms > now && count - ended <= ended_tasks_max) break;
  }
  let keys = 0;
  for (; lane.ended_keys_from + keys < lane.ended_keys.length; keys += 1) {
    const entry = lane.keys.get(lane.ended_keys[lane.ended_keys_from + keys]!);
    // One without a time was used anew since; its next end puts it in the list again.
    if (entry && entry.expires_at !== null && entry.expires_at > now) break;
  }
  if (ended + keys > 0) emit(ctx, null, { at: NOW, kind: 'forgotten', ended, keys });
}

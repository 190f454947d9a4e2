/**
 * Who has the floor: grants, interruption and deferral. `settle` runs at the end of every step and leaves the lane in a
 * state in which nothing is left to decide: the best startable task runs, is being made room for, or is deferred with its reason.
 */
import type { ExecutorOrder } from '@cuehub/protocol';
import { emit, NEXT, NOW, order, type Context } from './context.js';
import { beginCancelling, beginPausing, finishCancelling, finishPausing, forgetDeferral, sendPause } from './ends.js';
import { expireHolds, isPreempting, takeStreamHolds } from './holds.js';
import type { Lane, LaneSession } from './lane.js';
import type { Task } from './task.js';
import type { SessionLoad } from './types.js';
import { acceptedOf, byOf, canInterrupt, heardOf, positionsOf, viewOf } from './views.js';

const NEVER_RAN: SessionLoad = { runs: 0, idle_since: 0 };

export function settle(ctx: Context): void {
  const { lane } = ctx;
  while (settleOnce(ctx, lane));
  lane.queue.looked();
}

/** True when something changed that asks for another look. */
function settleOnce(ctx: Context, lane: Lane): boolean {
  const { holder } = lane;
  if (!holder) {
    clearDeferrals(lane);
    const next = lane.started ? lane.queue.best() : null;
    if (!next || ctx.epoch >= (ctx.env.epoch_max ?? Number.POSITIVE_INFINITY)) return false;
    grant(ctx, next);
    return true;
  }
  if (holder.state === 'running') {
    if (!lane.started) {
      clearDeferrals(lane);
      if (lane.drain || !canInterrupt(holder)) return false;
      beginPausing(ctx, holder, null, 'now', 'lane_stopped', holder.spec.pause_grace_ms);
      return true;
    }
    if (lane.queue.hasInterrupterAbove(holder.level)) {
      if (canInterrupt(holder)) {
        displace(ctx, holder);
        return true;
      }
      defer(ctx, holder);
    }
    if (!isPreempting(ctx)) takeStreamHolds(ctx, holder);
    return false;
  }
  return lane.started && holder.grace_style === 'finish' && hurry(ctx, holder);
}

function isInterrupter(task: Task, holder: Task): boolean {
  return task.bucket !== null && task.bucket.executor.ready && task.preempt !== 'queue' && task.level < holder.level;
}

/** Asks the holder for the floor: to pause, or to stop when it restarts or drops out on interruption. */
function displace(ctx: Context, holder: Task): void {
  const { lane } = ctx;
  const first = lane.queue.interrupterAbove(holder.level);
  const style = lane.queue.hasInterrupterAbove(holder.level, true) ? 'now' : 'finish';
  const grace_ms = style === 'finish' ? lane.config.finish_grace_ms : holder.spec.pause_grace_ms;
  const by = first ? byOf(first) : null;
  clearDeferrals(lane);
  if (holder.spec.on_interrupt === 'pause') {
    beginPausing(ctx, holder, by, style, 'interrupted', grace_ms);
    return;
  }
  holder.displaced_by = by;
  holder.grace_style = style;
  beginCancelling(ctx, holder, holder.spec.on_interrupt, 'displaced', grace_ms);
}

/** An `interrupt` that arrives while the holder may finish its sentence shortens that. True when it gave way at once. */
function hurry(ctx: Context, holder: Task): boolean {
  const { lane } = ctx;
  const first = lane.queue.interrupterAbove(holder.level, true);
  if (!first || holder.grace_until === null) return false;
  holder.grace_style = 'now';
  holder.displaced_by = byOf(first);
  holder.grace_until = Math.min(holder.grace_until, ctx.now + holder.spec.pause_grace_ms);
  if (holder.state === 'pausing') sendPause(ctx, holder, holder.grace_until - ctx.now);
  if (holder.grace_until > ctx.now) return false;
  if (holder.state === 'pausing') finishPausing(ctx, holder, holder.reason ?? 'interrupted');
  else finishCancelling(ctx, holder, false);
  return true;
}

/** Marks who would interrupt if the holder let it; told once, and for queued tasks only. */
function defer(ctx: Context, holder: Task): void {
  const { lane } = ctx;
  const reason = holder.spec.interruptible ? 'hold' : 'not_interruptible';
  for (const task of lane.queue.newInterruptersAbove(holder.level)) {
    if (task.deferred) continue;
    task.deferred = { reason, by_task_id: holder.task_id };
    lane.deferred.add(task);
    if (task.state !== 'queued' || task.deferred_epoch === holder.epoch) continue;
    task.deferred_epoch = holder.epoch;
    emit(ctx, task, { at: NOW, seq: NEXT, kind: 'task.deferred', task_id: task.task_id, deferred: task.deferred });
  }
}

function clearDeferrals(lane: Lane): void {
  if (lane.deferred.size === 0) return;
  for (const task of [...lane.deferred]) {
    task.deferred = null;
    lane.deferred.delete(task);
  }
}

/** Those whose executor went away could not start any more, so nobody is kept from a hold by them. */
export function dropUnready(ctx: Context): void {
  for (const task of [...ctx.lane.deferred]) if (!task.bucket?.executor.ready) forgetDeferral(ctx, task);
}

/** The holder was raised by a call: those that are not above it any more would not interrupt it. */
export function dropOutranked(ctx: Context): void {
  const { holder, deferred } = ctx.lane;
  if (!holder) return;
  for (const task of [...deferred]) if (!isInterrupter(task, holder)) forgetDeferral(ctx, task);
}

function grant(ctx: Context, task: Task): void {
  const { lane } = ctx;
  ctx.epoch += 1;
  const epoch = ctx.epoch;
  const { task_id } = task;
  forgetDeferral(ctx, task);
  task.recovered = false;
  if (task.state === 'paused') {
    const paused_ms = ctx.now - (task.paused_since ?? ctx.now);
    emit(ctx, task, { at: NOW, seq: NEXT, kind: 'task.resumed', task_id, epoch });
    const { checkpoint = null, displaced_by: by } = task;
    order(ctx, task, {
      type: 'task.resume',
      lane: lane.name,
      task_id,
      epoch,
      checkpoint,
      streams: positionsOf(task),
      heard: heardOf(task),
      paused_ms,
      by,
    });
    task.displaced_by = null;
    expireHolds(ctx, task);
    return;
  }
  const worker = task.self_session === null ? chooseWorker(ctx, task.spec.name) : null;
  const session_id = worker?.session_id ?? task.self_session;
  if (session_id === null) return;
  const attempt = task.restart ? task.attempt : task.attempt + 1;
  const principal = worker?.principal ?? task.principal;
  const again = task.started_at !== null;
  emit(ctx, task, {
    at: NOW,
    seq: NEXT,
    kind: 'task.started',
    task_id,
    epoch,
    attempt,
    session_id,
    principal,
  });
  task.displaced_by = null;
  const resume =
    task.checkpoint === undefined
      ? null
      : {
          checkpoint: task.checkpoint,
          checkpoint_streams: task.checkpoint_streams ?? {},
          streams: acceptedOf(task),
          heard: heardOf(task),
        };
  const told = ctx.effects.at(-1);
  const dispatch: ExecutorOrder = {
    type: 'task.dispatch',
    lane: lane.name,
    // The fact told the same of the same moment: one view for both.
    task: told?.kind === 'fact' && 'task' in told.fact ? told.fact.task : viewOf(lane, task, ctx.now, true),
    epoch,
    attempt,
    resume,
  };
  // A crash must not give this run what another one did before it, nor take back what that one did for it.
  order(ctx, task, dispatch, again);
}

/** The worker with the fewest runs elsewhere, then the longest idle, then the one that was here first. */
function chooseWorker(ctx: Context, name: string): LaneSession | null {
  let best: LaneSession | null = null;
  for (const session of ctx.lane.workers.serving(name)) {
    if (best === null || isFreer(ctx, session, best)) best = session;
  }
  return best;
}

function isFreer(ctx: Context, a: LaneSession, b: LaneSession): boolean {
  const itsLoad = ctx.env.load.get(a.session_id) ?? NEVER_RAN;
  const bestLoad = ctx.env.load.get(b.session_id) ?? NEVER_RAN;
  return (itsLoad.runs - bestLoad.runs || itsLoad.idle_since - bestLoad.idle_since || a.number - b.number) < 0;
}

/**
 * Protected sections: counted holds with leases, those of the executor and those of streams that may not be cut.
 * A hold is in force while its task runs; none is newly taken once a pause was asked for or somebody is deferred.
 */
import { emit, NEXT, NOW, type Context } from './context.js';
import { streamsOf } from './lane.js';
import type { Hold, Task } from './task.js';
import type { Stream } from './stream.js';
import type { Input, StepReply } from './types.js';

/** Somebody waits for the holder to become interruptible: nothing new may keep it from that. */
export function isPreempting(ctx: Context): boolean {
  const { lane } = ctx;
  return lane.deferred.size > 0 || lane.holder?.state !== 'running' || (!lane.started && !lane.drain);
}

export function takeHold(ctx: Context, task: Task, input: Extract<Input, { kind: 'floor.hold' }>): StepReply {
  const { hold_default_ms, hold_max_ms, holds_per_task_max } = ctx.lane.config;
  const ttl_ms = Math.min(input.ttl_ms ?? hold_default_ms, hold_max_ms);
  if (input.hold_id !== undefined) {
    const hold = task.holds?.get(input.hold_id);
    if (!hold)
      return {
        error: {
          code: 'hold_not_found',
          message: `the task has no hold ${input.hold_id}; it was released or has expired`,
        },
      };
    hold.expires_at = Math.min(ctx.now + ttl_ms, hold.taken_at + hold_max_ms);
    return { ok: { hold_id: hold.hold_id, expires_at: hold.expires_at } };
  }
  if (isPreempting(ctx)) {
    return {
      error: { code: 'preempting', message: 'somebody waits for the floor; take the hold after the next resume' },
    };
  }
  if ((task.holds?.size ?? 0) >= holds_per_task_max) {
    return {
      error: { code: 'too_large', message: `a task has at most ${holds_per_task_max} holds; release some first` },
    };
  }
  const hold: Hold = {
    hold_id: input.new_hold_id,
    reason: input.reason,
    taken_at: ctx.now,
    expires_at: ctx.now + ttl_ms,
  };
  (task.holds ??= new Map()).set(hold.hold_id, hold);
  emit(ctx, task, {
    at: NOW,
    seq: NEXT,
    kind: 'hold.taken',
    task_id: task.task_id,
    hold_id: hold.hold_id,
    expires_at: hold.expires_at,
    ...(input.reason === undefined ? {} : { reason: input.reason }),
  });
  return { ok: { hold_id: hold.hold_id, expires_at: hold.expires_at } };
}

export function releaseHold(ctx: Context, task: Task, hold_id: string): StepReply {
  if (!task.holds?.delete(hold_id))
    return {
      error: { code: 'hold_not_found', message: `the task has no hold ${hold_id}; it was released or has expired` },
    };
  emit(ctx, task, { at: NOW, seq: NEXT, kind: 'hold.released', task_id: task.task_id, hold_id });
  return { ok: {} };
}

/** Streams that asked for protection get it as soon as nobody is deferred. */
export function takeStreamHolds(ctx: Context, task: Task): void {
  if (!task.streams || isPreempting(ctx)) return;
  for (const stream of task.streams.values()) {
    if (!stream.open || !stream.protect || stream.hold || stream.lapsed) continue;
    const hold_id = `${task.task_id}/${stream.name}`;
    const expires_at = ctx.now + ctx.lane.config.hold_default_ms;
    stream.hold = { hold_id, taken_at: ctx.now, expires_at };
    emit(ctx, task, {
      at: NOW,
      seq: NEXT,
      kind: 'hold.taken',
      task_id: task.task_id,
      hold_id,
      expires_at,
      stream: stream.name,
      ...(stream.protect_reason === undefined ? {} : { reason: stream.protect_reason }),
    });
  }
}

/** Each chunk renews its stream's hold. */
export function renewStreamHold(ctx: Context, stream: Stream): void {
  if (!stream.hold) return;
  const { hold_default_ms, hold_max_ms } = ctx.lane.config;
  stream.hold.expires_at = Math.min(ctx.now + hold_default_ms, stream.hold.taken_at + hold_max_ms);
}

export function releaseStreamHold(ctx: Context, task: Task, stream: Stream): void {
  if (!stream.hold) return;
  const { hold_id } = stream.hold;
  stream.hold = null;
  emit(ctx, task, {
    at: NOW,
    seq: NEXT,
    kind: 'hold.released',
    task_id: task.task_id,
    hold_id,
    stream: stream.name,
  });
}

/**
 * The task leaves the floor. Holds of streams come again with the next resume; `keepFloorHolds` is for a caller that
 * waits for its child: its protected section goes on when it does, for as long as the leases last.
 */
export function leaveHolds(ctx: Context, task: Task, keepFloorHolds: boolean): void {
  for (const stream of streamsOf(task)) {
    releaseStreamHold(ctx, task, stream);
    stream.lapsed = false;
  }
  if (keepFloorHolds || !task.holds) return;
  for (const hold_id of [...task.holds.keys()]) releaseHold(ctx, task, hold_id);
}

/** When the first lease of the holder runs out; infinity for never. */
export function nextHoldDue(task: Task): number {
  let due = Number.POSITIVE_INFINITY;
  if (task.holds) for (const hold of task.holds.values()) due = Math.min(due, hold.expires_at);
  if (task.streams) {
    for (const stream of task.streams.values()) if (stream.hold) due = Math.min(due, stream.hold.expires_at);
  }
  return due;
}

export function expireHolds(ctx: Context, task: Task): void {
  for (const hold of [...(task.holds?.values() ?? [])]) {
    if (hold.expires_at > ctx.now) continue;
    task.holds?.delete(hold.hold_id);
    emit(ctx, task, { at: NOW, seq: NEXT, kind: 'hold.expired', task_id: task.task_id, hold_id: hold.hold_id });
  }
  for (const stream of streamsOf(task)) {
    if (!stream.hold || stream.hold.expires_at > ctx.now) continue;
    const { hold_id } = stream.hold;
    stream.hold = null;
    stream.lapsed = true;
    emit(ctx, task, {
      at: NOW,
      seq: NEXT,
      kind: 'hold.expired',
      task_id: task.task_id,
      hold_id,
      stream: stream.name,
    });
  }
}

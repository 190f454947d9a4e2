/**
 * The lane machine: one input in, what it came to out. Time that passed is dealt with first, then the input,
 * then the scheduler settles. Owns the way of an input to its rule and the fences; the rules are in the files beside it.
 */
import { isTerminal, type Json } from '@cuehub/protocol';
import { emit, NEXT, NOW, type Context } from './context.js';
import { cancel, end, finishCancelling, finishPausing, retryOrFail } from './ends.js';
import { releaseHold, takeHold } from './holds.js';
import type { Lane } from './lane.js';
import type { Task } from './task.js';
import { fireDue, nextWake } from './due.js';
import { takeProgress } from './progress.js';
import { endSession, loseSession, recover, registerWorker, sayHello, unregisterWorker } from './sessions.js';
import { settle } from './schedule.js';
import { acceptChunk, closeStream, flushText, hear, openStream } from './streams.js';
import { submit, type LateReply } from './submit.js';
import { UNSET } from './times.js';
import type { Input, StepEnv, StepError, StepReply, StepResult } from './types.js';
import { checkpointPositionsOf, viewOf } from './views.js';

const OK: StepReply = { ok: {} };

export function step(lane: Lane, input: Input, env: StepEnv): StepResult {
  const ctx: Context = {
    lane,
    now: UNSET,
    env,
    epoch: env.epoch,
    records: roomForTwo(),
    effects: roomForFour(),
  };
  // A clock that went back would take `at` with it.
  ctx.now = Math.max(env.now_ms, lane.at);
  // What was due while the hub was down waits until what ran then is paused: down time is no running time.
  if (input.kind !== 'recover') fireDue(ctx);
  const reply = take(ctx, input);
  if (input.kind === 'recover') fireDue(ctx);
  settle(ctx);
  return {
    reply: typeof reply === 'function' ? reply() : reply,
    records: ctx.records,
    effects: ctx.effects,
    epoch: ctx.epoch,
    wake_at: nextWake(lane),
  };
}

// Empty lists with room for what most steps come to: the first push into `[]` takes room for seventeen, which for the two
// lists of two steps was a fifth of all that a lifecycle allocated.

function roomForTwo<T>(): T[] {
  const list: (T | null)[] = [null, null];
  list.pop();
  list.pop();
  return list as T[];
}

function roomForFour<T>(): T[] {
  const list: (T | null)[] = [null, null, null, null];
  list.pop();
  list.pop();
  list.pop();
  list.pop();
  return list as T[];
}

function take(ctx: Context, input: Input): StepReply | LateReply {
  switch (input.kind) {
    case 'submit':
      return submit(ctx, input);
    case 'cancel':
      return cancelByRequest(ctx, input);
    case 'worker.register':
      return registerWorker(ctx, input);
    case 'worker.unregister':
      return unregisterWorker(ctx, input);
    case 'session.lost':
      return loseSession(ctx, input.session_id);
    case 'session.ended':
      return endSession(ctx, input.session_id);
    case 'session.hello':
      return sayHello(ctx, input);
    case 'stream.heard':
      return hear(ctx, input);
    case 'lane.start':
      return start(ctx);
    case 'lane.stop':
      if (!ctx.lane.started && ctx.lane.drain === input.drain) return OK;
      emit(ctx, null, { at: NOW, seq: NEXT, kind: 'lane.stopped', drain: input.drain });
      return OK;
    case 'wake':
      return OK;
    case 'recover':
      return recover(ctx, input.down_at);
    default:
      return takeFrame(ctx, input);
  }
}

function start(ctx: Context): StepReply {
  const { lane } = ctx;
  if (lane.started) return OK;
  emit(ctx, null, { at: NOW, seq: NEXT, kind: 'lane.started' });
  // Nobody could start while it was stopped, so all of them count as new.
  if (lane.holder) lane.queue.renewAbove(lane.holder.level);
  return OK;
}

function cancelByRequest(ctx: Context, input: Extract<Input, { kind: 'cancel' }>): StepReply | LateReply {
  const task = ctx.lane.tasks.get(input.task_id);
  if (!task)
    return { error: { code: 'not_found', message: `no task ${input.task_id} here; it may have ended long ago` } };
  if (!input.operator && task.principal !== input.principal) {
    return { error: { code: 'forbidden', message: 'a producer cancels only what it submitted itself' } };
  }
  cancel(ctx, task, 'cancelled', input.reason ?? 'requested');
  return () => ({ ok: { task: viewOf(ctx.lane, task, ctx.now, false) } });
}

type Frame = Extract<Input, { epoch: number; session_id: string }>;

/** Frames that need the lane's current epoch: their task holds the floor. The others need the task's latest one. */
const NEEDS_FLOOR: ReadonlySet<Frame['kind']> = new Set<Frame['kind']>([
  'task.progress',
  'floor.hold',
  'floor.release',
  'stream.open',
  'stream.chunk',
  'stream.close',
]);

function takeFrame(ctx: Context, frame: Frame): StepReply {
  const { holder, tasks } = ctx.lane;
  // Mostly it is the holder's, which need not be looked for: among a million that costs a quarter of a step.
  const task = holder?.task_id === frame.task_id ? holder : tasks.get(frame.task_id);
  const refused = fence(ctx.lane, task, frame);
  if (refused || !task) return { error: refused ?? stale(frame, 'the hub does not know this task') };
  switch (frame.kind) {
    case 'stream.chunk':
      return acceptChunk(ctx, task, frame);
    case 'stream.open':
      return openStream(ctx, task, frame);
    case 'stream.close':
      return closeStream(ctx, task, frame.stream);
    case 'floor.hold':
      return takeHold(ctx, task, frame);
    case 'floor.release':
      return releaseHold(ctx, task, frame.hold_id);
    case 'task.progress':
      takeProgress(ctx, task, frame);
      return OK;
    case 'task.checkpoint':
      checkpoint(ctx, task, frame.checkpoint);
      return OK;
    case 'task.complete':
      complete(ctx, task, frame.result);
      return OK;
    case 'task.fail':
      if (task.state === 'cancelling') finishCancelling(ctx, task, true);
      else retryOrFail(ctx, task, 'error', frame.error, frame.retryable);
      return OK;
    case 'task.paused':
      return paused(ctx, task, frame);
    case 'task.cancelled':
      return cancelled(ctx, task);
  }
}

function fence(lane: Lane, task: Task | undefined, frame: Frame): StepError | null {
  if (!task) return stale(frame, 'the hub does not know this task');
  if (isTerminal(task.state)) return stale(frame, `the task is over (${task.state})`);
  if (!task.run) return stale(frame, 'the run was taken back');
  if (task.run.session_id !== frame.session_id) return stale(frame, 'the run belongs to another session');
  if (task.epoch !== frame.epoch) return stale(frame, `the task's latest epoch is ${task.epoch}`);
  if (NEEDS_FLOOR.has(frame.kind) && lane.holder !== task)
    return stale(frame, `the task does not have the floor (${task.state})`);
  return null;
}

function stale(frame: Frame, why: string): StepError {
  return { code: 'stale_epoch', message: `${frame.kind} of task ${frame.task_id} with epoch ${frame.epoch}: ${why}` };
}

function complete(ctx: Context, task: Task, result: Json | undefined): void {
  const { task_id } = task;
  if (result === undefined) end(ctx, task, { at: NOW, seq: NEXT, kind: 'task.completed', task_id });
  else end(ctx, task, { at: NOW, seq: NEXT, kind: 'task.completed', task_id, result });
}

function checkpoint(ctx: Context, task: Task, value: Extract<Frame, { kind: 'task.checkpoint' }>['checkpoint']): void {
  flushText(ctx, task, true);
  emit(ctx, task, {
    at: NOW,
    kind: 'checkpoint',
    task_id: task.task_id,
    checkpoint: value,
    streams: checkpointPositionsOf(task),
  });
}

function paused(ctx: Context, task: Task, frame: Extract<Frame, { kind: 'task.paused' }>): StepReply {
  if (task.state === 'running')
    return {
      error: {
        code: 'not_pausing',
        message: 'nobody asked this task to pause; it goes on, and task.checkpoint keeps a checkpoint',
      },
    };
  if (task.state === 'cancelling') return OK;
  if (frame.checkpoint !== undefined) checkpoint(ctx, task, frame.checkpoint);
  if (task.state === 'pausing') finishPausing(ctx, task, task.reason ?? 'interrupted');
  return OK;
}

function cancelled(ctx: Context, task: Task): StepReply {
  if (task.state === 'cancelling') finishCancelling(ctx, task, true);
  else if (task.state !== 'paused')
    return {
      error: {
        code: 'not_cancelling',
        message: 'nobody asked this task to cancel; end it with task.complete or task.fail',
      },
    };
  return OK;
}

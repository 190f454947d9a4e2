/**
 * Sessions as the lane sees them: who is connected, who registered for which names, whose claims still run.
 * Losing a connection is an involuntary pause; a claim that ends is a retry or the end.
 */
import { emit, NOW, type Context } from './context.js';
import { cancel, finishCancelling, finishPausing, giveUp } from './ends.js';
import { dropIdleSession, refreshNames, setConnected } from './claims.js';
import { leaveHolds } from './holds.js';
import type { Lane, LaneSession } from './lane.js';
import type { Task } from './task.js';
import { dropUnready } from './schedule.js';
import { connect } from './submit.js';
import type { Input, StepReply } from './types.js';

export function registerWorker(ctx: Context, input: Extract<Input, { kind: 'worker.register' }>): StepReply {
  const { lane } = ctx;
  connect(lane, input.session_id, input.principal);
  addNames(lane, input.session_id, input.names);
  return { ok: {} };
}

function addNames(lane: Lane, session_id: string, names: readonly string[]): void {
  const session = lane.sessions.get(session_id);
  if (!session) return;
  for (const name of names) {
    session.names.add(name);
    lane.workers.add(session, name);
  }
  refreshNames(lane, names);
}

export function unregisterWorker(ctx: Context, input: Extract<Input, { kind: 'worker.unregister' }>): StepReply {
  const { lane } = ctx;
  const session = lane.sessions.get(input.session_id);
  if (!session) return { ok: {} };
  for (const name of input.names) {
    session.names.delete(name);
    lane.workers.delete(session, name);
  }
  refreshNames(lane, input.names);
  dropUnready(ctx);
  dropIdleSession(lane, session);
  return { ok: {} };
}

/** The socket ended: what it ran is paused at once, and the claim runs for `session_ttl_ms`. */
export function loseSession(ctx: Context, session_id: string): StepReply {
  const { lane } = ctx;
  const session = lane.sessions.get(session_id);
  if (!session || !session.connected) return { ok: {} };
  disconnect(ctx, session);
  lane.timers.set(session, ctx.now + lane.config.session_ttl_ms);
  dropIdleSession(lane, session);
  return { ok: {} };
}

function disconnect(ctx: Context, session: LaneSession): void {
  const { lane } = ctx;
  setConnected(lane, session, false);
  dropUnready(ctx);
  for (const task of [...session.tasks]) loseExecutor(ctx, task);
}

/** PROTOCOL §4, row "executor lost". */
function loseExecutor(ctx: Context, task: Task): void {
  switch (task.state) {
    case 'running':
      finishPausing(ctx, task, 'executor_lost');
      return;
    case 'pausing':
      finishPausing(ctx, task, task.reason ?? 'executor_lost');
      return;
    case 'cancelling':
      finishCancelling(ctx, task, false);
      return;
    case 'paused':
      leaveHolds(ctx, task, false);
      return;
    default:
  }
}

/** The session is over for good: its claims end, and so do its registrations. */
export function endSession(ctx: Context, session_id: string): StepReply {
  const { lane } = ctx;
  const session = lane.sessions.get(session_id);
  if (!session) return { ok: {} };
  if (session.connected) disconnect(ctx, session);
  lane.timers.clear(session);
  session.names.clear();
  for (const task of [...session.tasks]) endClaim(ctx, task);
  dropIdleSession(lane, session);
  return { ok: {} };
}

function endClaim(ctx: Context, task: Task): void {
  if (task.run && task.state === 'paused') giveUp(ctx, task, true);
  // What is left of a `self` task waits for a session that will not come back.
  if (task.self_session !== null && task.state === 'queued') cancel(ctx, task, 'cancelled', 'session_ended');
}

type Hello = Extract<Input, { kind: 'session.hello' }>;

/** A client says which runs it still has in its hands. They stay paused until a resume. */
export function sayHello(ctx: Context, input: Hello): StepReply {
  const { lane } = ctx;
  const { session_id, principal } = input;
  // The last hello wins: for the runs, the socket that had the session until now is a lost one.
  const before = lane.sessions.get(session_id);
  if (input.resumed && before?.connected) disconnect(ctx, before);
  connect(lane, session_id, principal);
  addNames(lane, session_id, input.names ?? []);
  const session = lane.sessions.get(session_id);
  const adopted: string[] = [];
  const released: string[] = [];
  for (const { task_id, epoch } of input.holding) {
    const task = lane.tasks.get(task_id);
    if (!task) continue;
    if (!mayAdopt(ctx, task, input, epoch)) {
      released.push(task_id);
      continue;
    }
    if (task.run?.session_id !== session_id) emit(ctx, task, { at: NOW, kind: 'adopted', task_id, session_id });
    adopted.push(task_id);
  }
  if (input.resumed) {
    const kept = new Set(adopted);
    for (const task of [...(session?.tasks ?? [])]) {
      if (task.run && task.state === 'paused' && !kept.has(task.task_id)) giveUp(ctx, task, false);
    }
  }
  const now = lane.sessions.get(session_id);
  if (now) dropIdleSession(lane, now);
  return { ok: { adopted, released } };
}

/**
 * The session that has the run may know any of its grants, since a resume may have been lost on the way; the next
 * `task.resume` fences it. After a crash it may know a later one than the hub: that resume was taken back (a dispatch to
 * another run is not told before the journal has it). Anybody else, of the same principal and while that session is away,
 * has to know the latest.
 */
function mayAdopt(ctx: Context, task: Task, input: Hello, epoch: number): boolean {
  const { run } = task;
  if (task.state !== 'paused' || !run || run.principal !== input.principal) return false;
  if (epoch > task.epoch && !(task.recovered && epoch <= ctx.epoch)) return false;
  if (run.session_id === input.session_id) return epoch >= run.first_epoch;
  return epoch >= task.epoch && !ctx.lane.sessions.get(run.session_id)?.connected;
}

/** After a restart of the hub nobody is connected: what ran is paused, and all claims run from now. */
export function recover(ctx: Context, down_at: number | undefined): StepReply {
  const { lane } = ctx;
  if (down_at !== undefined) ctx.ran_until = Math.max(down_at, lane.at);
  for (const session of [...lane.sessions.values()]) {
    setConnected(lane, session, false);
    for (const task of [...session.tasks]) {
      loseExecutor(ctx, task);
      task.recovered = task.run !== null;
    }
    lane.timers.set(session, ctx.now + lane.config.session_ttl_ms);
    // A task that was cancelling ended just now; without another claim nothing is left to time.
    dropIdleSession(lane, session);
  }
  delete ctx.ran_until;
  // The hub that counted these runs is gone; the new one starts from none.
  const told = ctx.effects.filter((effect) => effect.kind !== 'load');
  ctx.effects.splice(0, ctx.effects.length, ...told);
  return { ok: {} };
}

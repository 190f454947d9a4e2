/** One step in the making: what it was given, and the records and effects it has come to so far. */
import type { ExecutorOrder, HoldFact, StreamFact, TaskEvent, TaskFact } from '@cuehub/protocol';
import { fold } from './fold.js';
import type { Lane, Task } from './lane.js';
import type { Effect, LaneRecord, RecordBody, StepEnv } from './types.js';
import { viewOf } from './views.js';

export interface Context {
  readonly lane: Lane;
  readonly now: number;
  readonly env: StepEnv;
  epoch: number;
  readonly records: LaneRecord[];
  readonly effects: Effect[];
  /** While recovering: until when the runs of the hub before count. */
  ran_until?: number;
}

const NOT_FACTS: ReadonlySet<RecordBody['kind']> = new Set([
  'checkpoint',
  'stream.accepted',
  'heard',
  'adopted',
  'call',
  'key',
  'forgotten',
]);

/** Records what happened: into the journal's hand, into the state, and as a fact to whoever watches. */
export function emit(ctx: Context, body: RecordBody): void {
  const { lane, now } = ctx;
  const fact = !NOT_FACTS.has(body.kind);
  const record = (fact ? { at: now, seq: lane.seq + 1, ...body } : { at: now, ...body }) as LaneRecord;
  const before = lane.holder;
  const beforeSession = before?.run?.session_id;
  fold(lane, record);
  ctx.records.push(record);
  if (lane.holder !== before) {
    if (beforeSession !== undefined) ctx.effects.push({ kind: 'load', session_id: beforeSession, delta: -1 });
    const session_id = lane.holder?.run?.session_id;
    if (session_id !== undefined) ctx.effects.push({ kind: 'load', session_id, delta: 1 });
  }
  if (fact) tell(ctx, body);
}

/** Events that carry `args` and `meta`. */
const WITH_PAYLOAD: ReadonlySet<string> = new Set(['task.queued', 'task.requeued', 'task.started']);

function tell(ctx: Context, body: RecordBody): void {
  const { lane, now } = ctx;
  const base = { type: 'event', lane: lane.name, log: lane.log, seq: lane.seq, at: now } as const;
  switch (body.kind) {
    case 'lane.started':
      ctx.effects.push({ kind: 'fact', fact: { ...base, event: 'lane.started' } });
      return;
    case 'lane.stopped':
      ctx.effects.push({ kind: 'fact', fact: { ...base, event: 'lane.stopped', drain: body.drain } });
      return;
    case 'stream.opened': {
      const { kind: event, task_id, stream, content_type, can_interrupt, from_seq } = body;
      const fact: StreamFact = { ...base, event, task_id, stream, content_type, can_interrupt, from_seq };
      ctx.effects.push({ kind: 'fact', fact });
      return;
    }
    case 'stream.closed': {
      const { kind: event, task_id, stream, next_seq } = body;
      ctx.effects.push({ kind: 'fact', fact: { ...base, event, task_id, stream, next_seq } });
      return;
    }
    case 'hold.taken':
    case 'hold.released':
    case 'hold.expired': {
      const { kind: event, ...told } = body;
      const fact: HoldFact = { ...base, event, ...told };
      ctx.effects.push({ kind: 'fact', fact });
      return;
    }
    default: {
      const task = 'task_id' in body ? lane.tasks.get(body.task_id) : undefined;
      if (!task) return;
      const event = (body.kind === 'task.requeued' ? 'task.queued' : body.kind) as TaskEvent;
      const fact: TaskFact = { ...base, event, task: viewOf(lane, task, now, WITH_PAYLOAD.has(body.kind)) };
      ctx.effects.push({ kind: 'fact', fact });
    }
  }
}

/** To the session that has the run, if it is there to hear it. */
export function order(ctx: Context, task: Task, message: ExecutorOrder, after_journal = false): void {
  const session_id = task.run?.session_id;
  if (session_id === undefined || !ctx.lane.sessions.get(session_id)?.connected) return;
  ctx.effects.push({ kind: 'order', session_id, order: message, after_journal });
}

export function isConnected(ctx: Context, task: Task): boolean {
  return task.run !== null && (ctx.lane.sessions.get(task.run.session_id)?.connected ?? false);
}

/** The task's executor need say nothing more. */
export function revoke(ctx: Context, task: Task, reason: string): void {
  order(ctx, task, { type: 'task.revoked', lane: ctx.lane.name, task_id: task.task_id, epoch: task.epoch, reason });
}

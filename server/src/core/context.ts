/** One step in the making: what it was given, and the records and effects it has come to so far. */
import type { EventMessage, ExecutorOrder, HoldFact, StreamFact, TaskEvent, TaskFact } from '@cuehub/protocol';
import { fold } from './fold.js';
import type { Lane } from './lane.js';
import type { Task } from './task.js';
import { UNSET } from './times.js';
import type { Effect, LaneRecord, RecordBody, StepEnv } from './types.js';
import { viewOf } from './views.js';

export interface Context {
  readonly lane: Lane;
  now: number;
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

/** `at` and, for a fact, `seq` of a record where it is made: `emit` gives it the time and the next number. */
export const NOW = UNSET;
export const NEXT = 0;

/**
 * Records what happened: into the journal's hand, into the state, and as a fact to whoever watches. The record is made
 * for this call, with all of its fields from the start: one that got its stamps here cost as much as the rest of a step.
 * `task`: the one that it is about, null where it is none or not at hand. Gives that task, if there is one.
 */
export function emit(ctx: Context, task: Task | null, record: LaneRecord): Task | undefined {
  const { lane, now } = ctx;
  (record as { at: number }).at = now;
  if (record.seq !== undefined) (record as { seq: number }).seq = lane.seq + 1;
  const before = lane.holder;
  const beforeSession = before?.run?.session_id;
  const subject = fold(lane, record, task);
  ctx.records.push(record);
  if (lane.holder !== before) {
    if (beforeSession !== undefined) ctx.effects.push({ kind: 'load', session_id: beforeSession, delta: -1 });
    const session_id = lane.holder?.run?.session_id;
    if (session_id !== undefined) ctx.effects.push({ kind: 'load', session_id, delta: 1 });
  }
  if (record.seq === undefined) return subject;
  const fact = subject && isTaskRecord(record) ? taskFactOf(lane, record, now, subject) : factOf(lane, record, now);
  if (fact) ctx.effects.push({ kind: 'fact', fact });
  return subject;
}

type TaskRecordKind = TaskEvent | 'task.requeued';
type TaskRecord = Extract<RecordBody, { kind: TaskRecordKind }>;

function isTaskRecord(body: RecordBody): body is TaskRecord {
  return body.kind.startsWith('task.');
}

/**
 * The fact that a record of this kind is told as, by a lane that has just folded it. After a restart facts are told again
 * from their records; what was only of the moment (who was connected) may then read otherwise.
 */
export function factOf(lane: Lane, body: RecordBody, at: number): EventMessage | null {
  if (NOT_FACTS.has(body.kind)) return null;
  if (isTaskRecord(body)) {
    const task = lane.tasks.get(body.task_id);
    return task ? taskFactOf(lane, body, at, task) : null;
  }
  const base = { type: 'event', lane: lane.name, log: lane.log, seq: lane.seq, at } as const;
  switch (body.kind) {
    case 'lane.started':
      return { ...base, event: 'lane.started' };
    case 'lane.stopped':
      return { ...base, event: 'lane.stopped', drain: body.drain };
    case 'stream.opened': {
      const { kind: event, task_id, stream, content_type, can_interrupt, from_seq } = body;
      const fact: StreamFact = { ...base, event, task_id, stream, content_type, can_interrupt, from_seq };
      return fact;
    }
    case 'stream.closed': {
      const { kind: event, task_id, stream, next_seq } = body;
      return { ...base, event, task_id, stream, next_seq };
    }
    case 'hold.taken':
    case 'hold.released':
    case 'hold.expired': {
      const { task_id, hold_id } = body;
      const fact: HoldFact = {
        ...base,
        event: body.kind,
        task_id,
        hold_id,
        ...('expires_at' in body ? { expires_at: body.expires_at } : {}),
        ...('reason' in body && body.reason !== undefined ? { reason: body.reason } : {}),
        ...(body.stream === undefined ? {} : { stream: body.stream }),
      };
      return fact;
    }
    default:
      return null;
  }
}

function taskFactOf(lane: Lane, body: TaskRecord, at: number, task: Task): TaskFact {
  const { kind } = body;
  const payload = kind === 'task.queued' || kind === 'task.requeued' || kind === 'task.started';
  const view = viewOf(lane, task, at, payload);
  if (kind === 'task.deferred') view.deferred = body.deferred;
  const event = kind === 'task.requeued' ? 'task.queued' : kind;
  const fact: TaskFact = { type: 'event', lane: lane.name, log: lane.log, seq: lane.seq, at: UNSET, event, task: view };
  fact.at = at;
  return fact;
}

/** To the session that has the run, if it is there to hear it. */
export function order(ctx: Context, task: Task, message: ExecutorOrder, after_journal = false): void {
  const session_id = task.run?.session_id;
  if (session_id === undefined || !ctx.lane.sessions.get(session_id)?.connected) return;
  const effect: Effect = { kind: 'order', session_id, order: message, after_journal };
  if (!after_journal) return void ctx.effects.push(effect);
  const { task_id, run } = task;
  ctx.effects.push({ ...effect, true_of: { task_id, first_epoch: run!.first_epoch, seq: ctx.lane.seq } });
}

export function isConnected(ctx: Context, task: Task): boolean {
  return task.run !== null && (ctx.lane.sessions.get(task.run.session_id)?.connected ?? false);
}

/** The task's executor need say nothing more. */
export function revoke(ctx: Context, task: Task, reason: string): void {
  order(ctx, task, { type: 'task.revoked', lane: ctx.lane.name, task_id: task.task_id, epoch: task.epoch, reason });
}

/** Taking a task in: idempotency before dedupe, room in the queue, and calls, which make the caller wait for its child. */
import { isTerminal, type TaskState } from '@cuehub/protocol';
import { emit, NEXT, NOW, type Context } from './context.js';
import { cancel, finishPausing } from './ends.js';
import { laneSession, setConnected } from './claims.js';
import { scopedKey, type KeyEntry, type Lane } from './lane.js';
import type { Task } from './task.js';
import { dropOutranked } from './schedule.js';
import type { Input, StepError, StepReply } from './types.js';

type Submit = Extract<Input, { kind: 'submit' }>;

/** The reply is made after the scheduler had its turn: a function of what became of the task by then. */
export type LateReply = () => StepReply;

const NO_CALLER_MESSAGE = 'parent_id is no task that this session is running; only its executor may call for it';
export const NO_CALLER: StepError = {
  code: 'forbidden',
  message: NO_CALLER_MESSAGE,
  issues: [{ path: 'task.parent_id', message: NO_CALLER_MESSAGE }],
};

export function submit(ctx: Context, input: Submit): LateReply {
  const { lane } = ctx;
  const { task: spec, principal } = input;
  const key = spec.idempotency_key === undefined ? null : scopedKey(principal, spec.idempotency_key);
  const known = key === null ? undefined : liveKey(ctx, key);
  if (known) {
    if (known.fingerprint !== input.fingerprint) {
      return fail(
        'idempotency_conflict',
        `idempotency_key ${spec.idempotency_key} was used for another task; use a new key`,
        'task.idempotency_key',
      );
    }
    const task = lane.tasks.get(known.task_id);
    const parent = spec.call ? callerOf(lane, input) : null;
    if (task && parent) call(ctx, parent, task);
    return told(lane, known.task_id, task, true, known.ended_state);
  }

  const parent = spec.call ? callerOf(lane, input) : null;
  if (spec.call && !parent) return () => ({ error: NO_CALLER });
  const same = parent ? exceptCallers(lane, parent, waitingLike(lane, input)) : waitingLike(lane, input);
  const first = same[0];
  if (first && spec.dedupe?.mode === 'keep') {
    if (spec.idempotency_key !== undefined) {
      emit(ctx, null, {
        at: NOW,
        kind: 'key',
        principal,
        key: spec.idempotency_key,
        task_id: first.task_id,
        fingerprint: input.fingerprint,
      });
    }
    if (parent) call(ctx, parent, first);
    return told(lane, first.task_id, first, true);
  }
  const full = noRoom(lane, input, same);
  if (full) return fail('queue_full', full);

  for (const task of same) cancel(ctx, task, 'cancelled', 'superseded');
  if (spec.executor === 'self') connect(lane, input.source.session_id, principal);
  const child = emit(ctx, null, {
    at: NOW,
    seq: NEXT,
    kind: 'task.queued',
    task_id: input.task_id,
    task: spec,
    principal,
    source: input.source,
    fingerprint: input.fingerprint,
    bytes: input.bytes,
  });
  if (parent && child) call(ctx, parent, child);
  return told(lane, input.task_id, child, false);
}

/** Keys are forgotten in batches, a little after their time; nobody is to notice that. */
function liveKey({ lane, now }: Context, key: string): KeyEntry | undefined {
  const entry = lane.keys.get(key);
  return entry && entry.expires_at !== null && entry.expires_at <= now ? undefined : entry;
}

/** The session is here: what waits for it, and for the names that it had registered for, can start. */
export function connect(lane: Lane, session_id: string, principal: string): void {
  const session = laneSession(lane, session_id);
  session.principal = principal;
  setConnected(lane, session, true);
  lane.timers.clear(session);
}

/** The task `parent_id` when the submitting session has its run in its hands. */
function callerOf(lane: Lane, input: Submit): Task | null {
  const parent = input.task.parent_id === undefined ? undefined : lane.tasks.get(input.task.parent_id);
  if (!parent || parent.run?.session_id !== input.source.session_id) return null;
  return parent.state === 'running' || parent.state === 'pausing' || parent.state === 'paused' ? parent : null;
}

/** Makes the caller wait for the child. Over already, or waiting for the caller itself: nobody is paused. */
function call(ctx: Context, parent: Task, child: Task): void {
  const { lane } = ctx;
  if (isTerminal(child.state) || callers(lane, parent).has(child.task_id) || parent.awaiting?.has(child.task_id))
    return;
  emit(ctx, null, { at: NOW, kind: 'call', parent_id: parent.task_id, child_id: child.task_id });
  if (parent.state === 'running' || parent.state === 'pausing') finishPausing(ctx, parent, 'awaiting_child', true);
  dropOutranked(ctx);
}

/** The task and all that wait for it, however far up. */
function callers(lane: Lane, task: Task, found = new Set<string>()): Set<string> {
  found.add(task.task_id);
  for (const id of task.waiters ?? []) {
    const waiter = lane.tasks.get(id);
    if (waiter?.awaiting?.has(task.task_id) && !found.has(id)) callers(lane, waiter, found);
  }
  return found;
}

function exceptCallers(lane: Lane, parent: Task, tasks: Task[]): Task[] {
  const untouched = callers(lane, parent);
  return tasks.filter((task) => !untouched.has(task.task_id));
}

/** Waiting and paused tasks with the same dedupe key, in order of submission. */
function waitingLike(lane: Lane, input: Submit): Task[] {
  const { dedupe } = input.task;
  const same = dedupe ? lane.dedupe.get(scopedKey(input.principal, dedupe.key)) : undefined;
  return same
    ? [...same].filter((task) => task.state === 'queued' || task.state === 'paused').sort((a, b) => a.order - b.order)
    : [];
}

/** Why there is no room, or null. What the new task supersedes makes room for it. */
function noRoom(lane: Lane, input: Submit, superseded: readonly Task[]): string | null {
  const { priority } = input.task;
  let items = lane.waiting_by_level[priority]!;
  let bytes = lane.waiting_bytes;
  for (const task of superseded) {
    if (task.spec.priority === priority) items -= 1;
    bytes -= task.bytes;
  }
  const { queue_items_per_level_max: items_max, queue_bytes_max: bytes_max } = lane.config;
  if (items >= items_max)
    return `${items_max} tasks of this priority wait in lane ${lane.name} already; try again when some have run`;
  if (bytes + input.bytes > bytes_max)
    return `waiting tasks of lane ${lane.name} take ${bytes_max} bytes already; try again when some have run`;
  return null;
}

/** `ended_state`: of a task that was forgotten while one of its keys still answers. */
function told(
  lane: Lane,
  task_id: string,
  task: Task | undefined,
  duplicate: boolean,
  ended_state: TaskState | null = null,
): LateReply {
  return () => {
    const state = task?.state ?? ended_state ?? 'completed';
    return { ok: { task_id, state, position: task ? lane.queue.position(task) : null, duplicate } };
  };
}

function fail(code: 'idempotency_conflict' | 'queue_full', message: string, path?: string): LateReply {
  return () => ({ error: { code, message, ...(path === undefined ? {} : { issues: [{ path, message }] }) } });
}

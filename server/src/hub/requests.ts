/**
 * What each request does (PROTOCOL §4 and §7), for whoever carries it: rights first, then the lane, then the answer
 * when the journal has it. Frames of executors are `executor-frames.ts`, watching is `watching.ts`.
 */
import {
  type ClientListMessage,
  DEFAULT_LANE,
  type Issue,
  isTerminal,
  resolveTask,
  type TaskCancelMessage,
  type TaskGetMessage,
  type TaskListMessage,
  type TaskSource,
  type TaskSubmitMessage,
  type TaskWaitMessage,
  checkJson,
  LIMITS,
} from '@cuehub/protocol';
import { type Access, hasRole, mayUseLane } from '../auth/access.js';
import { forbidden, refusal } from '../auth/rights.js';
import type { Clock } from '../config/clock.js';
import { findByKey, listTasks, NO_CALLER, taskView } from '../core/index.js';
import { fingerprintOf } from './fingerprint.js';
import type { Ids } from './ids.js';
import type { JournalHealth } from './journal-health.js';
import type { LaneRuntime, Stepped } from './lane-runtime.js';
import type { Lanes } from './lanes.js';
import type { Durable, History } from '../journal/port.js';
import type { Outcome, PlainRequest, RequestError } from './port.js';
import type { Sessions } from './sessions.js';
import type { TaskIndex } from './task-index.js';
import type { TaskWaiters } from './task-waiters.js';

export interface RequestsOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly lanes: Lanes;
  readonly index: TaskIndex;
  readonly waiters: TaskWaiters;
  readonly sessions: Sessions;
  readonly health: JournalHealth;
  /** What passed: tasks that have left memory. */
  readonly history: Pick<History, 'task'>;
}

export interface Caller {
  readonly access: Access;
  readonly source: TaskSource;
  /** Whether somebody hears that it was done. */
  readonly waits: boolean;
}

/** Called once, at once where nothing has to be waited for. */
export type Settle = (outcome: Outcome) => void;

/** Gives up waiting; the request is then never settled. Only `task.wait` has something to give up. */
export type GiveUp = () => void;

const NOTHING_TO_GIVE_UP: GiveUp = () => {};
const OK: Outcome = { ok: {} };

export class Requests {
  readonly #options: RequestsOptions;
  #total = 0;
  #stopping = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  get total(): number {
    return this.#total;
  }

  /** From now on nothing new is taken. */
  stop(): void {
    this.#stopping = true;
  }

  perform(message: PlainRequest, caller: Caller, settle: Settle): GiveUp {
    this.#total += 1;
    const refused = refusal(message, caller.access);
    if (refused !== null) {
      settle({ error: refused });
      return NOTHING_TO_GIVE_UP;
    }
    if (
      this.#stopping &&
      message.type !== 'task.get' &&
      message.type !== 'task.list' &&
      message.type !== 'lane.status'
    ) {
      settle({ error: shuttingDown() });
      return NOTHING_TO_GIVE_UP;
    }
    if (message.type === 'task.wait') return this.#wait(message, caller, settle);
    this.#perform(message, caller, settle);
    return NOTHING_TO_GIVE_UP;
  }

  #perform(message: Exclude<PlainRequest, TaskWaitMessage>, caller: Caller, settle: Settle): void {
    const { clock, lanes } = this.#options;
    switch (message.type) {
      case 'task.submit':
        return this.#submit(message, caller, settle);
      case 'task.cancel':
        return this.#cancel(message, caller, settle);
      case 'task.get':
        return this.#get(message, caller, settle);
      case 'task.list':
        return settle({ ok: this.#list(message) });
      case 'lane.start':
      case 'lane.stop': {
        const runtime = lanes.ensure(message.lane ?? DEFAULT_LANE);
        if (runtime === null) return settle({ error: tooManyLanes() });
        const stepped = runtime.step(
          message.type === 'lane.start' ? { kind: 'lane.start' } : { kind: 'lane.stop', drain: message.drain ?? false },
        );
        return this.#acknowledge(runtime, stepped, caller, settle);
      }
      case 'lane.status': {
        const lane = message.lane ?? DEFAULT_LANE;
        return settle({ ok: { lane, ...(lanes.get(lane) ?? lanes.empty(lane)).status() } });
      }
      case 'client.list':
        return settle({ ok: this.#clients(message) });
      case 'client.remove': {
        const session = this.#options.sessions.get(message.session_id);
        if (session === undefined)
          return settle({ error: { code: 'not_found', message: 'no client has this session' } });
        this.#options.sessions.remove(session);
        return settle(OK);
      }
      default: {
        const unknown: never = message;
        throw new Error(`no rule for ${JSON.stringify(unknown)} at ${clock.now()}`);
      }
    }
  }

  #submit(message: TaskSubmitMessage, caller: Caller, settle: Settle): void {
    const { access, source } = caller;
    const { clock, ids, lanes, index, sessions, health } = this.#options;
    // What could not be acknowledged is not begun either.
    if (health.failing !== null) return settle({ error: journalUnavailable() });
    const lane = message.lane ?? DEFAULT_LANE;
    const task = resolveTask(message.task);
    const session = sessions.get(source.session_id);
    if (task.executor === 'self' && session === undefined) {
      return settle({ error: invalid('task.executor', 'self needs a connection to run the task on: use a WebSocket') });
    }
    // A lane that nobody has made runs nothing that could call, and is not made by what is refused.
    if (task.call && lanes.get(lane) === null) return settle({ error: NO_CALLER });
    const runtime = lanes.ensure(lane);
    if (runtime === null) return settle({ error: tooManyLanes() });
    if (task.executor === 'self' && session !== undefined) sessions.claims(session, lane);
    const task_id = ids.task(clock.now());
    index.set(task_id, lane);
    const stepped = runtime.step({
      kind: 'submit',
      task_id,
      task,
      bytes: bytesOf(task.args) + bytesOf(task.meta),
      fingerprint: task.idempotency_key === undefined ? '' : fingerprintOf(task),
      principal: access.principal,
      source,
    });
    if ('error' in stepped.reply || stepped.reply.ok['task_id'] !== task_id) index.delete([task_id]);
    this.#acknowledge(runtime, stepped, caller, settle);
  }

  #cancel(message: TaskCancelMessage, caller: Caller, settle: Settle): void {
    const { access } = caller;
    const found = this.#find(message, access);
    if ('error' in found) return settle(found);
    const stepped = found.runtime.step({
      kind: 'cancel',
      task_id: message.task_id,
      ...(message.reason === undefined ? {} : { reason: message.reason }),
      principal: access.principal,
      operator: hasRole(access, 'operator'),
    });
    this.#acknowledge(found.runtime, stepped, caller, settle);
  }

  #get(message: TaskGetMessage, { access }: Caller, settle: Settle): void {
    const lane = message.lane ?? DEFAULT_LANE;
    if (message.task_id !== undefined) return this.#told(message, message.task_id, access, settle);
    const runtime = this.#options.lanes.get(lane);
    const key = message.idempotency_key ?? '';
    const task_id = runtime === null ? null : findByKey(runtime.lane, access.principal, key);
    if (task_id !== null) return this.#told({ ...message, lane, task_id }, task_id, access, settle);
    settle({ error: { code: 'not_found', message: 'no task of yours here has this idempotency_key' } });
  }

  #told(message: TaskGetMessage, task_id: string, access: Access, settle: Settle): void {
    const { lane } = message;
    const found = this.#find({ task_id, ...(lane === undefined ? {} : { lane }) }, access);
    if ('error' in found && found.error.code !== 'not_found') return settle(found);
    const { clock } = this.#options;
    const task = 'error' in found ? null : taskView(found.runtime.lane, task_id, clock.now(), true);
    if (task === null) this.#passed(message, access, settle);
    else settle({ ok: { task } });
  }

  /** A task that is not in memory: it has ended, and the journal has it as far as history is kept. */
  #passed({ type, task_id = '', lane }: TaskGetMessage | TaskWaitMessage, access: Access, settle: Settle): void {
    const { clock, history } = this.#options;
    const query = { lane: lane ?? null, task_id, now_ms: clock.now(), with_payload: type === 'task.get' };
    const asked = history.task(query);
    if (asked === null) return settle({ error: unknownTask(task_id) });
    asked.then(
      (task) => {
        if (task === null) settle({ error: unknownTask(task_id) });
        else if (!mayUseLane(access, task.lane)) settle({ error: foreignLane(task.lane) });
        else settle({ ok: { task } });
      },
      // A journal that was closed, or cannot be read.
      () => settle({ error: { code: 'internal', message: `the journal could not be asked for task ${task_id}` } }),
    );
  }

  #list(message: TaskListMessage): Readonly<Record<string, unknown>> {
    const runtime = this.#options.lanes.get(message.lane ?? DEFAULT_LANE);
    if (runtime === null) return { tasks: [] };
    const { states, limit = LIMITS.list_items_default, before } = message;
    const query = { limit, ...(states === undefined ? {} : { states }), ...(before === undefined ? {} : { before }) };
    return { ...listTasks(runtime.lane, query, this.#options.clock.now()) };
  }

  #wait(message: TaskWaitMessage, { access }: Caller, settle: Settle): GiveUp {
    const { clock, waiters } = this.#options;
    const found = this.#find(message, access);
    const view = 'error' in found ? null : taskView(found.runtime.lane, message.task_id, clock.now(), false);
    if ('error' in found || view === null) {
      // One that has left memory has ended.
      if ('error' in found && found.error.code !== 'not_found') settle(found);
      else this.#passed(message, access, settle);
      return NOTHING_TO_GIVE_UP;
    }
    const tell = (): void => {
      const task = taskView(found.runtime.lane, message.task_id, clock.now(), false);
      settle(task === null ? { error: unknownTask(message.task_id) } : { ok: { task } });
    };
    if (isTerminal(view.state)) {
      const { durable } = found.runtime;
      if (durable !== undefined) found.runtime.hurry();
      whenDurable(durable, tell, settle);
      return NOTHING_TO_GIVE_UP;
    }
    return waiters.add(message.task_id, (over) => {
      if (over === 'ended') tell();
      else settle({ error: over === 'failed' ? journalUnavailable() : shuttingDown() });
    });
  }

  /** What was refused changed nothing, so there is nothing to wait for. */
  #acknowledge(runtime: LaneRuntime, { reply, durable }: Stepped, { waits }: Caller, settle: Settle): void {
    if ('error' in reply) return settle(reply);
    if (waits && durable !== undefined) runtime.hurry();
    const refuse = (): void => settle({ error: journalUnavailable() });
    this.#options.health.wait(durable, () => settle(reply), refuse);
  }

  #clients(_message: ClientListMessage): Readonly<Record<string, unknown>> {
    return { clients: this.#options.sessions.views() };
  }

  #find(
    { task_id, lane }: { task_id: string; lane?: string },
    access: Access,
  ): { runtime: LaneRuntime } | { error: RequestError } {
    const { index, lanes } = this.#options;
    const of = index.get(task_id);
    const runtime = of === undefined || (lane !== undefined && lane !== of) ? null : lanes.get(of);
    if (of === undefined || runtime === null) return { error: unknownTask(task_id) };
    if (!mayUseLane(access, of)) return { error: foreignLane(of) };
    return { runtime };
  }
}

/**
 * Passes the lane's reply on when the journal has what it says, however long a disk that failed takes to come back: an
 * executor keeps its outcome until then.
 */
export function settleWhenDurable({ reply, durable }: Stepped, settle: Settle): void {
  // What was refused changed nothing, so there is nothing to wait for.
  if ('error' in reply) settle(reply);
  else whenDurable(durable, () => settle(reply), settle);
}

export function whenDurable(durable: Durable, then: () => void, settle: Settle): void {
  if (durable === undefined) then();
  else durable.then(then, () => settle({ error: journalUnavailable() }));
}

function shuttingDown(): RequestError {
  return { code: 'shutting_down', message: 'the hub is going away; try again when it is back' };
}

function journalUnavailable(): RequestError {
  return { code: 'journal_unavailable', message: 'the journal could not take this; try again' };
}

export function tooManyLanes(): RequestError {
  const message = 'the hub has as many lanes as it may have, busy ones or ones to remember: use those';
  return { code: 'too_many_lanes', message };
}

function foreignLane(lane: string): RequestError {
  return forbidden(`this token may not use the lane ${lane}`);
}

function unknownTask(task_id: string): RequestError {
  return { code: 'not_found', message: `no task ${task_id} here; it may have ended long ago` };
}

export function invalid(path: string, message: string): RequestError {
  const issues: Issue[] = [{ path, message }];
  return { code: 'invalid_message', message: `${path} ${message}`, issues };
}

/** Bytes of JSON; the payload was checked at the edge. */
function bytesOf(payload: unknown): number {
  if (payload === undefined) return 0;
  const bytes = checkJson(payload, Number.MAX_SAFE_INTEGER);
  return typeof bytes === 'number' ? bytes : 0;
}

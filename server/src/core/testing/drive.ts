/**
 * Drives one lane with a fake clock for table tests: one-liners for inputs, and collectors for what came of them.
 * Every step is checked for what no step may ever break: facts without gaps, `at` that never decreases, epochs that only grow.
 */
import {
  type ChunkMessage,
  type EventMessage,
  type ExecutorOrder,
  type HoldFact,
  type Holding,
  type Json,
  type LaneSnapshot,
  type LaneStatus,
  type ProgressMessage,
  resolveTask,
  type StreamFact,
  type TaskFact,
  type TaskState,
  type TaskSubmission,
  type TaskView,
} from '@cuehub/protocol';
import { createLane, DEFAULT_LANE_CONFIG, fold, type Lane, snapshotOf, statusOf, step, taskView } from '../index.js';
import type { Input, LaneConfig, LaneRecord, SessionLoad, StepReply, StepResult } from '../types.js';

type Rest<K extends Input['kind']> = Omit<Extract<Input, { kind: K }>, 'kind' | 'session_id' | 'task_id' | 'epoch'>;
import { nameOf, taskOf } from './about.js';

export type FrameKind = Extract<Input, { epoch: number; session_id: string }>['kind'];
/** Who says it, when it is not the session that has the run or not its latest epoch. */
interface Sender {
  session_id?: string;
  epoch?: number;
}

export interface SubmitOptions extends Omit<TaskSubmission, 'name'> {
  name?: string;
  /** The submitting session and its principal. */
  from?: string;
  principal?: string;
  bytes?: number;
  /** Stands for the body of the submission; by default the submission itself. */
  fingerprint?: string;
}

export interface SentOrder {
  readonly session_id: string;
  readonly order: ExecutorOrder;
  readonly after_journal: boolean;
}

export const START_MS = 1_000_000;
export const DEFAULT_NAME = 'job';

export class LaneDriver {
  lane: Lane;
  now = START_MS;
  epoch = 0;
  wake_at: number | null = null;
  readonly load = new Map<string, SessionLoad>();
  readonly facts: EventMessage[] = [];
  readonly orders: SentOrder[] = [];
  readonly chunks: ChunkMessage[] = [];
  readonly progress: ProgressMessage[] = [];
  readonly loads: { session_id: string; delta: 1 | -1 }[] = [];
  readonly records: LaneRecord[] = [];
  last!: StepResult;
  readonly #config: LaneConfig;
  #factsTold = 0;
  #ordersTold = 0;
  #ids = 0;

  constructor(config: Partial<LaneConfig> = {}) {
    this.#config = { ...DEFAULT_LANE_CONFIG, ...config };
    this.lane = createLane({ lane: 'main', log: 'log-1', config: this.#config });
  }

  /** One step; what came of it is collected. */
  give(input: Input): StepReply {
    const { seq, at } = this.lane;
    const before = this.epoch;
    const result = step(this.lane, input, { now_ms: this.now, epoch: this.epoch, load: this.load });
    this.last = result;
    this.epoch = result.epoch;
    this.wake_at = result.wake_at;
    this.records.push(...result.records);
    let expected = seq;
    let latest = at;
    for (const effect of result.effects) {
      switch (effect.kind) {
        case 'fact':
          expected += 1;
          if (effect.fact.seq !== expected) throw new Error(`fact ${effect.fact.seq} came, ${expected} was due`);
          if (effect.fact.at < latest) throw new Error(`fact ${effect.fact.seq} is older than the one before it`);
          latest = effect.fact.at;
          this.facts.push(effect.fact);
          break;
        case 'order':
          this.orders.push(effect);
          break;
        case 'chunk':
          this.chunks.push(effect.chunk);
          break;
        case 'progress':
          this.progress.push(effect.progress);
          break;
        case 'load':
          this.loads.push({ session_id: effect.session_id, delta: effect.delta });
          break;
      }
    }
    if (this.epoch < before) throw new Error(`epoch went back from ${before} to ${this.epoch}`);
    return result.reply;
  }

  /** The reply's fields; an error fails the test. */
  ok(input: Input): Record<string, unknown> {
    return okOf(this.give(input));
  }

  // Time.

  /** Lets time pass; wakes come when they were asked for, in order. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (let wakes = 0; this.wake_at !== null && this.wake_at <= until; wakes += 1) {
      if (wakes > 10_000) throw new Error(`the lane asks for a wake at ${this.wake_at} again and again`);
      this.now = Math.max(this.now, this.wake_at);
      this.give({ kind: 'wake' });
    }
    this.now = until;
  }

  /** A crash and a restart: all that is left is what the journal has. Collected facts and orders stay. */
  crash(): void {
    this.lane = createLane({ lane: 'main', log: this.lane.log, config: this.#config });
    for (const record of this.records) fold(this.lane, record);
    this.give({ kind: 'recover' });
  }

  // Clients.

  worker(session_id: string, names: readonly string[] = [DEFAULT_NAME], principal = session_id): void {
    this.ok({ kind: 'worker.register', session_id, principal, names });
  }

  unregister(session_id: string, names: readonly string[] = [DEFAULT_NAME]): void {
    this.ok({ kind: 'worker.unregister', session_id, names });
  }

  lose(session_id: string): void {
    this.ok({ kind: 'session.lost', session_id });
  }

  end(session_id: string): void {
    this.ok({ kind: 'session.ended', session_id });
  }

  /** Comes back with `resume`; `holding` are task ids with their latest epoch, or explicit ones. */
  back(
    session_id: string,
    holding: readonly (string | Holding)[] = [],
    principal = session_id,
  ): { adopted: string[]; released: string[] } {
    return this.hello(session_id, holding, principal, true);
  }

  hello(session_id: string, holding: readonly (string | Holding)[], principal: string, resumed = false) {
    const held = holding.map((one) => (typeof one === 'string' ? { task_id: one, epoch: this.task(one).epoch } : one));
    const reply = this.ok({ kind: 'session.hello', session_id, principal, resumed, holding: held });
    return reply as { adopted: string[]; released: string[] };
  }

  // Tasks.

  /** Submits a task whose id is `task_id`; the name is `job` unless said otherwise. */
  trySubmit(task_id: string, options: SubmitOptions = {}): StepReply {
    const { from = 'producer', principal = from, bytes = 100, fingerprint, ...rest } = options;
    const submission: TaskSubmission = { name: DEFAULT_NAME, ...rest };
    const { idempotency_key: _key, ...body } = submission;
    return this.give({
      kind: 'submit',
      task_id,
      task: resolveTask(submission),
      bytes,
      fingerprint: fingerprint ?? JSON.stringify(body),
      principal,
      source: { session_id: from, client_name: from, kind: 'test' },
    });
  }

  submit(
    task_id: string,
    options: SubmitOptions = {},
  ): { task_id: string; state: TaskState; position: number | null; duplicate: boolean } {
    return okOf(this.trySubmit(task_id, options)) as never;
  }

  /** A call by the executor of `parent_id`. */
  call(task_id: string, parent_id: string, options: SubmitOptions = {}) {
    const from = this.lane.tasks.get(parent_id)?.run?.session_id ?? 'nobody';
    return this.submit(task_id, { from, parent_id, call: true, ...options });
  }

  tryCancel(task_id: string, options: { principal?: string; operator?: boolean; reason?: string } = {}): StepReply {
    return this.give({ kind: 'cancel', task_id, principal: 'producer', operator: false, ...options });
  }

  cancel(task_id: string, reason?: string): TaskView {
    return okOf(this.tryCancel(task_id, { operator: true, ...(reason === undefined ? {} : { reason }) }))[
      'task'
    ] as TaskView;
  }

  start(): void {
    this.ok({ kind: 'lane.start' });
  }

  stop(drain = false): void {
    this.ok({ kind: 'lane.stop', drain });
  }

  // Frames of the executor: from the session that has the run, with the task's latest epoch, unless said otherwise.

  frame<K extends FrameKind>(kind: K, task_id: string, rest: Rest<K> & Sender): StepReply {
    const task = this.lane.tasks.get(task_id);
    const sender = { session_id: task?.run?.session_id ?? 'nobody', epoch: task?.epoch ?? 0 };
    return this.give({ kind, task_id, ...sender, ...rest } as unknown as Input);
  }

  complete(task_id: string, result?: Json): void {
    okOf(this.frame('task.complete', task_id, result === undefined ? {} : { result }));
  }

  fail(task_id: string, retryable = false): void {
    okOf(this.frame('task.fail', task_id, { error: { code: 'broken', message: 'it broke' }, retryable }));
  }

  paused(task_id: string, checkpoint?: Json): void {
    okOf(this.frame('task.paused', task_id, checkpoint === undefined ? {} : { checkpoint }));
  }

  cancelled(task_id: string): void {
    okOf(this.frame('task.cancelled', task_id, {}));
  }

  checkpoint(task_id: string, checkpoint: Json): void {
    okOf(this.frame('task.checkpoint', task_id, { checkpoint }));
  }

  tryHold(task_id: string, ttl_ms?: number): StepReply {
    return this.frame('floor.hold', task_id, {
      new_hold_id: this.id('hold'),
      ...(ttl_ms === undefined ? {} : { ttl_ms }),
    });
  }

  hold(task_id: string, ttl_ms?: number): string {
    return okOf(this.tryHold(task_id, ttl_ms))['hold_id'] as string;
  }

  renew(task_id: string, hold_id: string, ttl_ms?: number): StepReply {
    return this.frame('floor.hold', task_id, {
      hold_id,
      new_hold_id: this.id('hold'),
      ...(ttl_ms === undefined ? {} : { ttl_ms }),
    });
  }

  release(task_id: string, hold_id: string): void {
    okOf(this.frame('floor.release', task_id, { hold_id }));
  }

  tryOpen(task_id: string, options: Partial<Rest<'stream.open'>> = {}): StepReply {
    return this.frame('stream.open', task_id, {
      stream: 'main',
      content_type: 'text/plain',
      can_interrupt: true,
      ...options,
    });
  }

  open(task_id: string, options: Partial<Rest<'stream.open'>> = {}): void {
    okOf(this.tryOpen(task_id, options));
  }

  tryChunk(task_id: string, seq: number, data: string | Uint8Array = `${seq} `, stream = 'main'): StepReply {
    return this.frame('stream.chunk', task_id, { stream, seq, data });
  }

  chunk(task_id: string, seq: number, data: string | Uint8Array = `${seq} `, stream = 'main'): void {
    okOf(this.tryChunk(task_id, seq, data, stream));
  }

  close(task_id: string, stream = 'main'): void {
    okOf(this.frame('stream.close', task_id, { stream }));
  }

  heard(task_id: string, seq: number, sink = 'overlay', stream = 'main'): StepReply {
    return this.give({ kind: 'stream.heard', task_id, stream, seq, sink });
  }

  // What is to be seen.

  task(task_id: string): TaskView {
    const view = taskView(this.lane, task_id, this.now, true);
    if (!view) throw new Error(`the lane does not know ${task_id}`);
    return view;
  }

  state(task_id: string): string {
    const { state, reason } = this.task(task_id);
    return reason === undefined ? state : `${state} (${reason})`;
  }

  holder(): string | null {
    return this.status().current_task?.task_id ?? null;
  }

  status(): LaneStatus {
    return statusOf(this.lane, this.now);
  }

  snapshot(text = true): LaneSnapshot {
    return snapshotOf(this.lane, this.now, { text });
  }

  /** Facts since this was asked last, as `event subject`. */
  told(): string[] {
    const fresh = this.facts.slice(this.#factsTold);
    this.#factsTold = this.facts.length;
    return fresh.map(nameOf);
  }

  /** Orders since this was asked last, as `type task_id → session`; `stream.ack`s are left out. */
  ordered(): string[] {
    const fresh = this.orders.slice(this.#ordersTold);
    this.#ordersTold = this.orders.length;
    return fresh
      .filter(({ order }) => order.type !== 'stream.ack')
      .map(({ order, session_id }) => `${order.type} ${taskOf(order)} → ${session_id}`);
  }

  /** The last order of a type. */
  lastOrder<T extends ExecutorOrder['type']>(type: T): Extract<ExecutorOrder, { type: T }> {
    const found = this.orders.findLast(({ order }) => order.type === type);
    if (!found) throw new Error(`no ${type} was sent`);
    return found.order as Extract<ExecutorOrder, { type: T }>;
  }

  lastFact(event: TaskFact['event']): TaskFact;
  lastFact(event: StreamFact['event']): StreamFact;
  lastFact(event: HoldFact['event']): HoldFact;
  lastFact(event: string): EventMessage {
    const found = this.facts.findLast((fact) => fact.event === event);
    if (!found) throw new Error(`no ${event} was told`);
    return found;
  }

  /** Ids of tasks in the order in which they got the floor so far. */
  grants(): string[] {
    return this.facts.flatMap((fact) =>
      fact.event === 'task.started' || fact.event === 'task.resumed' ? [fact.task.task_id] : [],
    );
  }

  /** Lets every holder complete until nobody can start; tells the order in which they got the floor. */
  runAll(): string[] {
    const order: string[] = [];
    for (let id = this.holder(); id !== null; id = this.holder()) {
      order.push(id);
      this.complete(id);
    }
    return order;
  }

  id(what: string): string {
    this.#ids += 1;
    return `${what}-${this.#ids}`;
  }
}

/** A lane with one worker `w` for every name. */
export function laneWithWorker(config: Partial<LaneConfig> = {}): LaneDriver {
  const d = new LaneDriver(config);
  d.worker('w', ['*']);
  return d;
}

export function okOf(reply: StepReply): Record<string, unknown> {
  if ('error' in reply) throw new Error(`refused: ${reply.error.code}: ${reply.error.message}`);
  return reply.ok;
}

/** `ok`, or the code of the refusal. */
export function codeOf(reply: StepReply): string {
  return 'error' in reply ? reply.error.code : 'ok';
}

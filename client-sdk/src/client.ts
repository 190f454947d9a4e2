// The client object: one API over a session, its requests, its runs and its subscriptions. Wires the parts and owns no rule.
import type {
  ClientMessage,
  ClientMessageType,
  ClientView,
  Grants,
  HubMessage,
  LaneStatus,
  OkMessage,
  Replies,
  TaskState,
  TaskSubmission,
  TaskView,
  Topic,
  WelcomeMessage,
} from '@cuehub/protocol';
import { Emitter, safely } from './emitter.js';
import { type ConnectionClosed, NORMAL_CLOSURE, RequestError } from './errors.js';
import { HandlerTask } from './handler-task.js';
import { type HandlePort, TaskHandle } from './handles.js';
import { HeardOutbox, type HeardReport } from './heard.js';
import { type HubEvents, KIND_OF, type OwnEvent, TOPIC_OF, type WatchedEvent } from './hub-events.js';
import { stateOf, type WatchEvent } from './lane-view.js';
import { type ClientOptions, type Resolved, resolveOptions } from './options.js';
import { type RequestKind, Requests } from './requests.js';
import { type ConnectionStatus, Session } from './session.js';
import { type LooseSpec, submissionOf } from './submission.js';
import type { AnyTasks, HandlerResult, InterruptSpec, ResultOf, SubmitSpec, TaskMap, TaskName } from './task-map.js';
import { Subscriptions } from './watch.js';
import { WatchQueue } from './watch-queue.js';
import type { WorkerRun } from './worker-run.js';
import { type RunHandler, type Unregister, Workers } from './workers.js';

/** A worker's code for one task. Its result is the task's; what it throws fails the task. */
export type Handler<Tasks, Name extends string> = (
  task: Name extends string ? HandlerTask<Tasks, Name> : never,
) => HandlerResult<Tasks, Name> | Promise<HandlerResult<Tasks, Name>>;

export interface LaneOption {
  /** Default: the client's lane. `*` watches every lane. */
  lane?: string;
}

export class CueHub<Tasks extends TaskMap<Tasks> = AnyTasks> {
  /** Resolves when the first connection is subscribed, registered and flushed; rejects when there will never be one. */
  readonly ready: Promise<void>;
  private readonly options: Resolved;
  private readonly events = new Emitter<Pick<HubEvents, OwnEvent>>();
  private readonly session: Session;
  private readonly requests: Requests;
  private readonly workers: Workers;
  private readonly subscriptions: Subscriptions;
  private readonly heardOutbox: HeardOutbox;
  private readonly handlePort: HandlePort;
  private stateWatched = false;
  private becomeReady!: () => void;
  private neverReady!: (error: ConnectionClosed) => void;

  constructor(options: ClientOptions) {
    this.options = resolveOptions(options);
    this.ready = new Promise((resolve, reject) => {
      this.becomeReady = resolve;
      this.neverReady = reject;
    });
    // Whoever does not look at `ready` learns of the end elsewhere.
    this.ready.catch(() => {});
    const session = new Session(this.options, {
      holding: () => this.workers.holding(),
      welcome: (message) => this.welcomed(message),
      message: (message) => this.received(message),
      down: (error) => this.down(error),
      changed: (change) => this.events.emit('connection', change),
    });
    this.session = session;
    const requests = new Requests(this.options, session);
    this.requests = requests;
    const { clock, limits } = this.options;
    this.workers = new Workers(
      {
        clock,
        limits,
        textOnly: this.options.codec.textOnly ?? false,
        get connected() {
          return session.connected;
        },
        get bufferedAmount() {
          return session.bufferedAmount;
        },
        report: (error) => this.events.emit('error', error),
        tell: (message) => void requests.tell(message),
        ask: (message) => requests.request(message, 'run'),
      },
      (message) => requests.request(message, 'run'),
    );
    this.subscriptions = new Subscriptions({
      clock,
      retry_ms: limits.retry_ms,
      get connected() {
        return session.connected;
      },
      ask: (message, answered) => requests.request(message, 'link', answered),
    });
    this.heardOutbox = new HeardOutbox((message) => requests.tell(message));
    this.handlePort = {
      wait: async (task_id, lane) => (await this.ask({ type: 'task.wait', task_id, lane }, 'wait')).task,
      get: async (task_id, lane) => (await this.ask({ type: 'task.get', task_id, lane })).task,
      cancel: (task_id, lane, reason) => this.cancelTask(task_id, lane, reason),
      watch: (lane, topic, listener) => this.listen(lane, topic, topic === 'text', listener),
    };
    session.open();
  }

  // ── produce ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Resolves when the task is in the hub's journal. Sent again under one idempotency key until the hub answers. */
  async submit<Name extends TaskName<Tasks>>(
    spec: SubmitSpec<Tasks, Name>,
  ): Promise<TaskHandle<ResultOf<Tasks, Name>>> {
    return (await this.send(spec as LooseSpec, {})) as TaskHandle<ResultOf<Tasks, Name>>;
  }

  /** Submits as URGENT and resolves with the result. Rejects with `TaskFailed`, `TaskCancelled`, `TaskExpired`. */
  async interrupt<Name extends TaskName<Tasks>>(spec: InterruptSpec<Tasks, Name>): Promise<ResultOf<Tasks, Name>> {
    const handle = await this.send(spec as LooseSpec, { priority: 'URGENT' });
    return (await handle.result()) as ResultOf<Tasks, Name>;
  }

  /** Submits a task that this client runs itself when it gets the floor. Resolves as `submit` does. */
  async queue<Name extends TaskName<Tasks>>(
    spec: SubmitSpec<Tasks, Name>,
    handler: Handler<Tasks, Name>,
  ): Promise<TaskHandle<ResultOf<Tasks, Name>>> {
    const idempotency_key = spec.idempotency_key ?? this.options.uuid();
    const forget = this.workers.expect(idempotency_key, this.runWith(handler));
    try {
      const handle = await this.send(spec as LooseSpec, { executor: 'self', idempotency_key });
      // The handler may be asked for again (a retry) until the task has ended.
      handle.end().then(forget, forget);
      return handle as TaskHandle<ResultOf<Tasks, Name>>;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** A handle on a task that was submitted elsewhere. */
  task<Result = unknown>(task_id: string, { lane = this.options.lane }: LaneOption = {}): TaskHandle<Result> {
    return new TaskHandle<Result>(this.handlePort, lane, { task_id, state: 'queued' });
  }

  get(task_id: string, { lane = this.options.lane }: LaneOption = {}): Promise<TaskView> {
    return this.handlePort.get(task_id, lane);
  }

  cancel(
    task_id: string,
    { lane = this.options.lane, reason }: LaneOption & { reason?: string } = {},
  ): Promise<TaskView> {
    return this.cancelTask(task_id, lane, reason);
  }

  /** Tasks of a lane, newest first; `next` continues the list as `before`. */
  async list({
    lane = this.options.lane,
    ...filter
  }: LaneOption & { states?: TaskState[]; limit?: number; before?: string } = {}): Promise<Replies['task.list']> {
    const { tasks, next } = await this.ask({ type: 'task.list', lane, ...filter });
    return next === undefined ? { tasks } : { tasks, next };
  }

  // ── work ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs tasks of these names on a lane; a name may end in `*`. Call what it returns to stop taking new ones. */
  worker<const Name extends TaskName<Tasks>>(
    names: Name | readonly Name[],
    handler: Handler<Tasks, Name>,
    { lane = this.options.lane }: LaneOption = {},
  ): Unregister {
    const list: readonly string[] = typeof names === 'string' ? [names] : names;
    return this.workers.register(lane, list, this.runWith(handler), (error) => this.events.emit('error', error));
  }

  /** Reports what this sink really played or showed. The latest of a stream is sent again after a lost connection. */
  heard(report: HeardReport): void {
    this.heardOutbox.report({ lane: this.options.lane, ...report });
  }

  // ── watch ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The latest state of the client's lane. The first look begins to watch it, and finds `undefined`. */
  get state(): LaneStatus | undefined {
    if (!this.stateWatched) this.listen(this.options.lane, 'state', false, () => {});
    this.stateWatched = true;
    return this.subscriptions.view(this.options.lane)?.status;
  }

  /** Events of a lane from now on, after a snapshot. Subscribes at once; leaving the loop unsubscribes. */
  watch({
    lane = this.options.lane,
    topics = ['state', 'task'],
  }: LaneOption & { topics?: readonly Topic[] } = {}): WatchQueue {
    return new WatchQueue(this.subscriptions, lane, topics, this.options.limits.watch_items_max);
  }

  /** For a page that nobody sees: no watch of this client is given anything until `resumeWatching`, across connections too. */
  pauseWatching(): void {
    this.subscriptions.pause();
  }

  /** Every watch goes on with a snapshot, after a `gap` with reason `paused` when something was missed. */
  resumeWatching(): void {
    this.subscriptions.resume();
  }

  /** Listens, and subscribes as far as it takes; returns a function that stops it. */
  on<E extends keyof HubEvents>(
    event: E,
    listener: (value: HubEvents[E]) => void,
    { lane = this.options.lane }: LaneOption = {},
  ): () => void {
    if (event === 'connection' || event === 'closed' || event === 'error') {
      return this.events.on(event, listener as (value: HubEvents[OwnEvent]) => void);
    }
    const kind = KIND_OF[event as WatchedEvent];
    const tell = listener as (value: WatchEvent) => void;
    const topic = TOPIC_OF[event as WatchedEvent];
    const stop = this.listen(lane, topic, event === 'snapshot' || event === 'text', (seen) => {
      if (seen.type === kind) tell(seen);
      // What a slow reader gets instead of the states it missed.
      else if (event === 'state' && seen.type === 'snapshot') tell(stateOf(seen));
    });
    const known = event === 'state' && this.subscriptions.view(lane)?.status;
    if (known) queueMicrotask(() => safely(() => tell(known)));
    return stop;
  }

  // ── steer ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async start({ lane = this.options.lane }: LaneOption = {}): Promise<void> {
    await this.ask({ type: 'lane.start', lane });
  }

  /** No new grants; the holder is paused, or with `drain` finishes. Nothing is lost. */
  async stop({ lane = this.options.lane, drain }: LaneOption & { drain?: boolean } = {}): Promise<void> {
    await this.ask({ type: 'lane.stop', lane, ...(drain === undefined ? {} : { drain }) });
  }

  status({ lane = this.options.lane }: LaneOption = {}): Promise<Replies['lane.status']> {
    return this.ask({ type: 'lane.status', lane });
  }

  async clients(): Promise<ClientView[]> {
    return (await this.ask({ type: 'client.list' })).clients;
  }

  /** Ends another client's session and its claims. Fails with a retryable error when the connection ends before the answer. */
  async remove(session_id: string): Promise<void> {
    await this.ask({ type: 'client.remove', session_id }, 'once');
  }

  // ── the connection ────────────────────────────────────────────────────────────────────────────────────────────────────

  get connection(): ConnectionStatus {
    return this.session.status;
  }

  /** What the hub said when it last welcomed us, secrets aside. */
  get welcome(): Omit<WelcomeMessage, 'type' | 'resume_token'> | undefined {
    if (!this.session.welcome) return undefined;
    const { type: _type, resume_token: _token, ...told } = this.session.welcome;
    return told;
  }

  /** A new token for this connection and, unless the client was given a function, for those after it. */
  async refreshToken(token: string): Promise<Grants> {
    const { grants } = await this.ask({ type: 'auth.refresh', token });
    if (!this.options.tokenIsAsked) this.options.token = () => token;
    return grants;
  }

  /** Ends the session and its claims at once; everything that waits fails with `ConnectionClosed`. */
  close(): void {
    this.session.close(NORMAL_CLOSURE, 'closed by the client');
  }

  // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  private async ask<T extends ClientMessageType>(
    message: { type: T } & Extract<ClientMessage, { type: T }>,
    kind: RequestKind = 'ask',
  ): Promise<T extends keyof Replies ? Replies[T] : object> {
    const { type: _type, re: _re, ...reply }: OkMessage = await this.requests.request(message, kind);
    return reply as T extends keyof Replies ? Replies[T] : object;
  }

  private async send(spec: LooseSpec, fixed: Partial<TaskSubmission>): Promise<TaskHandle> {
    const lane = spec.lane ?? this.options.lane;
    const idempotency_key = spec.idempotency_key ?? this.options.uuid();
    const task = submissionOf(spec, { idempotency_key, ...fixed });
    return new TaskHandle(this.handlePort, lane, await this.ask({ type: 'task.submit', lane, task }));
  }

  private async cancelTask(task_id: string, lane: string, reason: string | undefined): Promise<TaskView> {
    return (await this.ask({ type: 'task.cancel', task_id, lane, ...(reason === undefined ? {} : { reason }) })).task;
  }

  private runWith<Name extends string>(handler: Handler<Tasks, Name>): RunHandler {
    type Task = Parameters<Handler<Tasks, Name>>[0];
    return (run) =>
      handler(new HandlerTask<Tasks, Name>(run, (parent, spec) => this.callFrom(parent, spec as LooseSpec)) as Task);
  }

  private async callFrom(parent: WorkerRun, spec: LooseSpec): Promise<unknown> {
    const { epoch, signal } = parent;
    const handle = await this.send({ ...spec, lane: parent.task.lane }, { call: true, parent_id: parent.task_id });
    signal.throwIfAborted();
    // A resume that has come already may be the one after the child, or one from before it.
    const certain = parent.epoch === epoch && !handle.duplicate;
    if (certain) parent.awaitChild();
    const over = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
    );
    const result = await Promise.race([handle.result(), over]);
    if (!certain) await parent.confirmFloor();
    return result;
  }

  private listen(lane: string, topic: Topic, fresh: boolean, listener: (event: WatchEvent) => void): () => void {
    const watcher = {
      lane,
      topics: new Set([topic]),
      fresh,
      deliver: (event: WatchEvent) => safely(() => listener(event)),
      end: (error: Error | undefined) => {
        if (error instanceof RequestError) this.events.emit('error', error);
      },
    };
    this.subscriptions.add(watcher);
    return () => this.subscriptions.remove(watcher);
  }

  private welcomed(message: WelcomeMessage): void {
    this.requests.welcome(message.limits);
    // Executors first: what they owe is fenced by time. Then what the consumer sees, then what waited to be sent.
    const settled = Promise.all([this.workers.welcome(message), this.subscriptions.welcome()]);
    this.heardOutbox.flush();
    this.requests.flush(() => {
      void settled.then(() => {
        if (this.session.connected && this.session.welcome === message) this.becomeReady();
      });
    });
  }

  private down(error: ConnectionClosed): void {
    this.workers.down(error);
    this.requests.down(error);
    this.subscriptions.down(error);
    if (error.retryable) return;
    this.neverReady(error);
    this.events.emit('closed', error);
  }

  private received(message: HubMessage): void {
    switch (message.type) {
      case 'ok':
        return this.requests.answered(message);
      case 'error':
        if (this.requests.refused(message)) return;
        // Frames that an interruption made late are part of every pause; they are sent again.
        if (message.code !== 'stale_epoch') this.events.emit('error', new RequestError(message));
        else if (message.task_id !== undefined) this.workers.late(message.task_id, message.epoch ?? 0);
        return;
      case 'task.dispatch':
      case 'task.pause':
      case 'task.resume':
      case 'task.cancel':
      case 'task.revoked':
      case 'stream.ack':
        return this.workers.received(message);
      case 'event':
      case 'state':
      case 'progress':
      case 'chunk':
      case 'presence':
      case 'snapshot':
      case 'gap':
      case 'unsubscribed':
        return this.subscriptions.received(message);
      default:
      // Ping, welcome and going_away were dealt with below us; types we do not know are ignored.
    }
  }
}

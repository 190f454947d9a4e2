// The hub's side of a link, scripted: it welcomes, answers what has a plain answer, and leaves the rest to the test.
// Every message of the client is held against the schemas of the contract.
import {
  type ClientMessage,
  type ClientMessageType,
  codecFor,
  type Encoding,
  type HelloMessage,
  type HubMessage,
  type LaneSnapshot,
  resolveTask,
  type TaskDispatchMessage,
  type TaskView,
  type WelcomeMessage,
} from '@cuehub/protocol';
import { parseClientMessage } from '@cuehub/protocol/schemas';
import type { Frame, Link, LinkCodec, Transport } from '../transport.js';
import { settled } from './fake-clock.js';

type Message<T extends ClientMessageType> = Extract<ClientMessage, { type: T }>;
/** Fields of the `ok`, an error, or nothing for now. */
type Answer = object | undefined;

export class FakeConnection implements Link {
  onOpen: (() => void) | undefined;
  onMessage: ((frame: Frame) => void) | undefined;
  onClose: ((code: number, reason: string) => void) | undefined;
  bufferedAmount = 0;
  /** What the client sent, in order. */
  readonly received: ClientMessage[] = [];
  readonly url: string;
  /** How the client closed it. */
  closedWith: { code: number; reason: string } | undefined;
  private readonly hub: FakeHub;

  constructor(hub: FakeHub, url: string) {
    this.hub = hub;
    this.url = url;
    queueMicrotask(() => this.onOpen?.());
  }

  send(frame: Frame): void {
    const parsed = parseClientMessage(this.hub.codec.decode(frame));
    if (!parsed.ok)
      throw new Error(
        `the client sent an invalid message: ${parsed.message} in ${JSON.stringify(this.hub.codec.decode(frame))}`,
      );
    this.received.push(parsed.message);
    queueMicrotask(() => this.hub.answer(this, parsed.message));
  }

  close(code: number, reason: string): void {
    this.closedWith = { code, reason };
  }

  /** The hub says something, or something no hub should say. */
  say(message: HubMessage | { type: string; [field: string]: unknown }): void {
    this.onMessage?.(this.hub.codec.encode(message));
  }

  sayRaw(frame: Frame): void {
    this.onMessage?.(frame);
  }

  drop(code = 1006, reason = ''): void {
    this.onClose?.(code, reason);
  }

  /** What the client sent of one type. */
  all<T extends ClientMessageType>(type: T): Message<T>[] {
    return this.received.filter((message): message is Message<T> => message.type === type);
  }

  last<T extends ClientMessageType>(type: T): Message<T> {
    const message = this.all(type).at(-1);
    if (!message) throw new Error(`the client has sent no ${type}: ${this.received.map((sent) => sent.type).join()}`);
    return message;
  }
}

export class FakeHub implements Transport {
  readonly connections: FakeConnection[] = [];
  readonly codec: LinkCodec;
  /** Put over what `welcome` says by itself. */
  welcomes: Partial<WelcomeMessage> = {};
  /** Ids of tasks that a client which holds them may go on with. */
  readonly adopts = new Set<string>();
  /** Sessions that may be resumed. */
  readonly sessions = new Set<string>();
  /** False: nobody is welcomed. */
  open = true;
  wake: (() => void) | undefined;
  private readonly answers = new Map<string, (message: never, connection: FakeConnection) => Answer>();
  private readonly keys = new Map<string, string>();

  constructor(encoding: Encoding = 'json') {
    this.codec = codecFor(encoding);
    this.on('subscribe', (message) => {
      const lane = message.lane ?? 'main';
      if (message.since) return { lane, log: 'log-1', seq: message.since['seq'], recovered: true };
      return { lane, log: 'log-1', seq: 0, recovered: false, snapshot: emptySnapshot({ lane }) };
    });
    this.on('task.submit', ({ task }) => {
      const key = task.idempotency_key ?? '';
      const duplicate = this.keys.has(key);
      if (!duplicate) this.keys.set(key, `task-${this.keys.size + 1}`);
      return { task_id: this.keys.get(key), state: 'queued', position: 1, duplicate };
    });
    this.on('task.wait', () => undefined);
    this.on('floor.hold', ({ hold_id = 'hold-1' }) => ({ hold_id, expires_at: 30_000 }));
  }

  get connection(): FakeConnection {
    const connection = this.connections.at(-1);
    if (!connection) throw new Error('the client has not connected');
    return connection;
  }

  get hello(): HelloMessage {
    return this.connection.last('hello');
  }

  connect(url: string): Link {
    const connection = new FakeConnection(this, url);
    this.connections.push(connection);
    return connection;
  }

  onWake(listener: () => void): () => void {
    this.wake = listener;
    return () => (this.wake = undefined);
  }

  /** How requests of a type are answered from now on: with fields of the `ok`, with `{type: 'error', …}`, or not at all. */
  on<T extends ClientMessageType>(type: T, answer: (message: Message<T>, connection: FakeConnection) => Answer): void {
    this.answers.set(type, answer as (message: never, connection: FakeConnection) => Answer);
  }

  answer(connection: FakeConnection, message: ClientMessage): void {
    if (message.type === 'hello') return this.greet(connection, message);
    if (!('id' in message) || message.id === undefined) return;
    const own = this.answers.get(message.type);
    const answer = own ? own(message as never, connection) : {};
    if (answer) connection.say({ type: 'ok', ...answer, re: message.id });
  }

  private greet(connection: FakeConnection, hello: HelloMessage): void {
    if (!this.open) return;
    const known = hello.resume && this.sessions.has(hello.resume.session_id) ? hello.resume.session_id : undefined;
    const session_id = known ?? `session-${this.connections.length}`;
    this.sessions.add(session_id);
    const holding = (hello.holding ?? []).map(({ task_id }) => task_id);
    connection.say({
      type: 'welcome',
      protocol: 1,
      hub: { name: 'fake', version: '0', instance_id: 'i' },
      session_id,
      resume_token: `resume-${this.connections.length}`,
      session_ttl_ms: 30_000,
      resumed: known !== undefined,
      heartbeat_ms: 20_000,
      grants: { roles: ['producer', 'worker', 'observer', 'operator'], lanes: ['*'], max_priority: 'URGENT' },
      limits: { frame_bytes_max: 262_144 },
      adopted: holding.filter((task_id) => this.adopts.has(task_id)),
      released: holding.filter((task_id) => !this.adopts.has(task_id)),
      ...this.welcomes,
    });
  }

  /** Drops the connection and lets the client come back. */
  async restart(clock: { advance(delay_ms: number): Promise<void> }): Promise<FakeConnection> {
    this.connection.drop();
    await clock.advance(1_000);
    await settled();
    return this.connection;
  }
}

export function taskView(fields: Partial<TaskView> = {}): TaskView {
  const { call: _, ...settings } = resolveTask({ name: 'chat' });
  return {
    task_id: 'task-1',
    lane: 'main',
    ...settings,
    priority: 'MEDIUM',
    state: 'running',
    attempt: 1,
    epoch: 1,
    source: { session_id: 's', client_name: 'c', kind: 'k' },
    submitted_at: 0,
    running_ms: 0,
    paused_ms: 0,
    interruptions: 0,
    ...fields,
  };
}

export function dispatchOf(
  task: Partial<TaskView> = {},
  fields: Partial<TaskDispatchMessage> = {},
): TaskDispatchMessage {
  return { type: 'task.dispatch', lane: 'main', task: taskView(task), epoch: 1, attempt: 1, resume: null, ...fields };
}

export function emptySnapshot(fields: Partial<LaneSnapshot> = {}): LaneSnapshot {
  return {
    lane: 'main',
    log: 'log-1',
    seq: 0,
    state: {
      mode: 'idle',
      started: true,
      streaming: false,
      can_interrupt: true,
      tasks_queued: 0,
      tasks_paused: 0,
      tasks_deferred: 0,
      tasks_completed: 0,
    },
    current_task: null,
    queue_size: 0,
    paused_tasks: 0,
    queue: [],
    paused: [],
    streams: [],
    ...fields,
  };
}

export function errorOf(code: string, retryable = false): object {
  return { type: 'error', code, message: code, retryable };
}

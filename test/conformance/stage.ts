// Owns: the set-up of a test: one hub for a file or a describe, a lane of its own for each test, the people on it
// (operator, workers, watchers), and the clean-up, which also fails a test whose clients saw a promise broken.
// Leaves to others: processes (hub-process.ts), sockets (raw-client.ts), runs (run.ts).
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Codec, Fields, Frame, Priority, Task } from './frames.js';
import { type Hub, type HubOptions, startHub } from './hub-process.js';
import { joinHub, type JoinOptions, openSocket, type OpenOptions, RawClient, WITHIN_MS } from './raw-client.js';
import { Run } from './run.js';

let lanesMade = 0;

export interface SubmitFields extends Fields {
  name: string;
  priority?: Priority | number;
}

/** The hub of this file (or describe) and the tests' way to it. */
export interface HubHandle {
  readonly hub: Hub;
  /** A new lane and nobody on it yet. */
  stage(codec?: Codec): Stage;
}

/** Starts a hub before the tests around this call and stops it after them. */
export function useHub(options: HubOptions = {}): HubHandle {
  let hub: Hub | undefined;
  let stages: Stage[] = [];
  const started = (): Hub => {
    if (hub === undefined) throw new Error('the hub has not started');
    return hub;
  };
  beforeAll(async () => {
    hub = await startHub(options);
  });
  afterEach(async () => {
    const ended = stages;
    stages = [];
    for (const stage of ended) await stage.end();
  });
  afterAll(async () => {
    await hub?.stop();
  });
  return {
    get hub() {
      return started();
    },
    stage(codec = 'json') {
      const stage = new Stage(started(), codec);
      stages.push(stage);
      return stage;
    },
  };
}

/** A client that knows which lane the test is about. */
export class Person {
  readonly client: RawClient;
  readonly lane: string;

  constructor(client: RawClient, lane: string) {
    this.client = client;
    this.lane = lane;
  }

  /** Submits to the lane; resolves with the `ok`. */
  submit(task: SubmitFields): Promise<Frame> {
    return this.client.ok('task.submit', { lane: this.lane, task });
  }

  async get(task_id: string): Promise<Task> {
    return (await this.client.ok('task.get', { task_id })).task;
  }

  async cancel(task_id: string, reason?: string): Promise<Task> {
    return (await this.client.ok('task.cancel', { task_id, ...(reason === undefined ? {} : { reason }) })).task;
  }

  /** Resolves with the task when it is terminal. */
  async ended(task_id: string, within_ms = WITHIN_MS): Promise<Task> {
    return (await this.client.ok('task.wait', { task_id }, within_ms)).task;
  }

  status(): Promise<Frame> {
    return this.client.ok('lane.status', { lane: this.lane });
  }

  start(): Promise<Frame> {
    return this.client.ok('lane.start', { lane: this.lane });
  }

  stop(fields: Fields = {}): Promise<Frame> {
    return this.client.ok('lane.stop', { lane: this.lane, ...fields });
  }

  register(...names: string[]): Promise<Frame> {
    return this.client.ok('worker.register', { lane: this.lane, names });
  }

  /** The next task that the hub gives to this client. */
  async dispatched(of: { name?: string; task_id?: string } = {}): Promise<Run> {
    return new Run(this.client, await this.client.expectFrame({ type: 'task.dispatch', task: of }));
  }

  /** Dispatches that came so far, by the tasks' names. */
  dispatches(): string[] {
    return this.client.seen({ type: 'task.dispatch' }).map((frame) => frame.task.name);
  }
}

/** A subscriber of the lane. */
export class Watcher extends Person {
  reply: Frame | undefined;

  async subscribe(fields: Fields = {}): Promise<Frame> {
    this.reply = await this.client.ok('subscribe', { lane: this.lane, ...fields });
    return this.reply;
  }

  /** The next fact of this name; `task_id` where a test has several. */
  fact(event: string, task_id?: string, within_ms = WITHIN_MS): Promise<Frame> {
    return this.client.expectFrame(
      (frame) =>
        frame.type === 'event' &&
        frame.event === event &&
        frame.lane === this.lane &&
        (task_id === undefined || subject(frame) === task_id),
      within_ms,
    );
  }

  /** The names of the facts so far, of one task or of all. */
  facts(task_id?: string): string[] {
    return this.client
      .seen((frame) => frame.type === 'event' && frame.lane === this.lane)
      .filter((frame) => !isFence(frame) && (task_id === undefined || subject(frame) === task_id))
      .map((frame) => frame.event);
  }

  /** The seqs of the chunks so far. */
  chunkSeqs(task_id: string): number[] {
    return this.client.seen({ type: 'chunk', task_id }).map((frame) => frame.seq);
  }

  /** The text of a task's stream as it was seen. */
  text(task_id: string): string {
    return this.client
      .seen({ type: 'chunk', task_id })
      .map((frame) => frame.data)
      .join('');
  }

  /** The latest state, once there is one that fits. */
  state(state: Fields): Promise<Frame> {
    return this.client.expectFrame({ type: 'state', lane: this.lane, state });
  }

  /**
   * Returns when every fact up to now has arrived. Replies overtake facts on a socket, so this waits for a fact of its
   * own: a task that nobody can run, which is then taken away again.
   */
  async settle(by: Person): Promise<void> {
    const { task_id } = await by.submit({ name: FENCE, priority: 'BACKGROUND' });
    await this.fact('task.queued', task_id);
    await by.cancel(task_id);
    await this.fact('task.cancelled', task_id);
  }
}

const FENCE = 'conformance.fence';

function isFence(frame: Frame): boolean {
  return frame.task?.name === FENCE;
}

function subject(frame: Frame): string {
  return frame.task === undefined ? frame.task_id : frame.task.task_id;
}

export class Stage {
  readonly hub: Hub;
  readonly codec: Codec;
  readonly lane: string;
  readonly #clients: RawClient[] = [];

  constructor(hub: Hub, codec: Codec) {
    this.hub = hub;
    this.codec = codec;
    lanesMade += 1;
    this.lane = `lane-${lanesMade}`;
  }

  /** Another lane on the same hub, for tests about several. */
  beside(): Stage {
    const other = new Stage(this.hub, this.codec);
    this.#others.push(other);
    return other;
  }
  readonly #others: Stage[] = [];

  async client(options: JoinOptions = {}): Promise<RawClient> {
    return this.keep(await joinHub(this.hub, { codec: this.codec, ...options }));
  }

  async socket(options: OpenOptions = {}): Promise<RawClient> {
    return this.keep(await openSocket(this.hub, { codec: this.codec, ...options }));
  }

  async join(options: JoinOptions = {}): Promise<Person> {
    return new Person(await this.client(options), this.lane);
  }

  /** A client of its own that runs tasks of these names on the lane. */
  async worker(...names: string[]): Promise<Person> {
    const worker = await this.join({ name: `worker-${names.join('-').replaceAll('*', '')}` });
    await worker.register(...names);
    return worker;
  }

  /** A subscriber from now on. */
  async watcher(...topics: string[]): Promise<Watcher> {
    const watcher = new Watcher(await this.client({ name: 'watcher' }), this.lane);
    await watcher.subscribe(topics.length === 0 ? {} : { topics });
    return watcher;
  }

  /** One run that has the floor, with those who see it: the start of most tests. */
  async running(task: Partial<SubmitFields> = {}): Promise<Scene> {
    const boss = await this.join({ name: 'boss' });
    const worker = await this.worker('chat');
    const other = await this.worker('other');
    const watcher = await this.watcher('task', 'state', 'text');
    const { task_id } = await boss.submit({ name: 'chat', priority: 'MEDIUM', ...task });
    const run = await worker.dispatched({ task_id });
    return { boss, worker, other, watcher, run, task_id };
  }

  /**
   * Cuts the cable of a client and returns when the hub has noticed: a run of its own on a lane beside tells by its
   * pause. The client is a worker from then on, with a claim.
   */
  async cutOff({ client }: Person): Promise<void> {
    const canary = this.beside();
    const watcher = await canary.watcher('task');
    await client.ok('worker.register', { lane: canary.lane, names: ['conformance.canary'] });
    const { task_id } = await watcher.submit({ name: 'conformance.canary' });
    await client.expectFrame({ type: 'task.dispatch', task: { task_id } });
    await client.vanish();
    await watcher.fact('task.paused', task_id);
  }

  /** Returns when this much time has passed on the hub's clock: a task nobody runs has expired. */
  async elapse(ms: number): Promise<void> {
    const clock = await this.client({ name: 'clock' });
    const task = { name: 'conformance.clock', priority: 'BACKGROUND', ttl_ms: ms };
    const { task_id } = await clock.ok('task.submit', { lane: `${this.lane}-clock`, task });
    const ended = await clock.ok('task.wait', { task_id }, ms + WITHIN_MS);
    expect(ended.task.state).toBe('expired');
    await clock.close(1000);
  }

  keep(client: RawClient): RawClient {
    this.#clients.push(client);
    return client;
  }

  async end(): Promise<void> {
    for (const other of this.#others) await other.end();
    await Promise.all(this.#clients.map((client) => (client.isOpen ? client.close(1000) : client.closed)));
    for (const client of this.#clients) expect(client.violations).toEqual([]);
  }
}

export interface Scene {
  /** Submits and steers. */
  boss: Person;
  /** Runs `chat`. */
  worker: Person;
  /** Runs `other`, on a socket of its own. */
  other: Person;
  watcher: Watcher;
  /** The run of the first task. */
  run: Run;
  task_id: string;
}

/** A hub without sockets, on a clock that stands still, with clients and watchers that remember what they got. */
import type { CloseCodeName, ExecutorOrder, Replies, TaskSubmission, WatchMessage } from '@cuehub/protocol';
import type { Access } from '../../auth/access.js';
import { type HubOptions, resolveConfig } from '../../config/config.js';
import { FakeClock } from '../../config/testing/fake-clock.js';
import { MemoryJournal } from '../../journal/memory.js';
import type { Journal } from '../../journal/port.js';
import type { Batch } from '../batch.js';
import type { Broadcast } from '../broadcast.js';
import { Hub } from '../hub.js';
import type { Outcome, PlainRequest } from '../port.js';
import type { Session, SessionLink } from '../session.js';
import type { Hello, Welcomed } from '../sessions.js';
import type { Subscription, Watcher } from '../subscription.js';
import type { SubscribeRequest } from '../watching.js';

export const TOKEN = 'token-of-owner';

/** Everything that is due at the end of this turn of the loop has happened. */
export async function turnEnds(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export class TestClient implements SessionLink {
  readonly orders: ExecutorOrder[] = [];
  readonly detachments: CloseCodeName[] = [];
  readonly #hub: Hub;
  #welcomed: Welcomed | null = null;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  order(order: ExecutorOrder): void {
    this.orders.push(order);
  }

  detached(close: CloseCodeName): void {
    this.detachments.push(close);
  }

  hello(access: Access, hello: Partial<Pick<Hello, 'client' | 'resume' | 'holding'>> = {}): this {
    const client = hello.client ?? { name: 'test', kind: 'test' };
    this.#welcomed = this.#hub.sessions.hello({ access, holding: [], ...hello, client, link: this });
    return this;
  }

  get welcome(): Welcomed {
    if (this.#welcomed === null) throw new Error('hello comes first');
    return this.#welcomed;
  }

  get session(): Session {
    return this.welcome.session;
  }

  get resume(): { session_id: string; resume_token: string } {
    return { session_id: this.session.session_id, resume_token: this.welcome.resume_token };
  }

  register(names: string[], lane = 'main'): Outcome {
    return settled((settle) =>
      this.#hub.executors.register(this.session, { type: 'worker.register', lane, names }, settle),
    );
  }

  says(message: Parameters<Hub['executors']['frame']>[1]): Outcome {
    return settled((settle) => this.#hub.executors.frame(this.session, message, settle));
  }

  /** The same where the answer may be a long time coming, and nobody is there for it. */
  tells(message: Parameters<Hub['executors']['frame']>[1]): void {
    this.#hub.executors.frame(this.session, message, () => {});
  }

  /** The end of a run; the answer comes when the journal has it. */
  complete(task_id: string, epoch: number): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#hub.executors.frame(this.session, { type: 'task.complete', id: 1, task_id, epoch }, resolve);
    });
  }

  /** Its last order of this type. */
  last<T extends ExecutorOrder['type']>(type: T): Extract<ExecutorOrder, { type: T }> {
    const order = this.orders.findLast((one) => one.type === type);
    if (order === undefined) throw new Error(`no ${type} among ${this.orders.map((one) => one.type).join(', ')}`);
    return order as Extract<ExecutorOrder, { type: T }>;
  }

  lost(): void {
    this.#hub.sessions.left(this.session, this, false);
  }

  goodbye(): void {
    this.#hub.sessions.left(this.session, this, true);
  }
}

export class TestWatcher implements Watcher {
  readonly #messages: WatchMessage[] = [];
  readonly #hub: Hub;
  subscription: Subscription | null = null;
  reply: Replies['subscribe'] | null = null;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Everything it was told so far, as if the turn were over. */
  get messages(): readonly WatchMessage[] {
    this.#hub.watching.flush();
    return this.#messages;
  }

  take(broadcast: Broadcast): void {
    if (this.reply === null) throw new Error('something came before the reply');
    this.#messages.push(broadcast.message);
  }

  takeBatch({ broadcasts }: Batch): void {
    for (const broadcast of broadcasts) this.take(broadcast);
  }

  subscribe(access: Access, request: SubscribeRequest): this {
    this.subscription = this.#hub.watching.subscribe(this, access, request, (reply) => {
      this.reply = reply;
    });
    return this;
  }

  unsubscribe(): void {
    if (this.subscription !== null) this.#hub.watching.unsubscribe(this.subscription);
  }

  of<T extends WatchMessage['type']>(type: T): Extract<WatchMessage, { type: T }>[] {
    return this.messages.filter((message) => message.type === type) as Extract<WatchMessage, { type: T }>[];
  }

  seqs(lane = 'main'): number[] {
    return this.of('event').flatMap((fact) => (fact.lane === lane ? [fact.seq] : []));
  }
}

export class TestHub {
  readonly hub: Hub;
  readonly clock: FakeClock;
  readonly access: Access;

  private constructor(hub: Hub, clock: FakeClock) {
    this.hub = hub;
    this.clock = clock;
    const access = hub.authenticate(TOKEN);
    if (access === null) throw new Error('the test token is not known');
    this.access = access;
  }

  static async open(
    options: HubOptions = {},
    journal: Journal = new MemoryJournal(),
    clock = new FakeClock(),
  ): Promise<TestHub> {
    const token = options.tokens === undefined ? { token: TOKEN } : {};
    return new TestHub(await Hub.open(resolveConfig({ ...token, ...options, clock }), journal), clock);
  }

  client(hello: Parameters<TestClient['hello']>[1] = {}): TestClient {
    return new TestClient(this.hub).hello(this.access, hello);
  }

  watcher(request: Partial<SubscribeRequest> = {}): TestWatcher {
    return new TestWatcher(this.hub).subscribe(this.access, { lane: 'main', ...request });
  }

  /** Settles at once, with a journal that does. */
  request(message: PlainRequest, client?: TestClient, access = this.access): Outcome {
    const source = client?.session.source ?? { session_id: 'http', client_name: 'http', kind: 'http' };
    return settled((settle) => void this.hub.requests.perform(message, { access, source, waits: true }, settle));
  }

  submit(task: TaskSubmission, lane = 'main', client?: TestClient): string {
    const outcome = this.request({ type: 'task.submit', lane, task }, client);
    if ('error' in outcome) throw new Error(outcome.error.message);
    return String(outcome.ok['task_id']);
  }

  /** Something that makes one fact and leaves nothing behind but that. */
  flip(lane = 'main'): void {
    const status = this.request({ type: 'lane.status', lane });
    const started = 'ok' in status && (status.ok['state'] as { started: boolean }).started;
    this.request(started ? { type: 'lane.stop', lane } : { type: 'lane.start', lane });
  }
}

export function settled(perform: (settle: (outcome: Outcome) => void) => void): Outcome {
  let outcome: Outcome | undefined;
  perform((given) => {
    outcome = given;
  });
  if (outcome === undefined) throw new Error('not settled at once');
  return outcome;
}

export function codeOf(outcome: Outcome): string {
  return 'error' in outcome ? outcome.error.code : 'ok';
}

// Which handlers this client has, their registrations at the hub, and the runs that are going on.
// Routes the hub's orders to runs; what a run does with them is in `worker-run.ts`.
import type { ExecutorOrder, Holding, TaskDispatchMessage, WelcomeMessage } from '@cuehub/protocol';
import { type ConnectionClosed, CuehubError, RequestError, TaskFailure } from './errors.js';
import { type RunPort, WorkerRun } from './worker-run.js';

/** Somebody's code for a task; typed for the caller in `client.ts`. */
export type RunHandler = (run: WorkerRun) => unknown;

interface Registration {
  handler: RunHandler;
  /** The hub has said `ok` in this session. */
  confirmed: boolean;
  /** The hub has answered for the first time. */
  resolve(): void;
  reject(error: CuehubError): void;
}

/** What `hub.worker()` gives: call it to take the registration back; tasks that run are left alone. */
export interface Unregister {
  (): Promise<void>;
  /** Resolves when the hub has the registration; rejects when it refused it. */
  readonly registered: Promise<void>;
}

/** `link` requests: rejected with the connection, and made anew here on the next one. */
type Ask = (message: object) => Promise<unknown>;

export class Workers {
  private readonly port: RunPort;
  private readonly ask: Ask;
  private readonly lanes = new Map<string, Map<string, Registration>>();
  private readonly selfHandlers = new Map<string, RunHandler>();
  private readonly runs = new Map<string, WorkerRun>();
  /** Names that are to be taken back in a session that may still have them, by lane. */
  private readonly leaving = new Map<string, Set<string>>();

  constructor(port: RunPort, ask: Ask) {
    this.port = port;
    this.ask = ask;
  }

  register(
    lane: string,
    names: readonly string[],
    handler: RunHandler,
    failed: (error: CuehubError) => void,
  ): Unregister {
    const registrations = this.lane(lane);
    let own!: Registration;
    const registered = new Promise<void>((resolve, reject) => {
      own = { handler, confirmed: false, resolve, reject };
    });
    registered.catch(failed);
    for (const name of names) {
      registrations.set(name, own);
      this.leaving.get(lane)?.delete(name);
    }
    void this.announce(lane, names, own);
    const unregister = async (): Promise<void> => {
      const mine = names.filter((name) => registrations.get(name) === own);
      for (const name of mine) registrations.delete(name);
      if (mine.length > 0) await this.takeBack(lane, mine);
    };
    return Object.assign(unregister, { registered });
  }

  /** The handler of a task with `executor: self`; its dispatch may come before the `ok` to its submit, so it is known by its key. */
  expect(key: string, handler: RunHandler): () => void {
    this.selfHandlers.set(key, handler);
    return () => void this.selfHandlers.delete(key);
  }

  holding(): Holding[] {
    return [...this.runs.values()].flatMap((run) => run.holding ?? []);
  }

  /** Registers what this session does not have yet, and goes on with what was adopted. Settles when the hub has answered. */
  async welcome({ resumed, adopted }: WelcomeMessage): Promise<void> {
    for (const run of [...this.runs.values()]) {
      if (adopted.includes(run.task_id)) run.adopted();
      else run.end('released');
    }
    const asked: Promise<unknown>[] = [];
    for (const [lane, registrations] of this.lanes) {
      if (!resumed) for (const registration of registrations.values()) registration.confirmed = false;
      const open = [...registrations].filter(([, registration]) => !registration.confirmed);
      for (const registration of new Set(open.map(([, own]) => own))) {
        asked.push(
          this.announce(
            lane,
            open.filter(([, own]) => own === registration).map(([name]) => name),
            registration,
          ),
        );
      }
    }
    for (const [lane, names] of this.leaving) {
      if (resumed && names.size > 0) asked.push(this.takeBack(lane, [...names]));
      else names.clear();
    }
    await Promise.allSettled(asked);
  }

  down(error: ConnectionClosed): void {
    for (const run of [...this.runs.values()]) {
      if (error.retryable) run.lost();
      else run.end('connection_closed');
    }
  }

  /** Something said by a run came too late. */
  late(task_id: string, epoch: number): void {
    this.runs.get(task_id)?.fenced(epoch);
  }

  received(order: ExecutorOrder): void {
    if (order.type === 'task.dispatch') return this.dispatched(order);
    const run = this.runs.get(order.task_id);
    if (!run) return;
    switch (order.type) {
      case 'task.pause':
        return run.pause(order);
      case 'task.resume':
        return run.resume(order);
      case 'task.cancel':
        return run.cancel(order);
      case 'task.revoked':
        if (order.epoch >= run.epoch) run.end(order.reason);
        return;
      case 'stream.ack':
        return run.acked(order.streams);
    }
  }

  private dispatched(dispatch: TaskDispatchMessage): void {
    const { task } = dispatch;
    const before = this.runs.get(task.task_id);
    if (before && before.epoch >= dispatch.epoch) return;
    before?.end('superseded');
    const own =
      task.executor === 'self'
        ? this.selfHandlers.get(task.idempotency_key ?? '')
        : this.handlerFor(task.lane, task.name);
    const handler = own ?? noHandler;
    const run = new WorkerRun(this.port, dispatch, (ended) => this.forget(ended));
    this.runs.set(task.task_id, run);
    void run.execute(() => handler(run));
  }

  private forget(run: WorkerRun): void {
    if (this.runs.get(run.task_id) === run) this.runs.delete(run.task_id);
  }

  /** The exact name, else the longest of those that end in `*`. */
  private handlerFor(lane: string, name: string): RunHandler | undefined {
    const registrations = this.lanes.get(lane);
    const exact = registrations?.get(name);
    if (!registrations || exact) return exact?.handler;
    const wild = [...registrations].filter(
      ([pattern]) => pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)),
    );
    return wild.sort(([a], [b]) => b.length - a.length)[0]?.[1].handler;
  }

  private lane(lane: string): Map<string, Registration> {
    let registrations = this.lanes.get(lane);
    if (!registrations) this.lanes.set(lane, (registrations = new Map<string, Registration>()));
    return registrations;
  }

  /** Before there is a connection nothing is sent and `registered` stays open: `welcome` announces again. */
  private async announce(lane: string, names: readonly string[], own: Registration): Promise<void> {
    try {
      await this.ask({ type: 'worker.register', lane, names: [...names] });
      own.confirmed = true;
      own.resolve();
    } catch (error) {
      const lost = error instanceof CuehubError && error.retryable && !(error instanceof RequestError);
      if (!lost) own.reject(error as CuehubError);
    }
  }

  private async takeBack(lane: string, names: string[]): Promise<void> {
    const leaving = this.leaving.get(lane) ?? new Set<string>();
    this.leaving.set(lane, leaving);
    for (const name of names) leaving.add(name);
    try {
      await this.ask({ type: 'worker.unregister', lane, names });
      for (const name of names) leaving.delete(name);
    } catch {
      // Said again when the session is resumed; a new session does not have them.
    }
  }
}

function noHandler(): never {
  throw new TaskFailure('no_handler', 'this client has no handler for the task any more', { retryable: true });
}

// What was said, as tasks of the hub: submits it while it is wanted, follows it to its end, takes it back. Keeps the
// latest; what is to be seen of one is decided in `command.ts`.
import { type CueHub, CuehubError, RequestError } from '@cuehub/client';
import type { TaskView } from '@cuehub/protocol';
import { type Command, isOpen, withView } from './command.js';
import type { CommandSpec } from './rules.js';

/** Things said that stay on the page. */
const COMMANDS_MAX = 40;
/** Why a task waits changes without a fact; this often at most the hub is asked. */
const ASK_AGAIN_MS = 1_000;

export interface CommandsPort {
  readonly hub: () => CueHub | null;
  /** The hub's word about one of them. */
  readonly noted: (view: TaskView) => void;
  readonly changed: () => void;
  readonly failed: (error: unknown) => void;
}

export class Commands {
  readonly #port: CommandsPort;
  #list: readonly Command[] = [];
  #mine: ReadonlySet<string> = new Set();
  #lastId = 0;
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(port: CommandsPort) {
    this.#port = port;
  }

  /** The latest first. */
  get list(): readonly Command[] {
    return this.#list;
  }

  /** Ids of the tasks that were submitted here. */
  get mine(): ReadonlySet<string> {
    return this.#mine;
  }

  /** Resolves when it is with the hub, or lost; the command says which. */
  async submit(spec: CommandSpec, text: string, by: Command['by']): Promise<void> {
    this.#lastId += 1;
    const id = this.#lastId;
    const command: Command = { id, text, by, spec, at: 'sending', problem: '', task_id: null, view: null };
    this.#list = [command, ...this.#list].slice(0, COMMANDS_MAX);
    this.#mine = new Set(this.#list.flatMap(({ task_id }) => task_id ?? []));
    this.#port.changed();
    const hub = this.#port.hub();
    try {
      if (hub === null || !(await isConnected(hub, spec.ttl_ms))) {
        return this.#update(id, (one) => ({ ...one, at: 'lost', problem: 'The hub was away for too long: not sent' }));
      }
      // Cancelled meanwhile.
      if (this.#list.find((one) => one.id === id)?.at !== 'sending') return;
      const handle = await hub.submit({ ...spec, meta: { heard: text, by } });
      if (this.#list.find((one) => one.id === id)?.at !== 'sending') return void (await handle.cancel('cancelled'));
      this.#mine = new Set(this.#mine).add(handle.id);
      this.#update(id, (one) => ({ ...one, at: 'sent', task_id: handle.id }));
      void this.#follow(hub, id, handle.id);
    } catch (error) {
      this.#update(id, (one) => ({ ...one, at: 'lost', problem: refusedText(error) }));
    }
  }

  async cancel(id: number): Promise<void> {
    const command = this.#list.find((one) => one.id === id);
    if (command === undefined || !isOpen(command)) return;
    const hub = this.#port.hub();
    if (command.task_id === null || hub === null) {
      return this.#update(id, (one) => ({ ...one, at: 'lost', problem: 'Cancelled before it was sent' }));
    }
    try {
      const view = await hub.cancel(command.task_id, { reason: 'cancelled at the microphone' });
      this.#update(id, (one) => withView(one, view));
    } catch (error) {
      this.#port.failed(error);
    }
  }

  /** What the hub says about a task, if it is one of ours. */
  note(view: TaskView): void {
    if (!this.#mine.has(view.task_id)) return;
    this.#port.noted(view);
    this.#list = this.#list.map((one) => (one.task_id === view.task_id ? withView(one, view) : one));
    this.#port.changed();
  }

  /** Something changed on the lane: perhaps also what a task of ours waits for. */
  askAgain(): void {
    if (this.#asking !== undefined || !this.#list.some(isWaiting)) return;
    this.#asking = setTimeout(() => {
      this.#asking = undefined;
      for (const { task_id } of this.#list.filter(isWaiting)) {
        if (task_id === null) continue;
        this.#port
          .hub()
          ?.get(task_id)
          .then((view) => this.note(view))
          // It was only a question; the end of the task is told in any case.
          .catch(() => {});
      }
    }, ASK_AGAIN_MS);
  }

  async #follow(hub: CueHub, id: number, task_id: string): Promise<void> {
    try {
      this.note(await hub.get(task_id));
      this.note(await hub.task(task_id).end());
    } catch (error) {
      if (this.#port.hub() === hub) this.#update(id, (one) => ({ ...one, at: 'lost', problem: refusedText(error) }));
    }
  }

  #update(id: number, change: (command: Command) => Command): void {
    this.#list = this.#list.map((one) => (one.id === id ? change(one) : one));
    this.#port.changed();
  }
}

function isWaiting({ view }: Command): boolean {
  return view?.state === 'queued';
}

/** Whether there is a connection, or will be within the time that the command is good for. */
function isConnected(hub: CueHub, within_ms: number | undefined): Promise<boolean> {
  if (hub.connection === 'connected') return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (connected: boolean): void => {
      stop();
      clearTimeout(late);
      resolve(connected);
    };
    const stop = hub.on('connection', ({ status }) => {
      if (status === 'connected' || status === 'closed') done(status === 'connected');
    });
    const late = within_ms === undefined ? undefined : setTimeout(() => done(false), within_ms);
  });
}

/** The hub's refusal, with the field it is about. */
export function refusedText(error: unknown): string {
  if (error instanceof RequestError && error.issues.length > 0) {
    return `Refused: ${error.issues.map(({ path, message }) => `${path} ${message}`).join('; ')}`;
  }
  if (error instanceof RequestError && error.code === 'forbidden')
    return `This token does not allow it: ${error.message}`;
  if (error instanceof CuehubError && error.code === 'connection_closed')
    return 'The connection ended before its end was known';
  return error instanceof Error ? error.message : String(error);
}

/**
 * The store as the journal writes to it: whole groups of writes, one after the other, without this thread waiting for
 * the disk. Reads go to a second view of the same file in this thread.
 */
import { Worker } from 'node:worker_threads';
import { recycle } from './ops.js';
import { closeGate, type Gate, newGate } from './store-gate.js';
import { LmdbFile, type StoreOptions, type Trimmed, type TrimRequest } from './lmdb-file.js';

/** Writes that go together. */
export interface Group {
  ops: Uint8Array<ArrayBuffer>;
}

export interface Store {
  /** All of it is there, or (when it rejects) nothing. Meanwhile the writes are the store's; then they are back. */
  commit(groups: readonly Group[]): Promise<void>;
  trim(request: TrimRequest): Promise<Trimmed>;
  close(): Promise<void>;
}

type OrderBody =
  | { readonly kind: 'commit'; readonly groups: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly kind: 'trim'; readonly request: TrimRequest }
  | { readonly kind: 'close' };
export type Order = { readonly id: number } & OrderBody;

export interface Answer {
  readonly id: number;
  readonly result?: Trimmed;
  readonly error?: string;
  /** What was written or not: the memory is handed back. */
  readonly groups?: readonly Uint8Array<ArrayBuffer>[];
}

/** For tests, and for the sources, which a thread cannot load. */
export class InlineStore implements Store {
  readonly #file: LmdbFile;

  constructor(options: StoreOptions) {
    this.#file = new LmdbFile(options);
  }

  async commit(groups: readonly Group[]): Promise<void> {
    this.#file.commit(groups.map(({ ops }) => ops));
  }

  async trim(request: TrimRequest): Promise<Trimmed> {
    return this.#file.trim(request);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

class NotWritten extends Error {
  override readonly name = 'NotWritten';
  readonly #groups: readonly Uint8Array<ArrayBuffer>[];

  constructor(message: string, groups: readonly Uint8Array<ArrayBuffer>[]) {
    super(message);
    this.#groups = groups;
  }

  /** Private: a logger that tells an error's fields would tell everybody's payloads. */
  get groups(): readonly Uint8Array<ArrayBuffer>[] {
    return this.#groups;
  }
}

export interface ThreadData {
  readonly options: StoreOptions;
  readonly gate: Gate;
}

export class ThreadStore implements Store {
  readonly #worker: Worker;
  readonly #gate = newGate();
  readonly #onExit = (): void => closeGate(this.#gate);
  readonly #waiting = new Map<number, { resolve: (result?: Trimmed) => void; reject: (error: Error) => void }>();
  #last_id = 0;
  #failed: Error | null = null;

  constructor(options: StoreOptions) {
    const workerData: ThreadData = { options, gate: this.#gate };
    this.#worker = new Worker(new URL('./store-thread.js', import.meta.url), { workerData, name: 'journal' });
    process.on('exit', this.#onExit);
    this.#worker.unref();
    this.#worker.on('message', ({ id, result, error, groups }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) {
        for (const ops of groups ?? []) recycle(ops);
        waiting?.resolve(result);
      } else waiting?.reject(groups === undefined ? new Error(error) : new NotWritten(error, groups));
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that writes the journal ended')));
  }

  async commit(groups: readonly Group[]): Promise<void> {
    const packed = groups.map(({ ops }) => ops);
    try {
      // Handed over, not copied; what could not be written comes back.
      await this.#ask(
        { kind: 'commit', groups: packed },
        packed.map(({ buffer }) => buffer),
      );
    } catch (error) {
      if (error instanceof NotWritten) groups.forEach((group, i) => (group.ops = error.groups[i] ?? group.ops));
      throw error;
    }
  }

  async trim(request: TrimRequest): Promise<Trimmed> {
    const result = await this.#ask({ kind: 'trim', request });
    if (result === undefined) throw new Error('trimming has a result');
    return result;
  }

  async close(): Promise<void> {
    await this.#ask({ kind: 'close' }).catch(() => {});
    await this.#worker.terminate();
    process.off('exit', this.#onExit);
  }

  #ask(order: OrderBody, handed_over: readonly ArrayBuffer[] = []): Promise<Trimmed | undefined> {
    if (this.#failed !== null) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => {
      const id = (this.#last_id += 1);
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...order }, handed_over);
    });
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Threads load what was built. */
export function openStore(options: StoreOptions): Store {
  return import.meta.url.endsWith('.ts') ? new InlineStore(options) : new ThreadStore(options);
}

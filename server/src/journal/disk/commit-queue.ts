/**
 * Groups of writes on their way to the store, in order. While the store is busy the next ones gather and go together:
 * that is the group commit. When the store fails nothing is lost and nothing overtakes: the same groups are tried again
 * until they are taken. What came behind them is kept up to a bound; past it the journal is asked for its state instead.
 */
import type { Clock, Timer } from '../../config/clock.js';
import type { Durable } from '../port.js';
import type { Group, Store } from './store.js';
import type { Trimmed, TrimRequest } from './lmdb-file.js';

/** Bytes that wait behind a store that fails, before the lanes' state is kept instead of what happened to them. */
export const QUEUED_BYTES_MAX = 32 * 1024 * 1024;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2_000;

export interface CommitQueueOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly queued_bytes_max: number;
  /** Null: it works (again). */
  readonly health: (error: Error | null) => void;
  /** The store could take more, or failed and wants to know how much waits: what was recorded meanwhile goes together. */
  readonly ready: () => void;
  /** Too much waits: the queue dropped what the store never saw, and wants all of the journal's state in its place. */
  readonly overflowed: () => void;
}

interface Waiting extends Group {
  readonly done: Waiter;
}

/** A promise that everybody who wrote in one turn waits for. */
export class Waiter {
  readonly promise: Promise<void>;
  resolve: () => void = () => {};
  reject: (error: Error) => void = () => {};

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Who waits hears of it; when nobody does, nobody needs to.
    this.promise.catch(() => {});
  }
}

export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #waiting: Waiting[] = [];
  #waiting_bytes = 0;
  /** What the store has, or failed to take. */
  #tried: Waiting[] = [];
  #busy = false;
  #retry: Timer | null = null;
  #retry_ms = RETRY_FIRST_MS;
  #failing: Error | null = null;
  #closed: Error | null = null;
  #idle: (() => void)[] = [];

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  get failing(): Error | null {
    return this.#failing;
  }

  /** Whether there is no use in handing over what is recorded before `ready` says so. */
  get gathering(): boolean {
    return this.#busy && this.#failing === null;
  }

  add(ops: Uint8Array<ArrayBuffer>, done = new Waiter()): Durable {
    if (this.#closed !== null) {
      done.reject(this.#closed);
      return done.promise;
    }
    this.#waiting.push({ ops, done });
    this.#waiting_bytes += ops.byteLength;
    if (this.#failing !== null && this.#waiting_bytes > this.#options.queued_bytes_max) this.#options.overflowed();
    else this.#go();
    return done.promise;
  }

  /** Takes what the store never saw off the queue; the waiters of it go to whoever writes something in its place. */
  dropWaiting(): Waiter[] {
    const dropped = this.#waiting.map(({ done }) => done);
    this.#waiting = [];
    this.#waiting_bytes = 0;
    return dropped;
  }

  /** Between two commits. */
  async trim(request: TrimRequest): Promise<Trimmed> {
    return this.#options.store.trim(request);
  }

  /** When everything is in the store; rejects when it will not be. */
  async drained(): Promise<void> {
    if (!this.#busy && this.#waiting.length === 0 && this.#tried.length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.#closed !== null) throw this.#closed;
  }

  /** What is not in the store by now never will be. */
  abandon(error: Error): void {
    this.#closed = error;
    this.#retry?.cancel();
    for (const { done } of [...this.#tried.splice(0), ...this.#waiting.splice(0)]) done.reject(error);
    this.#tellIdle();
  }

  #go(): void {
    if (this.#busy || this.#retry !== null || this.#closed !== null) return;
    if (this.#tried.length === 0) {
      if (this.#waiting.length === 0) return this.#tellIdle();
      this.#tried = this.#waiting;
      this.#waiting = [];
      this.#waiting_bytes = 0;
    }
    this.#busy = true;
    this.#options.store.commit(this.#tried).then(
      () => this.#took(),
      (error: unknown) => this.#refused(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #took(): void {
    this.#busy = false;
    const taken = this.#tried;
    this.#tried = [];
    this.#retry_ms = RETRY_FIRST_MS;
    if (this.#failing !== null) {
      this.#failing = null;
      this.#options.health(null);
    }
    for (const { done } of taken) done.resolve();
    this.#go();
    if (!this.#busy) this.#options.ready();
  }

  #refused(error: Error): void {
    this.#busy = false;
    if (this.#closed !== null) return;
    const first = this.#failing === null;
    this.#failing = error;
    this.#retry = this.#options.clock.after(this.#retry_ms, () => {
      this.#retry = null;
      this.#go();
    });
    this.#retry_ms = Math.min(this.#retry_ms * 2, RETRY_MAX_MS);
    if (!first) return;
    this.#options.health(error);
    this.#options.ready();
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

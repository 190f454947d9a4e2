/**
 * How much history is kept: records before a lane's image, which no start needs. The oldest go first, over all lanes,
 * when they are too old or too many. Goes in small pieces between commits.
 */
import type { Clock, Timer } from '../../config/clock.js';
import type { CommitQueue } from './commit-queue.js';
import type { LaneBook } from './lane-book.js';

const SWEEP_MS = 60_000;
/** Batches that go at once. */
const ENTRIES_MAX = 1_000;

export interface RetentionOptions {
  readonly books: ReadonlyMap<string, LaneBook>;
  readonly queue: CommitQueue;
  readonly clock: Clock;
  readonly retain_ms: number;
  readonly retain_bytes: number;
  /** The lane's image is to move on, so that records before it can go. */
  readonly cut: (book: LaneBook) => void;
  readonly trimmed: (book: LaneBook) => void;
}

export class Retention {
  readonly #options: RetentionOptions;
  #bytes: number;
  #timer: Timer | null = null;
  #sweeping = false;
  #stopped = false;
  /** What is too much is still needed. */
  #blocked = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#bytes = 0;
    for (const book of options.books.values()) this.#bytes += book.log_bytes;
  }

  /** Bytes of the log, all lanes. */
  get bytes(): number {
    return this.#bytes;
  }

  start(): void {
    this.#timer = this.#options.clock.after(SWEEP_MS, () => {
      this.start();
      void this.sweep();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  wrote(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#options.retain_bytes * 1.02) void this.sweep();
  }

  /** The image of a lane has moved on: what was kept for the one before may go. */
  moved(): void {
    if (this.#blocked) void this.sweep();
  }

  /** Lets go what is too much now. */
  async sweep(): Promise<void> {
    if (this.#sweeping || this.#stopped) return;
    this.#sweeping = true;
    try {
      while (!this.#stopped && this.#options.queue.failing === null && (await this.#sweepOne()));
    } catch {
      // A disk that fails now is tried again at the next sweep.
    } finally {
      this.#sweeping = false;
    }
  }

  /** The oldest of all lanes' logs; false when nothing is to go, or can go yet. */
  async #sweepOne(): Promise<boolean> {
    const { books, queue, clock, retain_ms, retain_bytes } = this.#options;
    let oldest: LaneBook | null = null;
    for (const book of books.values()) {
      if (book.log_bytes > 0 && (oldest === null || book.log_from_at < oldest.log_from_at)) oldest = book;
    }
    if (oldest === null) return false;
    const before_at = clock.now() - retain_ms;
    const bytes = Math.max(0, this.#bytes - retain_bytes);
    if (bytes === 0 && oldest.log_from_at >= before_at) return false;
    // An image that is only on its way to the disk does not count: after a kill the one before has to do.
    const until = oldest.durable_n;
    if (oldest.log_from >= until) {
      // What is to go is still needed at a start. Once the image has moved on, `moved` brings us back.
      this.#blocked = true;
      if (oldest.live !== null) this.#options.cut(oldest);
      return false;
    }
    this.#blocked = false;
    const trimmed = await queue.trim({
      lane: oldest.number,
      until,
      before_at,
      bytes,
      entries_max: ENTRIES_MAX,
    });
    const before = oldest.log_bytes;
    // Nothing left before the image: then the figure is known, whatever it was thought to be.
    oldest.log_bytes = trimmed.from === null ? oldest.tail_bytes : Math.max(oldest.tail_bytes, before - trimmed.bytes);
    oldest.log_from = trimmed.from ?? until;
    oldest.log_from_at = trimmed.from === null ? clock.now() : trimmed.from_at;
    this.#bytes -= before - oldest.log_bytes;
    this.#options.trimmed(oldest);
    return trimmed.entries > 0;
  }
}

/**
 * Reads a lane's log for one request, a batch at a time and with pauses, so that nobody else waits for it. Between two
 * pauses it sees one moment of the store. Knows how much it has read; how much is enough is the caller's to say.
 */
import type { LaneRecord } from '../../core/index.js';
import { afterPrefix, laneKey, numberKey, numberOf, taskKey, taskPrefix } from './layout.js';
import type { LmdbFile } from './lmdb-file.js';
import { recordsOf } from './load-lane.js';

/** How long it reads before others get their turn. */
const SLICE_MS = 4;
/** Tasks that were submitted together share batches. */
const BATCHES_KEPT = 32;
/** What an entry costs beside its bytes, in bytes that would cost as much. */
const ENTRY_BYTES = 512;

export interface Batch {
  readonly n: number;
  readonly records: readonly LaneRecord[];
}

export interface LogReadingOptions {
  readonly file: LmdbFile;
  readonly lane: number;
  /** False once the file is about to be closed. */
  readonly isOpen: () => boolean;
  readonly signal: AbortSignal | undefined;
}

export class LogReading {
  readonly file: LmdbFile;
  readonly lane: number;
  readonly #options: LogReadingOptions;
  readonly #kept = new Map<number, Batch>();
  #began = performance.now();
  #bytes = 0;

  constructor(options: LogReadingOptions) {
    this.#options = options;
    this.file = options.file;
    this.lane = options.lane;
    this.file.refresh();
  }

  /** Bytes of log that were looked at so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The newest batch at `n` or before; null when there is none. */
  async upTo(n: number): Promise<Batch | null> {
    await this.#pause();
    const { file, lane } = this;
    const end = Number.isFinite(n) ? numberKey(lane, n + 1) : afterPrefix(laneKey(lane));
    const [entry] = file.range('log', numberKey(lane, 0), end, true);
    return entry === undefined ? null : this.#read(numberOf(entry.key), entry.value);
  }

  /** The next batch after `n` that the index has for this task. */
  async nextOf(task_id: string, n: number): Promise<Batch | null> {
    const { file, lane } = this;
    for (let from = n + 1; ; ) {
      await this.#pause();
      const [entry] = file.range('tasks', taskKey(lane, task_id, from), afterPrefix(taskPrefix(lane, task_id)));
      if (entry === undefined) return null;
      const found = numberOf(entry.key);
      const value = file.get('log', numberKey(lane, found));
      if (value !== undefined) return this.#read(found, value);
      from = found + 1;
    }
  }

  async batch(n: number): Promise<Batch | null> {
    await this.#pause();
    const value = this.file.get('log', numberKey(this.lane, n));
    return value === undefined ? null : this.#read(n, value);
  }

  #read(n: number, value: Buffer): Batch {
    this.#bytes += ENTRY_BYTES;
    const kept = this.#kept.get(n);
    if (kept !== undefined) return kept;
    this.#bytes += value.length;
    const batch = { n, records: recordsOf({ key: numberKey(this.lane, n), value }) };
    this.#kept.set(n, batch);
    if (this.#kept.size > BATCHES_KEPT) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    return batch;
  }

  async #pause(): Promise<void> {
    if (performance.now() - this.#began < SLICE_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    const { signal, isOpen } = this.#options;
    signal?.throwIfAborted();
    if (!isOpen()) throw new Error('the journal is closed');
    this.file.refresh();
    this.#began = performance.now();
  }
}

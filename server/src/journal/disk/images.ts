/**
 * Which lanes' images are to move on to where their logs are, and the making of them: one slice a turn of the loop, so
 * that nobody waits for a large one. They move on early while few wait for the journal, so that they need not do so while
 * many do: then they move only when a start would have too much to fold. What an image is made of is told in `lane-book.ts`.
 */
import type { Clock, Timer } from '../../config/clock.js';
import type { CommitQueue } from './commit-queue.js';
import type { LaneBook } from './lane-book.js';

/** Records over all lanes that a start may have to fold. */
const TAILS_RECORDS_MAX = 262_144;
/** The part of each bound from which on an image moves when there is time for it. */
const EARLY = 1 / 4;
/** How often it is looked whether there is. */
const EARLY_MS = 50;

export interface ImagesOptions {
  readonly books: ReadonlyMap<string, LaneBook>;
  readonly queue: CommitQueue;
  readonly clock: Clock;
  /** A lane's image moves on after so many records or bytes. */
  readonly tail_records_max: number;
  readonly tail_bytes_max: number;
  /** Whether many wait for the journal. */
  readonly crowded: () => boolean;
  /** Gives what was recorded so far to the queue. False when nothing is written at the moment. */
  readonly flush: () => boolean;
  /** An image is on the disk. */
  readonly moved: () => void;
}

interface Wanted {
  facts: boolean;
  /** Whether the one that is being made has them. */
  with_facts: boolean | null;
}

export class Images {
  readonly #options: ImagesOptions;
  readonly #wanted = new Map<LaneBook, Wanted>();
  #tails_records = 0;
  #slicing = false;
  #early: Timer | null = null;
  #stopped = false;

  constructor(options: ImagesOptions) {
    this.#options = options;
    this.count();
  }

  /** Counts the records in all tails anew. */
  count(): void {
    this.#tails_records = 0;
    for (const { tail_records } of this.#options.books.values()) this.#tails_records += tail_records;
  }

  /** The lane's log grew. */
  grew(book: LaneBook, records: number): void {
    this.#tails_records += records;
    if (this.#isLong(book, 1)) this.want(book);
    else if (this.#tails_records > TAILS_RECORDS_MAX) this.#wantLongest();
    else if (this.#isLong(book, EARLY) || this.#tails_records > TAILS_RECORDS_MAX * EARLY) this.#soonEarly();
  }

  /** The lane's image moves on soon; `facts`: and keeps the facts that are to be told again. */
  want(book: LaneBook, facts = false): void {
    // While the disk fails nothing is written that is not needed: the log has it all.
    if (!facts && this.#options.queue.failing !== null) return;
    const wanted = this.#wanted.get(book);
    if (wanted === undefined) this.#wanted.set(book, { facts, with_facts: null });
    else wanted.facts ||= facts;
    this.#soon();
  }

  forget(book: LaneBook): void {
    this.#wanted.delete(book);
    book.abandonImage();
  }

  /** Makes all that are wanted, at once, and then no more. */
  finish(): void {
    this.#stopped = true;
    this.#early?.cancel();
    while (this.#wanted.size > 0) this.#slice(Number.POSITIVE_INFINITY);
  }

  #isLong(book: LaneBook, part: number): boolean {
    const { tail_records_max, tail_bytes_max } = this.#options;
    return book.tail_records >= tail_records_max * part || book.tail_bytes >= tail_bytes_max * part;
  }

  /** One after the other: the next one when this one has moved, if there is still too much. */
  #wantLongest(): void {
    if (this.#wanted.size > 0) return;
    let longest: LaneBook | null = null;
    for (const book of this.#options.books.values()) {
      if (book.live !== null && book.tail_records > (longest?.tail_records ?? 0)) longest = book;
    }
    if (longest !== null) this.want(longest);
  }

  #soonEarly(): void {
    if (this.#stopped) return;
    this.#early ??= this.#options.clock.after(EARLY_MS, () => {
      this.#early = null;
      if (this.#options.crowded() || this.#wanted.size > 0) return this.#soonEarly();
      const long = [...this.#options.books.values()].find((book) => book.live !== null && this.#isLong(book, EARLY));
      if (long !== undefined) this.want(long);
      else if (this.#tails_records > TAILS_RECORDS_MAX * EARLY) this.#wantLongest();
      if (this.#wanted.size > 0) this.#soonEarly();
    });
  }

  #soon(): void {
    if (this.#wanted.size === 0 || this.#slicing || this.#stopped) return;
    this.#slicing = true;
    setImmediate(() => {
      this.#slicing = false;
      if (this.#stopped) return;
      this.#slice();
      this.#soon();
    });
  }

  /** One slice of one image. */
  #slice(rows_max?: number): void {
    for (const [book, wanted] of this.#wanted) {
      if (this.#sliceOf(book, wanted, rows_max)) this.#wanted.delete(book);
      return;
    }
  }

  /** True when there is no more to do. */
  #sliceOf(book: LaneBook, wanted: Wanted, rows_max?: number): boolean {
    const { live } = book;
    if (live === null) return true;
    if (!book.making) {
      // The image is of now, so all that was recorded until now is written before it.
      if (!this.#options.flush()) return true;
      wanted.with_facts = wanted.facts;
      book.begin({ facts: wanted.facts ? live.facts() : [], whole: false });
    }
    const before = book.tail_records;
    const ops = book.slice(rows_max);
    if (ops === null) return false;
    this.#tails_records += book.tail_records - before;
    const durable = this.#options.queue.add(ops.take());
    const { n } = book;
    durable?.then(
      () => {
        book.durable_n = n;
        this.#options.moved();
      },
      () => {},
    );
    // Somebody asked for the facts while an image without them was being made.
    if (wanted.facts && wanted.with_facts === false) return false;
    const { leaving } = book;
    if (leaving === null) return true;
    durable?.then(
      () => {
        if (book.leaving !== leaving) return;
        book.leaving = null;
        book.live = null;
      },
      () => {},
    );
    return true;
  }
}

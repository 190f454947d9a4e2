/**
 * The journal on a disk. What gathered over all lanes (`gathering.ts`) is one group; groups go to the store in order
 * (`commit-queue.ts`), and who waits for a write waits for its group. From time to time a lane's image moves on to where
 * its log is, so that a start reads what lives and not what passed. The layout is told in `layout.ts`.
 */
import type { LaneRecord } from '../../core/index.js';
import type {
  Durable,
  History,
  Journal,
  JournalContext,
  JournalStart,
  LaneState,
  LiveLane,
  SessionRecord,
} from '../port.js';
import { checkPages } from './check-pages.js';
import { CommitQueue, Waiter } from './commit-queue.js';
import { DiskHistory } from './disk-history.js';
import { Gathering } from './gathering.js';
import { Images } from './images.js';
import { LaneBook } from './lane-book.js';
import { CLEAN_KEY, EPOCH_KEY, laneKey, type Meta } from './layout.js';
import { LmdbFile } from './lmdb-file.js';
import { lockDirectory } from './lock.js';
import type { Opened } from './opened.js';
import { joined, Ops } from './ops.js';
import {
  cannotStart,
  type DiskJournalOptions,
  makeDirectory,
  type ResolvedOptions,
  resolveOptions,
} from './options.js';
import { loadInto, recover, writeMeta } from './recover.js';
import { newHead } from './new-head.js';
import { Retention } from './retention.js';
import { SessionBook } from './session-book.js';
import { ALIVE_MS, SignOfLife } from './sign-of-life.js';
import { openStore, type Store } from './store.js';

/** Records that may gather behind a busy store before also those are told to wait who need not. */
const GATHERED_RECORDS = 16_384;

export class DiskJournal implements Journal {
  readonly #options: ResolvedOptions;
  #opened: Opened | null = null;
  #meta: Meta = { format: 0, log: '', generation: 0, forgotten: 0, next_lane: 1 };
  #meta_changed = false;
  readonly #books = new Map<string, LaneBook>();
  readonly #sessions = new SessionBook();
  #epoch = 0;
  // What gathers.
  #ops = new Ops();
  #turn: Waiter | null = null;
  readonly #touched = new Set<LaneBook>();
  #gathered = 0;
  #epoch_changed = false;
  readonly #alive = new SignOfLife();
  /** Too much waited for a store that fails: records are not kept any more, and these wait for the whole state. */
  #overflow: { readonly dropped: readonly Waiter[]; readonly since: Waiter } | null = null;
  #closing = false;
  #beat: { cancel(): void } | null = null;

  constructor(options: DiskJournalOptions) {
    this.#options = resolveOptions(options);
  }

  async open(context: JournalContext): Promise<JournalStart> {
    const { dir, durability, wrapStore } = this.#options;
    const { clock } = context;
    makeDirectory(dir);
    let unlock: (() => void) | null = null;
    let file: LmdbFile | null = null;
    let store: Store | null = null;
    try {
      unlock = lockDirectory(dir);
      const options = { dir, sync: durability === 'disk' };
      checkPages(dir);
      file = new LmdbFile(options);
      const found = recover(file, context);
      this.#meta = found.meta;
      for (const book of found.books) this.#books.set(book.name, book);
      for (const session of found.sessions) this.#sessions.restore(session);
      this.#epoch = found.epoch;
      const opened = openStore(options);
      store = wrapStore?.(opened) ?? opened;
      await store.commit([{ ops: found.ops.take() }]);
      const { queued_bytes_max, tail_records_max, tail_bytes_max } = this.#options;
      const queue = new CommitQueue({
        store,
        clock,
        queued_bytes_max,
        health: context.health,
        overflowed: () => this.#overflowed(),
        ready: () => gathering.ready(),
      });
      const gathering = new Gathering({ clock, busy: () => queue.gathering, flush: () => this.#flush() });
      const images = new Images({
        books: this.#books,
        queue,
        clock,
        tail_records_max,
        tail_bytes_max,
        crowded: () => gathering.crowded,
        flush: () => this.#flushed(),
        moved: () => retention.moved(),
      });
      const retention = new Retention({
        books: this.#books,
        queue,
        clock,
        retain_ms: this.#options.retain_ms,
        retain_bytes: this.#options.retain_bytes,
        cut: (book) => images.want(book),
        trimmed: (book) => this.#changed(book),
      });
      const isOpen = (): boolean => !this.#closing;
      const history = new DiskHistory({ file, books: this.#books, config: context.config, isOpen });
      const { lanes, parked, sessions, epoch, down_at, recovery } = found;
      this.#opened = { context, file, store, queue, gathering, images, retention, unlock, history, recovery };
      retention.start();
      this.#armBeat();
      return { lanes, parked, sessions, epoch, down_at, recovery };
    } catch (error) {
      await store?.close();
      await file?.close();
      unlock?.();
      throw cannotStart(dir, error);
    }
  }

  get history(): History {
    return this.#open().history;
  }

  logFor(): string {
    const { log, forgotten, generation } = this.#meta;
    // A forgotten lane's numbers begin again at 1, so its log must not go by the old name.
    return `${forgotten === 0 ? log : `${log}-${forgotten}`}.${generation}`;
  }

  append(of: LiveLane, records: readonly LaneRecord[]): Durable {
    this.#alive.wrote(of.lane);
    const book = this.#bookOf(of);
    if (this.#overflow === null) book.add(records);
    this.#gathered += records.length;
    this.#touched.add(book);
    return this.#acknowledged(this.#schedule());
  }

  reserveEpochs(ceiling: number): Durable {
    this.#epoch = ceiling;
    this.#epoch_changed = true;
    return this.#rare();
  }

  saveSession(session: SessionRecord): Durable {
    this.#sessions.save(session);
    return this.#acknowledged(this.#rare());
  }

  endSession(session_id: string): Durable {
    this.#sessions.end(session_id);
    return this.#acknowledged(this.#rare());
  }

  park(lane: string, state: LaneState): void {
    const live = { lane: state.lane, forks: state.forks, facts: () => state.facts };
    const book = this.#books.get(lane) ?? this.#bookOf(live);
    book.attach(live, book.live?.lane === state.lane || state.lane.changes !== null);
    book.leaving = state;
    this.#open().images.want(book, true);
  }

  unpark(name: string): LaneState | null {
    const book = this.#books.get(name);
    if (book === undefined) return null;
    const { leaving } = book;
    if (leaving !== null) {
      book.leaving = null;
      return leaving;
    }
    if (book.live !== null) return null;
    const { file, context } = this.#open();
    file.refresh();
    book.log_bytes = book.head.log_bytes;
    const ops = new Ops();
    const { state } = loadInto(file, book, book.head, this.#meta.generation, context, ops);
    const back = { ...state, forks: book.forks };
    book.attach({ lane: back.lane, forks: back.forks, facts: () => back.facts }, true);
    if (!ops.empty) this.#changed(book);
    return back;
  }

  forget(lane: string): void {
    const book = this.#books.get(lane);
    if (book === undefined) return;
    this.#books.delete(lane);
    this.#touched.delete(book);
    this.#open().images.forget(book);
    for (const table of ['lanes', 'log', 'image', 'facts', 'tasks'] as const) {
      this.#ops.deletePrefix(table, laneKey(book.number));
    }
    this.#meta = { ...this.#meta, forgotten: this.#meta.forgotten + 1 };
    this.#meta_changed = true;
    void this.#schedule();
  }

  describe(): { readonly [detail: string]: unknown } {
    // Not where it lies: who asks whether the hub is ready may be anybody.
    const { durability } = this.#options;
    return { kind: 'disk', durability, log_bytes: this.#opened?.retention.bytes ?? 0 };
  }

  hurry(): void {
    this.#open().gathering.hurry();
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    if (opened === null || this.#closing) return;
    this.#closing = true;
    this.#beat?.cancel();
    opened.retention.stop();
    for (const book of this.#books.values()) if (book.live !== null) opened.images.want(book, true);
    this.#flushed();
    opened.images.finish();
    const clean = new Ops();
    clean.put('meta', CLEAN_KEY, JSON.stringify({ at: opened.context.clock.now() }));
    const durable = this.#overflow === null ? opened.queue.add(clean.take()) : undefined;
    // A disk that does not come back keeps nobody: the next start finds what was acknowledged, and an unclean stop.
    const waited = new Waiter();
    const timer = setTimeout(() => waited.reject(new Error('the journal is closed')), this.#options.close_wait_ms);
    durable?.then(waited.resolve, waited.reject);
    if (durable === undefined) waited.reject(new Error('the journal is closed'));
    await waited.promise.catch((error: Error) => opened.queue.abandon(error));
    clearTimeout(timer);
    await opened.store.close();
    await opened.file.close();
    opened.unlock();
  }

  #open(): Opened {
    if (this.#opened === null) throw new Error('the journal is not open');
    return this.#opened;
  }

  #bookOf(of: LiveLane): LaneBook {
    const { name, log } = of.lane;
    let book = this.#books.get(name);
    if (book === undefined) {
      const { next_lane: number, generation } = this.#meta;
      this.#meta = { ...this.#meta, next_lane: number + 1 };
      this.#meta_changed = true;
      const end = `.${generation}`;
      const stem = log.endsWith(end) ? log.slice(0, -end.length) : log;
      book = new LaneBook(number, newHead({ name, stem, generation, forks: of.forks }));
      this.#books.set(name, book);
      book.attach(of, false);
      book.writeHead(this.#ops);
    } else if (book.live !== of) {
      book.attach(of, of.lane.changes !== null);
      book.leaving = null;
    }
    return book;
  }

  /** Something about the lane other than its records is to be written. */
  #changed(book: LaneBook): void {
    book.writeHead(this.#ops);
    void this.#schedule();
  }

  #acknowledged(durable: Durable): Durable {
    if (this.#options.durability !== 'none') return durable;
    // Who waits for nothing waits for a store that does not keep up: else what waits for it would grow without an end.
    return this.#gathered > GATHERED_RECORDS ? durable : undefined;
  }

  #schedule(): Durable {
    if (this.#overflow !== null) return this.#overflow.since.promise;
    this.#turn ??= new Waiter();
    this.#open().gathering.add();
    return this.#turn.promise;
  }

  /** What does not happen with every task gathers no longer than a turn. */
  #rare(): Durable {
    const durable = this.#schedule();
    this.hurry();
    return durable;
  }

  /** What was recorded is with the queue. False when nothing is written at the moment. */
  #flushed(): boolean {
    this.#open().gathering.now();
    return this.#overflow === null;
  }

  #flush(): void {
    if (this.#overflow !== null) return;
    const turn = this.#turn ?? new Waiter();
    this.#turn = null;
    const { queue, images, retention, context } = this.#open();
    const ops = this.#ops;
    this.#ops = new Ops();
    if (this.#meta_changed) writeMeta(ops, this.#meta);
    this.#meta_changed = false;
    for (const book of this.#touched) {
      const before = book.tail_records;
      retention.wrote(book.writePending(ops));
      images.grew(book, book.tail_records - before);
    }
    this.#touched.clear();
    this.#gathered = 0;
    this.#sessions.writeChanged(ops);
    if (this.#epoch_changed) ops.put('meta', EPOCH_KEY, String(this.#epoch));
    this.#epoch_changed = false;
    if (ops.empty) turn.resolve();
    else {
      this.#alive.goesWith(ops, context.clock.now());
      void queue.add(ops.take(), turn);
    }
  }

  /** The store has failed for so long that what happened since does not fit: keep where it led to. */
  #overflowed(): void {
    if (this.#overflow !== null) return;
    const since = this.#turn ?? new Waiter();
    this.#turn = null;
    this.#overflow = { dropped: this.#open().queue.dropWaiting(), since };
    this.#armState();
  }

  #armState(): void {
    const { queue } = this.#open();
    // Behind the groups that the store was given and failed to take, so this resolves when it works again.
    queue.drained().then(
      () => this.#writeState(),
      () => {},
    );
  }

  #writeState(): void {
    if (this.#overflow === null) return;
    const { dropped, since } = this.#overflow;
    this.#overflow = null;
    const { queue, images } = this.#open();
    const ops = this.#ops;
    this.#ops = new Ops();
    writeMeta(ops, this.#meta);
    this.#sessions.writeAll(ops);
    ops.put('meta', EPOCH_KEY, String(this.#epoch));
    const groups = [ops.take()];
    for (const book of this.#books.values()) {
      const { live } = book;
      if (live === null) continue;
      book.forgetPending();
      book.abandonImage();
      book.begin({ facts: [], whole: true });
      const image = book.slice(Number.POSITIVE_INFINITY);
      if (image !== null) groups.push(image.take());
    }
    this.#touched.clear();
    images.count();
    const moved = [...this.#books.values()].filter(({ live }) => live !== null).map((book) => [book, book.n] as const);
    since.promise.then(
      () => {
        for (const [book, n] of moved) book.durable_n = n;
        for (const waiter of dropped) waiter.resolve();
      },
      (error: Error) => {
        for (const waiter of dropped) waiter.reject(error);
      },
    );
    void queue.add(joined(groups), since);
  }

  #armBeat(): void {
    const { context, file, queue } = this.#open();
    this.#beat = context.clock.after(ALIVE_MS, () => {
      if (this.#overflow === null && queue.failing === null) {
        if (this.#alive.beat(this.#ops, context.clock.now())) void this.#schedule();
        // Where nothing is written nobody would hear of it: a write of nothing fails, and is tried until it does not.
        else if (file.gone) void queue.add(new Ops().take());
      }
      this.#armBeat();
    });
  }
}

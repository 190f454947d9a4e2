/** A start: what the store holds, checked, and made into what the hub begins with. */
import { randomBytes } from 'node:crypto';
import type { JournalContext, LaneState, ParkedLane, Recovery, SessionRecord } from '../port.js';
import { checkLastCommit } from './check-pages.js';
import { JournalDamaged, JournalUnusable } from './damage.js';
import { LaneBook } from './lane-book.js';
import {
  afterPrefix,
  ALIVE_KEY,
  CLEAN_KEY,
  type CleanMark,
  EPOCH_KEY,
  FORMAT,
  type Head,
  laneKey,
  laneOf,
  type Meta,
  META_KEY,
  numberKey,
  unseal,
} from './layout.js';
import type { LmdbFile } from './lmdb-file.js';
import { checkImage, type LoadedLane, loadLane } from './load-lane.js';
import { Ops } from './ops.js';
import { Counting, JOURNAL, type Totals } from './totals.js';

/** Logs before the present one that a lane remembers. */
const FORKS_MAX = 64;
/** Of chance in the name of a log. */
export const LOG_BYTES = 9;

export interface Recovered {
  readonly meta: Meta;
  readonly books: readonly LaneBook[];
  readonly lanes: readonly LaneState[];
  readonly parked: readonly ParkedLane[];
  readonly sessions: readonly SessionRecord[];
  readonly epoch: number;
  readonly down_at: number | null;
  readonly recovery: Recovery | null;
  /** To be on the disk before anybody is let in. */
  readonly ops: Ops;
}

/** Throws `JournalDamaged` or `JournalUnusable`. Changes nothing, save that a journal of an older format becomes one of this. */
export function recover(file: LmdbFile, context: JournalContext): Recovered {
  const began = performance.now();
  upgrade(file);
  const meta = readMeta(file);
  checkLastCommit(file.dir, meta?.log ?? null, file.totals(JOURNAL)?.commits ?? 0);
  const ops = new Ops();
  if (meta === null) {
    const fresh = newMeta();
    writeMeta(ops, fresh);
    const nothing = { books: [], lanes: [], parked: [], sessions: [], epoch: 0, down_at: null, recovery: null };
    return { ...nothing, meta: fresh, ops };
  }
  checkTotals(file);
  const clean = readClean(file);
  const generation = clean === null ? meta.generation + 1 : meta.generation;
  if (clean === null) writeMeta(ops, { ...meta, generation });
  else ops.delete('meta', CLEAN_KEY);
  const books: LaneBook[] = [];
  const lanes: LaneState[] = [];
  const resting: { at: number; parked: ParkedLane }[] = [];
  let tasks = 0;
  let records = 0;
  let down_at = Math.max(clean?.at ?? 0, readNumber(file, ALIVE_KEY));
  const now = context.clock.now();
  for (const [number, head] of readHeads(file)) {
    const book = new LaneBook(number, head);
    books.push(book);
    const tail = hasTail(file, number, head);
    const recent = head.image.at > now - context.config.idempotency_ms;
    if (!tail && head.image.dormant && !recent) {
      checkImage(file, number, head);
      forkTo(book, generation, head.image.seq, ops);
      resting.push({ at: head.image.at, parked: parkedOf(book) });
      down_at = Math.max(down_at, head.image.at);
      continue;
    }
    const loaded = loadInto(file, book, head, generation, context, ops);
    lanes.push({ ...loaded.state, forks: book.forks });
    tasks += loaded.state.lane.tasks.size;
    records += loaded.tail_records;
    down_at = Math.max(down_at, loaded.state.lane.at);
  }
  const recovery = {
    clean: clean !== null,
    lanes: lanes.length,
    tasks,
    records,
    duration_ms: Math.round(performance.now() - began),
  };
  return {
    meta: { ...meta, generation },
    books,
    lanes,
    parked: resting.sort((a, b) => a.at - b.at).map(({ parked }) => parked),
    sessions: [...file.all('sessions')].map(({ key, value }) => unseal('sessions', key, value) as SessionRecord),
    epoch: readNumber(file, EPOCH_KEY),
    down_at,
    recovery,
    ops,
  };
}

/** The lane from the store into `book`, with its log as of now. What `ops` gets is to be written before its next record. */
export function loadInto(
  file: LmdbFile,
  book: LaneBook,
  head: Head,
  generation: number,
  { clock, config, limits }: JournalContext,
  ops: Ops,
): LoadedLane {
  const loaded = loadLane(file, book.number, head, {
    config,
    log: `${book.stem}.${generation}`,
    facts_since: clock.now() - limits.fact_ring_ms,
    facts_max: limits.fact_ring_items_max,
  });
  book.next = loaded.next;
  book.tail_records = loaded.tail_records;
  book.tail_bytes = loaded.tail_bytes;
  book.log_bytes += loaded.tail_bytes;
  forkTo(book, generation, loaded.state.lane.seq, ops);
  return loaded;
}

/**
 * After unclean stops the lane has another log. Up to `seq` those before agree with it, also those of hubs that lived and
 * died in between without a record here.
 */
function forkTo(book: LaneBook, generation: number, seq: number, ops: Ops): void {
  if (book.generation === generation) return;
  const forks: Record<string, number> = { ...book.forks };
  for (let of = book.generation; of < generation; of += 1) forks[`${book.stem}.${of}`] = seq;
  book.forks = Object.fromEntries(Object.entries(forks).slice(-FORKS_MAX));
  book.generation = generation;
  book.writeHead(ops);
}

export function parkedOf(book: LaneBook): ParkedLane {
  return { ...book.seen, name: book.name, log: book.log };
}

export function readMeta(file: LmdbFile): Meta | null {
  const value = file.get('meta', META_KEY);
  if (value === undefined) {
    for (const _ of file.all('lanes')) throw new JournalDamaged('what says whose journal this is is missing');
    return null;
  }
  const meta = unseal('meta', META_KEY, value) as Meta;
  // 1 becomes 2 at a start (`upgrade`).
  if (meta.format !== FORMAT && meta.format !== 1) {
    throw new JournalUnusable(
      `the journal is of format ${meta.format}; this version of cuehub reads formats 1 to ${FORMAT}`,
    );
  }
  return meta;
}

/** Of the tables that are of no lane. Throws `JournalDamaged`. */
export function checkTotals(file: LmdbFile): Totals {
  const totals = file.totals(JOURNAL);
  if (totals === null) throw new JournalDamaged('what says how much there is in it is missing');
  for (const table of ['meta', 'lanes', 'sessions', 'totals'] as const) {
    const counting = new Counting();
    for (const { key, value } of file.all(table)) {
      if (table !== 'totals' || laneOf(key) !== JOURNAL) counting.add(value);
    }
    counting.hold(totals, table);
  }
  return totals;
}

/** A journal of format 1 gets its totals: from what is there, since nobody counted. */
export function upgrade(file: LmdbFile): void {
  const value = file.get('meta', META_KEY);
  const meta = value === undefined ? null : (unseal('meta', META_KEY, value) as Meta);
  if (meta?.format !== 1) return;
  file.countAnew(0);
  const ops = new Ops();
  writeMeta(ops, { ...meta, format: FORMAT });
  file.commit([ops.take()]);
  file.refresh();
}

export function writeMeta(ops: Ops, meta: Meta): void {
  ops.put('meta', META_KEY, JSON.stringify(meta));
}

function newMeta(): Meta {
  return {
    format: FORMAT,
    log: randomBytes(LOG_BYTES).toString('base64url'),
    generation: 1,
    forgotten: 0,
    next_lane: 1,
  };
}

export function readClean(file: LmdbFile): CleanMark | null {
  const value = file.get('meta', CLEAN_KEY);
  return value === undefined ? null : (unseal('meta', CLEAN_KEY, value) as CleanMark);
}

export function readNumber(file: LmdbFile, key: Buffer): number {
  const value = file.get('meta', key);
  return value === undefined ? 0 : (unseal('meta', key, value) as number);
}

export function* readHeads(file: LmdbFile): Generator<[number, Head]> {
  for (const { key, value } of file.all('lanes')) yield [laneOf(key), unseal('lanes', key, value) as Head];
}

function hasTail(file: LmdbFile, number: number, head: Head): boolean {
  for (const _ of file.range('log', numberKey(number, head.n), afterPrefix(laneKey(number)))) return true;
  return false;
}

/**
 * The store: one LMDB environment, opened by one thread. Reads and writes are synchronous; who must not wait for the
 * disk calls it in a thread of its own (`store-thread.ts`). Transactions of LMDB's own asynchronous writer are not used:
 * when the disk is full they end in rejections that nobody can catch.
 */
import { mkdirSync, statfsSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import { JournalGone } from './damage.js';
import { DataFile } from './data-file.js';
import { LastCommitFile } from './last-commit.js';
import {
  afterPrefix,
  CRC_BYTES,
  laneKey,
  laneOf,
  type Meta,
  META_KEY,
  numberKey,
  numberOf,
  seal,
  type Table,
  TABLES,
  taskKey,
  unseal,
} from './layout.js';
import { applyOps } from './ops.js';
import { indexedTasksOf, unpackRecord } from './record-codec.js';
import { JOURNAL, RunningTotals, sumOf, type Totals } from './totals.js';

export interface StoreOptions {
  readonly dir: string;
  /** Whether a write is on the disk when it returns, or only in the system's hands. */
  readonly sync: boolean;
  readonly read_only?: boolean;
}

export interface TrimRequest {
  readonly lane: number;
  /** Records from this one on stay. */
  readonly until: number;
  /** Unix milliseconds; batches that began before this go. */
  readonly before_at: number;
  /** At least so many bytes go, as far as there are. */
  readonly bytes: number;
  readonly entries_max: number;
}

export interface Trimmed {
  readonly entries: number;
  readonly bytes: number;
  /** The first record that is left before `until`, and its time; null for none. */
  readonly from: number | null;
  readonly from_at: number;
}

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** With less than this left a write that fails is taken to have failed for want of space. */
const FULL_BYTES = 1024 * 1024;

export class LmdbFile {
  readonly dir: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #tables: ReadonlyMap<Table, Database<Buffer, Buffer>>;
  readonly #totals = new RunningTotals((owner) => this.totals(owner));
  readonly #last_commit: LastCommitFile;
  readonly #data: DataFile;
  /** Of the journal, for those who look at its last commit. */
  #meta: Pick<Meta, 'log' | 'generation'> | null = null;
  /** Lanes that went in this transaction. */
  readonly #dropped = new Set<number>();

  constructor({ dir, sync, read_only = false }: StoreOptions) {
    if (!read_only) mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.dir = dir;
    this.#last_commit = new LastCommitFile(dir, sync);
    this.#root = open<Buffer, Buffer>({
      path: dir,
      noSubdir: false,
      readOnly: read_only,
      // A commit that returns before its flush is for those who wait for the system only.
      overlappingSync: !sync,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: TABLES.length,
      cache: false,
    });
    this.#data = new DataFile(dir);
    this.#tables = new Map(
      TABLES.map((name) => [
        name,
        this.#root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary', cache: false }),
      ]),
    );
  }

  get(table: Table, key: Buffer): Buffer | undefined {
    return this.#table(table).get(key);
  }

  /** Entries with `from <= key < to`, in order. `reverse` starts at the last one. */
  *range(table: Table, from: Buffer, to: Buffer, reverse = false): Generator<Entry> {
    const start = from.length === 0 ? Buffer.from([0]) : from;
    const found = this.#table(table).getRange(
      reverse ? { start: to, end: start, reverse, inclusiveEnd: true, exclusiveStart: true } : { start, end: to },
    );
    for (const { key, value } of found) yield { key, value };
  }

  /** What was written of a lane, or (`JOURNAL`) of the whole. Throws `JournalDamaged`. Null where nothing was. */
  totals(owner: number): Totals | null {
    const key = laneKey(owner);
    const value = this.get('totals', key);
    return value === undefined ? null : (unseal('totals', key, value) as Totals);
  }

  /** Everything whose key begins so. */
  under(table: Table, prefix: Buffer): Generator<Entry> {
    return this.range(table, prefix, afterPrefix(prefix));
  }

  all(table: Table): Generator<Entry> {
    return this.range(table, Buffer.from([0]), Buffer.alloc(8, 0xff));
  }

  /** Whether what is written could still be found by the next start. */
  get gone(): boolean {
    return this.#data.gone;
  }

  /** Sees what other threads have written until now. */
  refresh(): void {
    this.#root.resetReadTxn();
  }

  /** All of it, or (when it throws) nothing. */
  commit(groups: readonly Uint8Array[]): void {
    this.#write(() => {
      for (const ops of groups) {
        applyOps(ops, {
          put: (table, key, value) => this.#put(table, key, value),
          delete: (table, key) => this.#delete(table, key),
          deletePrefix: (table, prefix) => this.#deletePrefix(table, prefix),
        });
      }
    });
  }

  /** Puts bytes as they are, or removes them: what no journal does, for tests of what it says then. */
  raw(table: Table, key: Buffer, value: Buffer | null): void {
    this.#root.transactionSync(() => {
      if (value === null) this.#table(table).removeSync(key);
      else this.#table(table).putSync(key, value);
    });
  }

  /** Puts what was read elsewhere, with the sums that it has. It counts once it is counted. */
  keep(entries: Iterable<Entry & { readonly table: Table }>): void {
    this.#root.transactionSync(() => {
      for (const { table, key, value } of entries) this.#table(table).putSync(key, value);
    });
  }

  /** Takes what is there for what there should be, after so many commits. */
  countAnew(commits: number): void {
    this.#write(() => {
      for (const { key } of [...this.all('totals')]) this.#table('totals').removeSync(key);
      this.#totals.restart(commits);
      for (const table of TABLES) {
        for (const { key, value } of this.all(table)) this.#totals.added(table, key, sumOf(value));
      }
    });
  }

  /** Lets the oldest batches of a lane's log go, and what says which tasks they are about. */
  trim({ lane, until, before_at, bytes, entries_max }: TrimRequest): Trimmed {
    let entries = 0;
    let freed = 0;
    this.#write(() => {
      const gone: Entry[] = [];
      for (const entry of this.range('log', numberKey(lane, 0), numberKey(lane, until))) {
        if (entries >= entries_max || (freed >= bytes && timeOf(entry) >= before_at)) break;
        gone.push(entry);
        entries += 1;
        freed += entry.value.length;
      }
      for (const { key, value } of gone) {
        for (const task_id of taskIds(key, value)) this.#delete('tasks', taskKey(lane, task_id, numberOf(key)));
        this.#table('log').removeSync(key);
        this.#totals.removed('log', key, sumOf(value));
      }
    });
    const [first] = this.range('log', numberKey(lane, 0), numberKey(lane, until));
    return {
      entries,
      bytes: freed,
      from: first === undefined ? null : numberOf(first.key),
      from_at: first === undefined ? 0 : timeOf(first),
    };
  }

  async close(): Promise<void> {
    this.#last_commit.close();
    await this.#root.close();
  }

  #table(name: Table): Database<Buffer, Buffer> {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  }

  #write(work: () => void): void {
    let commits = 0;
    try {
      this.#root.transactionSync(() => {
        work();
        commits = this.#writeTotals();
        this.#meta ??= this.#readMeta();
        // As late as it can still be taken back: who is told "ok" of it would look for it in vain.
        this.#data.demand();
      });
    } catch (error) {
      this.#totals.forget();
      this.#dropped.clear();
      this.#meta = null;
      throw !(error instanceof JournalGone) && isFull(this.dir) ? new Error('no space is left on the device') : error;
    }
    if (this.#meta !== null) this.#last_commit.write({ ...this.#meta, commits });
  }

  #put(table: Table, key: Buffer, value: Buffer): void {
    seal(key, value);
    const store = this.#table(table);
    // Whose key says which batch it is of is put once; for all others there may be one before.
    const before = table === 'tasks' ? undefined : store.getBinaryFast(key);
    if (before !== undefined) this.#totals.removed(table, key, sumOf(before));
    store.putSync(key, value);
    this.#totals.added(table, key, sumOf(value));
    if (table === 'meta' && key.equals(META_KEY)) this.#meta = null;
  }

  #delete(table: Table, key: Buffer): void {
    const store = this.#table(table);
    const before = store.getBinaryFast(key);
    if (before === undefined) return;
    this.#totals.removed(table, key, sumOf(before));
    store.removeSync(key);
    // What else there was of the lane goes in the same transaction.
    if (table === 'lanes') this.#dropped.add(laneOf(key));
    if (table === 'log') this.#moveLast(key);
  }

  #deletePrefix(table: Table, prefix: Buffer): void {
    const keys: Buffer[] = [];
    for (const { key } of this.under(table, prefix)) keys.push(key);
    for (const key of keys) this.#delete(table, key);
  }

  /** The newest batch of a lane went: another one is it now. */
  #moveLast(key: Buffer): void {
    const lane = laneOf(key);
    if (this.#totals.last(lane) !== numberOf(key)) return;
    const [entry] = this.range('log', laneKey(lane), afterPrefix(laneKey(lane)), true);
    this.#totals.setLast(lane, entry === undefined ? -1 : numberOf(entry.key));
  }

  /** The number of this commit. */
  #writeTotals(): number {
    for (const lane of new Set([...this.#totals.lanes(), ...this.#dropped])) {
      const key = laneKey(lane);
      if (this.#dropped.has(lane)) {
        this.#delete('totals', key);
        this.#totals.drop(lane);
      } else this.#put('totals', key, sealable(this.#totals.json(lane)));
    }
    this.#dropped.clear();
    const commits = this.#totals.committed();
    const value = sealable(this.#totals.json(JOURNAL));
    seal(laneKey(JOURNAL), value);
    this.#table('totals').putSync(laneKey(JOURNAL), value);
    this.#totals.written();
    return commits;
  }

  #readMeta(): Pick<Meta, 'log' | 'generation'> | null {
    const value = this.get('meta', META_KEY);
    return value === undefined ? null : (unseal('meta', META_KEY, value) as Meta);
  }
}

/** With room for its sum in front. */
function sealable(json: string): Buffer {
  const value = Buffer.allocUnsafe(CRC_BYTES + Buffer.byteLength(json));
  value.write(json, CRC_BYTES);
  return value;
}

function batchOf(key: Buffer, value: Buffer): unknown[] {
  const batch = unseal('log', key, value);
  return Array.isArray(batch) ? batch : [];
}

/** When the batch began; 0 for one that cannot be read, so that it goes with the oldest. */
function timeOf({ key, value }: Entry): number {
  try {
    const [first] = batchOf(key, value);
    return Array.isArray(first) && typeof first[1] === 'number' ? first[1] : 0;
  } catch {
    return 0;
  }
}

function taskIds(key: Buffer, value: Buffer): ReadonlySet<string> {
  try {
    return new Set(batchOf(key, value).flatMap((packed) => indexedTasksOf(unpackRecord(packed))));
  } catch {
    return new Set();
  }
}

/** LMDB says "input/output error" of a write that did not fit; a person wants to know why. */
function isFull(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize < FULL_BYTES;
  } catch {
    return false;
  }
}

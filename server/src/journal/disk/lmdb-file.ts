/**
 * The store: one LMDB environment, opened by one thread. Reads and writes are synchronous; who must not wait for the
 * disk calls it in a thread of its own (`store-thread.ts`). Transactions of LMDB's own asynchronous writer are not used:
 * when the disk is full they end in rejections that nobody can catch.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { JournalDamaged } from './damage.js';
import { afterPrefix, numberKey, numberOf, seal, type Table, TABLES, taskKey, unseal } from './layout.js';
import { applyOps } from './ops.js';
import { indexedTasksOf, unpackRecord } from './record-codec.js';

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

const DATA_FILE = 'data.mdb';
/** With less than this left a write that fails is taken to have failed for want of space. */
const FULL_BYTES = 1024 * 1024;

export class LmdbFile {
  readonly #dir: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #tables: ReadonlyMap<Table, Database<Buffer, Buffer>>;

  constructor({ dir, sync, read_only = false }: StoreOptions) {
    if (!read_only) mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#dir = dir;
    refuseCutOff(join(dir, DATA_FILE));
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

  /** Everything whose key begins so. */
  under(table: Table, prefix: Buffer): Generator<Entry> {
    return this.range(table, prefix, afterPrefix(prefix));
  }

  all(table: Table): Generator<Entry> {
    return this.range(table, Buffer.from([0]), Buffer.alloc(8, 0xff));
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
          put: (table, key, value) => {
            seal(key, value);
            this.#table(table).putSync(key, value);
          },
          delete: (table, key) => void this.#table(table).removeSync(key),
          deletePrefix: (table, prefix) => this.#deletePrefix(table, prefix),
        });
      }
    });
  }

  /** Puts bytes as they are, or removes them: what no journal does, for tests of what it says then. */
  raw(table: Table, key: Buffer, value: Buffer | null): void {
    this.#write(() => {
      if (value === null) this.#table(table).removeSync(key);
      else this.#table(table).putSync(key, value);
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
        for (const task_id of taskIds(key, value))
          this.#table('tasks').removeSync(taskKey(lane, task_id, numberOf(key)));
        this.#table('log').removeSync(key);
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
    await this.#root.close();
  }

  #table(name: Table): Database<Buffer, Buffer> {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  }

  #write(work: () => void): void {
    try {
      this.#root.transactionSync(work);
    } catch (error) {
      throw isFull(this.#dir) ? new Error('no space is left on the device') : error;
    }
  }

  #deletePrefix(table: Table, prefix: Buffer): void {
    const keys: Buffer[] = [];
    for (const { key } of this.under(table, prefix)) keys.push(key);
    for (const key of keys) this.#table(table).removeSync(key);
  }
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

const PAGE_HEADER_BYTES = 24;
const META_MAGIC = 0xbeefc0de;

/**
 * A data file that is shorter than its own books say would end the process at the first read past its end. Layout of
 * LMDB's two meta pages: page header; magic, version, address, map size, two tables of 48 bytes (the first one's first
 * field is the page size), last page, transaction.
 */
function refuseCutOff(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return;
    const page = Buffer.alloc(PAGE_HEADER_BYTES + 136);
    const metas: { txn: bigint; bytes: bigint }[] = [];
    let page_bytes = 4096;
    for (let n = 0; n < 2; n += 1) {
      if (readSync(file, page, 0, page.length, n * page_bytes) < page.length) break;
      const at = PAGE_HEADER_BYTES;
      if (page.readUInt32LE(at) !== META_MAGIC) continue;
      page_bytes = page.readUInt32LE(at + 24);
      const last_page = page.readBigUInt64LE(at + 24 + 96);
      metas.push({ txn: page.readBigUInt64LE(at + 24 + 104), bytes: (last_page + 1n) * BigInt(page_bytes) });
    }
    if (metas.length === 0) throw new JournalDamaged(`${path} is no journal, or its beginning is overwritten`);
    const newest = metas.reduce((a, b) => (b.txn > a.txn ? b : a));
    if (BigInt(size) < newest.bytes) {
      throw new JournalDamaged(`${path} is cut off: it has ${size} bytes and needs ${newest.bytes}`);
    }
  } finally {
    closeSync(file);
  }
}

/**
 * How many entries each table has of a lane, and the sum of their sums: written in the same transaction as the entries, so
 * that an entry cannot go missing without somebody noticing. Which order they came in makes no difference, and what is
 * taken away leaves no trace. Lane 0 stands for the tables that are of no lane, and for the totals of the lanes: so all
 * that is in the store hangs on one entry.
 */
import { JournalDamaged } from './damage.js';
import { numberOf, type Table, TABLES } from './layout.js';

/** Entries, and their sums added up modulo 2^32. */
export type Tally = readonly [n: number, sum: number];

export interface Totals {
  readonly tables: { readonly [table in Table]?: Tally };
  /** Of a lane: the number of its newest batch of records, -1 for none. */
  readonly last: number;
  /** Of the whole journal: counts what was written so far. */
  readonly commits: number;
}

/** Of the tables that are of no lane. */
export const JOURNAL = 0;

const OF_JOURNAL: ReadonlySet<Table> = new Set<Table>(['meta', 'lanes', 'sessions', 'totals']);
const NONE: Tally = [0, 0];

export function noTotals(): Totals {
  return { tables: {}, last: -1, commits: 0 };
}

export function tallyOf(totals: Totals, table: Table): Tally {
  return totals.tables[table] ?? NONE;
}

/** Whose totals an entry counts in. */
export function ownerOf(table: Table, key: Buffer): number {
  return OF_JOURNAL.has(table) ? JOURNAL : key.readUInt32BE(0);
}

/** The sum that an entry was written with. */
export function sumOf(value: Buffer): number {
  return value.length < 4 ? 0 : value.readUInt32LE(0);
}

/** Counts while entries are read, to be held against what was written. */
export class Counting {
  #n = 0;
  #sum = 0;

  add(value: Buffer): void {
    this.#n += 1;
    this.#sum = (this.#sum + sumOf(value)) >>> 0;
  }

  get tally(): Tally {
    return [this.#n, this.#sum];
  }

  /** Throws `JournalDamaged` when it is not what was written. */
  hold(totals: Totals, table: Table): void {
    const wrong = difference(table, this.tally, tallyOf(totals, table));
    if (wrong !== null) throw new JournalDamaged(wrong);
  }
}

/** In words, or null for none. */
export function difference(table: Table, found: Tally, written: Tally): string | null {
  if (found[0] !== written[0]) return `${table} has ${found[0]} entries, and ${written[0]} were written`;
  return found[1] === written[1] ? null : `${table} has other entries than were written`;
}

/** What the totals are in the transaction that is being written. */
export class RunningTotals {
  readonly #read: (owner: number) => Totals | null;
  readonly #held = new Map<number, Held>();
  readonly #changed = new Set<number>();

  constructor(read: (owner: number) => Totals | null) {
    this.#read = read;
  }

  added(table: Table, key: Buffer, sum: number): void {
    const totals = this.#change(ownerOf(table, key));
    const tally = tallyIn(totals, table);
    tally.n += 1;
    tally.sum = (tally.sum + sum) >>> 0;
    if (table === 'log') totals.last = Math.max(totals.last, numberOf(key));
  }

  removed(table: Table, key: Buffer, sum: number): void {
    const tally = tallyIn(this.#change(ownerOf(table, key)), table);
    tally.n -= 1;
    tally.sum = (tally.sum - sum) >>> 0;
  }

  last(lane: number): number {
    return this.#of(lane).last;
  }

  setLast(lane: number, last: number): void {
    this.#change(lane).last = last;
  }

  /** The lanes whose totals are to be written. */
  lanes(): readonly number[] {
    return [...this.#changed].filter((owner) => owner !== JOURNAL);
  }

  json(owner: number): string {
    const { tables, last, commits } = this.#of(owner);
    const told = Object.fromEntries([...tables].map(([table, { n, sum }]) => [table, [n, sum]]));
    return JSON.stringify({ tables: told, last, commits } satisfies Totals);
  }

  committed(): number {
    const totals = this.#change(JOURNAL);
    totals.commits += 1;
    return totals.commits;
  }

  written(): void {
    this.#changed.clear();
  }

  /** The lane is gone. */
  drop(lane: number): void {
    this.#held.delete(lane);
    this.#changed.delete(lane);
  }

  /** The transaction came to nothing. */
  forget(): void {
    this.#held.clear();
    this.#changed.clear();
  }

  /** Nothing is there, after so many commits. */
  restart(commits: number): void {
    this.forget();
    this.#held.set(JOURNAL, { tables: new Map(), last: -1, commits });
  }

  #change(owner: number): Held {
    this.#changed.add(owner);
    return this.#of(owner);
  }

  #of(owner: number): Held {
    let held = this.#held.get(owner);
    if (held === undefined) {
      const { tables, last, commits } = this.#read(owner) ?? noTotals();
      held = { tables: new Map(), last, commits };
      for (const table of TABLES) {
        const [n, sum] = tables[table] ?? NONE;
        if (n > 0) held.tables.set(table, { n, sum });
      }
      this.#held.set(owner, held);
    }
    return held;
  }
}

interface Held {
  readonly tables: Map<Table, { n: number; sum: number }>;
  last: number;
  commits: number;
}

function tallyIn({ tables }: Held, table: Table): { n: number; sum: number } {
  let tally = tables.get(table);
  if (tally === undefined) {
    tally = { n: 0, sum: 0 };
    tables.set(table, tally);
  }
  return tally;
}

/**
 * Looks at every entry of a journal, and tells all that is wrong: what a start would refuse, and also what a start does
 * not read (history). Changes nothing. What it would take for a start to have it all is in the findings, for `repair`.
 */
import { DEFAULT_LANE_CONFIG } from '../../core/index.js';
import { JournalDamaged } from './damage.js';
import {
  afterPrefix,
  CLEAN_KEY,
  type Head,
  imageRow,
  laneKey,
  laneOf,
  META_KEY,
  numberKey,
  numberOf,
  type Table,
  unseal,
} from './layout.js';
import type { LmdbFile } from './lmdb-file.js';
import { loadLane, recordsOf } from './load-lane.js';
import { readMeta } from './recover.js';
import { blankHead } from './new-head.js';
import { Counting, difference, JOURNAL, noTotals, type Tally, type Totals, tallyOf } from './totals.js';

export interface Finding {
  /** Null when it is not about one lane. */
  readonly lane: string | null;
  readonly what: string;
  /** A start would refuse it. */
  readonly fatal: boolean;
  readonly mend: Mend;
}

/** What `repair` would do. */
export type Mend =
  /** What says whose journal it is is made anew. */
  | { readonly kind: 'meta' }
  /** The lane's records from this one on go. */
  | { readonly kind: 'cut'; readonly lane: number; readonly n: number }
  /** This entry goes. */
  | { readonly kind: 'drop'; readonly table: Table; readonly key: Buffer }
  /** The lane is made from its records alone: all of them are kept. */
  | { readonly kind: 'refold'; readonly lane: number }
  /** What is there is taken for all there is. `image_of`: the lane whose image has lost rows. */
  | { readonly kind: 'accept'; readonly image_of?: number }
  /** The lane goes: nothing is left to make it from. */
  | { readonly kind: 'lane'; readonly lane: number };

export interface Verified {
  readonly lanes: number;
  readonly tasks: number;
  readonly records: number;
  readonly clean: boolean;
  readonly findings: readonly Finding[];
}

export function verify(file: LmdbFile): Verified {
  const findings: Finding[] = [];
  const counted = hasTotals(file, findings);
  const meta = verifyJournal(file, counted, findings);
  let lanes = 0;
  let tasks = 0;
  let records = 0;
  for (const { key, value } of file.all('lanes')) {
    const number = laneOf(key);
    let head: Head;
    try {
      head = unseal('lanes', key, value) as Head;
    } catch (error) {
      const mend = { kind: 'lane', lane: number } as const;
      findings.push({ lane: `number ${number}`, what: oneLine(error), fatal: true, mend });
      continue;
    }
    lanes += 1;
    const seen = verifyLane(file, number, head, counted);
    tasks += seen.tasks;
    records += seen.records;
    findings.push(...seen.findings);
  }
  return { lanes, tasks, records, clean: meta.clean, findings };
}

/** Format 1 had none; without a readable one of the whole nothing can be held against it. */
function hasTotals(file: LmdbFile, findings: Finding[]): boolean {
  try {
    if (file.totals(JOURNAL) !== null) return true;
    if ((readMeta(file)?.format ?? 1) === 1) return false;
    throw new JournalDamaged('what says how much there is in it is missing');
  } catch (error) {
    findings.push({ lane: null, what: oneLine(error), fatal: true, mend: { kind: 'accept' } });
    return false;
  }
}

function verifyJournal(file: LmdbFile, counted: boolean, findings: Finding[]): { clean: boolean } {
  let clean = false;
  try {
    readMeta(file);
  } catch (error) {
    findings.push({ lane: null, what: oneLine(error), fatal: true, mend: { kind: 'meta' } });
  }
  for (const table of ['meta', 'lanes', 'sessions', 'totals'] as const) {
    const counting = new Counting();
    for (const { key, value } of file.all(table)) {
      if (table === 'totals' && laneOf(key) === JOURNAL) continue;
      counting.add(value);
      if (table === 'lanes') continue;
      try {
        unseal(table, key, value);
        if (table === 'meta' && key.equals(CLEAN_KEY)) clean = true;
      } catch (error) {
        // Told above.
        if (table === 'meta' && key.equals(META_KEY)) continue;
        const mend: Mend = table === 'totals' ? { kind: 'accept' } : { kind: 'drop', table, key: Buffer.from(key) };
        findings.push({ lane: null, what: oneLine(error), fatal: true, mend });
      }
    }
    if (counted) findings.push(...missing(null, table, counting.tally, file.totals(JOURNAL) ?? noTotals(), true));
  }
  return { clean };
}

interface Seen {
  readonly findings: Finding[];
  records: number;
  tasks: number;
}

function verifyLane(file: LmdbFile, number: number, head: Head, counted: boolean): Seen {
  let totals: Totals | null = null;
  try {
    // One that cannot be read was told already.
    if (counted) totals = file.totals(number) ?? noTotals();
  } catch {}
  const log = verifyLog(file, number, head, totals);
  const image = verifyImage(file, number, head, totals);
  const index = new Counting();
  for (const { value } of file.under('tasks', laneKey(number))) index.add(value);
  const findings = [...image.findings, ...log.findings];
  if (totals !== null) findings.push(...missing(head.name, 'tasks', index.tally, totals, false));
  const { records } = log;
  const { tasks } = image;
  if (findings.some(({ fatal }) => fatal) || totals === null) {
    return { findings: refoldable(file, number, head, { image, log }) ?? findings, records, tasks };
  }
  // Each entry is what was written; whether together they are a lane is seen by making it.
  try {
    loadLane(file, number, head, VERIFY_OPTIONS);
  } catch (error) {
    const what = oneLine(error);
    const mend: Mend = folds(file, number, head) ? { kind: 'refold', lane: number } : { kind: 'lane', lane: number };
    findings.push({ lane: head.name, what, fatal: true, mend });
  }
  return { findings, records, tasks };
}

const VERIFY_OPTIONS = { config: DEFAULT_LANE_CONFIG, log: 'verify.0', facts_since: 0, facts_max: 0 } as const;

/** Where only the image is damaged and the lane's records are all there, the lane is made from them, and nothing is lost. */
function refoldable(file: LmdbFile, number: number, head: Head, { image, log }: { image: Seen; log: Seen }) {
  if (image.findings.length === 0 || log.findings.length > 0 || !folds(file, number, head)) return null;
  return image.findings.map((finding): Finding => ({ ...finding, mend: { kind: 'refold', lane: number } }));
}

/** Whether the records that are kept, from the first one on, make the lane. */
function folds(file: LmdbFile, number: number, head: Head): boolean {
  const [first] = file.range('log', numberKey(number, 0), afterPrefix(laneKey(number)));
  if (first === undefined || numberOf(first.key) !== 0) return false;
  try {
    loadLane(file, number, blankHead(head), { ...VERIFY_OPTIONS, without_image: true });
    return true;
  } catch {
    return false;
  }
}

function verifyLog(file: LmdbFile, number: number, head: Head, totals: Totals | null): Seen {
  const seen: Seen = { findings: [], records: 0, tasks: 0 };
  const counting = new Counting();
  let next = head.n;
  let seq = head.image.seq;
  let last = -1;
  for (const entry of file.range('log', numberKey(number, 0), afterPrefix(laneKey(number)))) {
    counting.add(entry.value);
    const n = numberOf(entry.key);
    last = n;
    const needed = n >= head.n;
    const mend: Mend = needed
      ? { kind: 'cut', lane: number, n: Math.min(n, next) }
      : { kind: 'drop', table: 'log', key: Buffer.from(entry.key) };
    try {
      if (needed && n !== next) throw new JournalDamaged(`records ${next} to ${n - 1} are missing`);
      const records = recordsOf(entry);
      for (const record of needed ? records : []) {
        if (record.seq === undefined) continue;
        if (record.seq !== seq + 1) throw new JournalDamaged(`fact ${seq + 1} is missing before record ${n}`);
        seq = record.seq;
      }
      seen.records += records.length;
      if (needed) next = n + records.length;
    } catch (error) {
      const where = needed ? `record ${n}: ` : `history, record ${n}: `;
      seen.findings.push({ lane: head.name, what: where + oneLine(error), fatal: needed, mend });
      // What follows a hole cannot be told from what should be there.
      if (needed) return seen;
    }
  }
  if (totals === null) return seen;
  if (totals.last > last && totals.last >= head.n) {
    const what = `records ${next} to ${totals.last} are missing, and those that were written with the last one`;
    seen.findings.push({ lane: head.name, what, fatal: true, mend: { kind: 'accept' } });
  } else if (seen.findings.length === 0) {
    seen.findings.push(...missing(head.name, 'log', counting.tally, totals, false));
  }
  return seen;
}

function verifyImage(file: LmdbFile, number: number, head: Head, totals: Totals | null): Seen {
  const seen: Seen = { findings: [], records: 0, tasks: 0 };
  for (const table of ['image', 'facts'] as const) {
    const counting = new Counting();
    let damaged = false;
    for (const { key, value } of file.under(table, laneKey(number))) {
      counting.add(value);
      try {
        unseal(table, key, value);
        if (table === 'image' && imageRow(key) === 't') seen.tasks += 1;
      } catch (error) {
        damaged = true;
        const mend = { kind: 'drop', table, key: Buffer.from(key) } as const;
        seen.findings.push({ lane: head.name, what: oneLine(error), fatal: true, mend });
      }
    }
    if (totals === null || damaged) continue;
    for (const finding of missing(head.name, table, counting.tally, totals, true)) {
      seen.findings.push({ ...finding, mend: { kind: 'accept', image_of: number } });
    }
  }
  return seen;
}

function missing(lane: string | null, table: Table, found: Tally, totals: Totals, fatal: boolean): Finding[] {
  const what = difference(table, found, tallyOf(totals, table));
  return what === null ? [] : [{ lane, what, fatal, mend: { kind: 'accept' } }];
}

function oneLine(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

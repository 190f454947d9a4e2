/**
 * Looks at every entry of a journal, and tells all that is wrong: what a start would refuse, and also what a start does
 * not read (history). Changes nothing.
 */
import { DEFAULT_LANE_CONFIG } from '../../core/index.js';
import { JournalDamaged } from './damage.js';
import {
  afterPrefix,
  type Head,
  imageRow,
  laneKey,
  laneOf,
  numberKey,
  numberOf,
  type Table,
  unseal,
} from './layout.js';
import type { LmdbFile } from './lmdb-file.js';
import { loadLane, recordsOf } from './load-lane.js';
import { readClean, readMeta } from './recover.js';

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
  /** The lane's records from this one on go. */
  | { readonly kind: 'cut'; readonly lane: number; readonly n: number }
  /** This entry goes. */
  | { readonly kind: 'drop'; readonly table: Table; readonly key: Buffer }
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
  let lanes = 0;
  let tasks = 0;
  let records = 0;
  let clean = false;
  try {
    readMeta(file);
    clean = readClean(file) !== null;
  } catch (error) {
    const mend = { kind: 'drop', table: 'meta', key: Buffer.from('clean') } as const;
    findings.push({ lane: null, what: oneLine(error), fatal: true, mend });
  }
  for (const { key, value } of file.all('lanes')) {
    const number = laneOf(key);
    let head: Head;
    try {
      head = unseal('lanes', key, value) as Head;
    } catch (error) {
      findings.push({
        lane: `number ${number}`,
        what: oneLine(error),
        fatal: true,
        mend: { kind: 'lane', lane: number },
      });
      continue;
    }
    lanes += 1;
    const log = verifyLog(file, number, head);
    records += log.records;
    const rows = verifyImage(file, number, head);
    tasks += rows.tasks;
    findings.push(...rows.findings, ...log.findings);
    if (rows.findings.length + log.findings.length > 0) continue;
    // Each entry is what was written; whether together they are a lane is seen by making it.
    const options = { config: DEFAULT_LANE_CONFIG, log: 'verify.0', facts_since: 0, facts_max: 0 };
    try {
      loadLane(file, number, head, options);
    } catch (error) {
      findings.push({ lane: head.name, what: oneLine(error), fatal: true, mend: { kind: 'lane', lane: number } });
    }
  }
  for (const { key, value } of file.all('sessions')) {
    try {
      unseal('sessions', key, value);
    } catch (error) {
      const mend = { kind: 'drop', table: 'sessions', key: Buffer.from(key) } as const;
      findings.push({ lane: null, what: oneLine(error), fatal: true, mend });
    }
  }
  return { lanes, tasks, records, clean, findings };
}

interface Seen {
  readonly findings: Finding[];
  records: number;
  tasks: number;
}

function verifyLog(file: LmdbFile, number: number, head: Head): Seen {
  const seen: Seen = { findings: [], records: 0, tasks: 0 };
  let next = head.n;
  let seq = head.image.seq;
  for (const entry of file.range('log', numberKey(number, 0), afterPrefix(laneKey(number)))) {
    const n = numberOf(entry.key);
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
      if (needed) break;
    }
  }
  return seen;
}

function verifyImage(file: LmdbFile, number: number, head: Head): Seen {
  const seen: Seen = { findings: [], records: 0, tasks: 0 };
  for (const table of ['image', 'facts'] as const) {
    for (const { key, value } of file.under(table, laneKey(number))) {
      try {
        unseal(table, key, value);
        if (table === 'image' && imageRow(key) === 't') seen.tasks += 1;
      } catch (error) {
        const mend = { kind: 'drop', table, key: Buffer.from(key) } as const;
        seen.findings.push({ lane: head.name, what: oneLine(error), fatal: true, mend });
      }
    }
  }
  return seen;
}

function oneLine(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

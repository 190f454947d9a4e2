/**
 * Mends a journal that a start refuses: keeps everything before the damage of a lane, and writes all that it drops into
 * a file first. The next start counts as one after an unclean stop, so every lane gets a new log: what was told under
 * the old ones may be gone.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  afterPrefix,
  CLEAN_KEY,
  type Head,
  imageKey,
  imageRow,
  laneKey,
  numberKey,
  numberOf,
  type Table,
  TABLES,
  unseal,
} from './layout.js';
import type { Entry, LmdbFile } from './lmdb-file.js';
import { Ops } from './ops.js';
import { type Finding, type Mend, verify } from './verify.js';

export interface Repaired {
  /** What was found and mended, in the order of mending. */
  readonly findings: readonly Finding[];
  /** Entries that were dropped. */
  readonly dropped: number;
  /** Where they are now; null when nothing was dropped. */
  readonly backup: string | null;
}

/** A damage may hide another: it is looked at again until nothing is wrong, but not for ever. */
const ROUNDS_MAX = 100;

export function repair(file: LmdbFile, dir: string, now_ms: number): Repaired {
  const mended: Finding[] = [];
  const backup = join(dir, `dropped-${new Date(now_ms).toISOString().replaceAll(/[:.]/g, '-')}.ndjson`);
  let dropped = 0;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const { findings } = verify(file);
    if (findings.length === 0) return { findings: mended, dropped, backup: dropped > 0 ? backup : null };
    const ops = new Ops();
    const gone: string[] = [];
    for (const finding of findings) {
      mended.push(finding);
      for (const { table, entry } of entriesOf(file, finding.mend)) {
        gone.push(backupLine(table, entry));
        ops.delete(table, Buffer.from(entry.key));
      }
    }
    for (const lane of lanesOf(findings)) mendLists(file, lane, ops, findings);
    ops.delete('meta', CLEAN_KEY);
    dropped += gone.length;
    if (gone.length > 0) writeFileSync(backup, `${gone.join('\n')}\n`, { flag: 'a', mode: 0o600 });
    file.commit([ops.take()]);
    file.refresh();
  }
  throw new Error(`the journal is still damaged after ${ROUNDS_MAX} rounds of mending`);
}

function* entriesOf(file: LmdbFile, mend: Mend): Generator<{ table: Table; entry: Entry }> {
  if (mend.kind === 'drop') {
    const value = file.get(mend.table, mend.key);
    if (value !== undefined) yield { table: mend.table, entry: { key: mend.key, value } };
    return;
  }
  const prefix = laneKey(mend.lane);
  if (mend.kind === 'cut') {
    for (const entry of file.range('log', numberKey(mend.lane, mend.n), afterPrefix(prefix))) {
      yield { table: 'log', entry };
    }
    return;
  }
  for (const table of TABLES) {
    if (table === 'meta' || table === 'sessions') continue;
    for (const entry of file.under(table, prefix)) yield { table, entry };
  }
}

/** Without some of its rows an image's lists have places that point nowhere: they are told anew, from what is left. */
function mendLists(file: LmdbFile, lane: number, ops: Ops, findings: readonly Finding[]): void {
  const key = laneKey(lane);
  const value = file.get('lanes', key);
  if (value === undefined) return;
  const head = unseal('lanes', key, value) as Head;
  const dropped = new Set(
    findings.flatMap(({ mend }) => (mend.kind === 'drop' && mend.table === 'image' ? [mend.key.toString('hex')] : [])),
  );
  const tasks = new Set<number>();
  const lists: Record<'e' | 'x', unknown[]> = { e: [], x: [] };
  for (const entry of file.under('image', key)) {
    if (dropped.has(entry.key.toString('hex'))) continue;
    const row = imageRow(entry.key);
    if (row === 't') tasks.add(numberOf(entry.key));
    if (row !== 'e' && row !== 'x') continue;
    ops.delete('image', Buffer.from(entry.key));
    lists[row].push(unseal('image', entry.key, entry.value));
  }
  lists.e = lists.e.filter((order) => tasks.has(order as number));
  const { ended_total, ended_keys_total } = head.image;
  const ended_from = ended_total - lists.e.length;
  const ended_keys_from = ended_keys_total - lists.x.length;
  lists.e.forEach((order, i) => ops.put('image', imageKey(lane, 'e', ended_from + i), JSON.stringify(order)));
  lists.x.forEach((text, i) => ops.put('image', imageKey(lane, 'x', ended_keys_from + i), JSON.stringify(text)));
  ops.put('lanes', key, JSON.stringify({ ...head, ended_from, ended_keys_from, facts: 0 } satisfies Head));
  ops.deletePrefix('facts', key);
}

function lanesOf(findings: readonly Finding[]): ReadonlySet<number> {
  const lanes = new Set<number>();
  for (const { mend } of findings) {
    if (mend.kind === 'drop' && (mend.table === 'image' || mend.table === 'facts')) lanes.add(mend.key.readUInt32BE(0));
  }
  return lanes;
}

function backupLine(table: Table, { key, value }: Entry): string {
  return JSON.stringify({ table, key: key.toString('hex'), value: value.toString('base64') });
}

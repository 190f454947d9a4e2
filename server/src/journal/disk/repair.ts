/**
 * Mends a journal that a start refuses: keeps everything before the damage of a lane, and of what lies behind it the tasks
 * (`rescue.ts`). Writes all that it drops into a file first. The next start counts as one after an unclean stop, so every lane gets a new log: what was told under
 * the old ones may be gone. Pages that cannot be read are the business of `salvage.ts`.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrozenKey, FrozenTask, LaneRecord } from '../../core/index.js';
import { KnownTasks, type LostTasks } from './known-tasks.js';
import { readLastCommit } from './last-commit.js';
import {
  afterPrefix,
  CLEAN_KEY,
  EPOCH_KEY,
  FORMAT,
  type Head,
  imageKey,
  imageRow,
  laneKey,
  laneOf,
  type Meta,
  META_KEY,
  numberKey,
  numberOf,
  type Table,
  TABLES,
  unseal,
} from './layout.js';
import type { Entry, LmdbFile } from './lmdb-file.js';
import { Ops } from './ops.js';
import { recordsOf } from './load-lane.js';
import { LOG_BYTES, readMeta, readNumber, writeMeta } from './recover.js';
import { blankHead } from './new-head.js';
import { rescue } from './rescue.js';
import { JOURNAL } from './totals.js';
import { type Finding, type Mend, verify } from './verify.js';

export interface Repaired {
  /** What was found and mended, in the order of mending. */
  readonly findings: readonly Finding[];
  /** Entries that were dropped. */
  readonly dropped: number;
  /** Where they are now; null when nothing was dropped. */
  readonly backup: string | null;
  /** Tasks that were submitted behind a hole in the log, and are again. */
  readonly rescued: number;
  /** Tasks that had not ended and are not there any more, as far as anything still tells of them. */
  readonly lost: readonly LostTasks[];
}

export interface RepairOptions {
  readonly dir: string;
  readonly now_ms: number;
  /** Something is missing that the entries do not tell of: the end of the log, or pages. */
  readonly incomplete?: boolean;
  /** What was there before, when it was already made anew from what could be read. */
  readonly known?: KnownTasks;
}

/** A damage may hide another: it is looked at again until nothing is wrong, but not for ever. */
const ROUNDS_MAX = 100;
/** Grants that may have been lost: the next ones are far from them. */
const EPOCHS_SKIPPED = 1_000_000;

export function repair(file: LmdbFile, options: RepairOptions): Repaired {
  const { dir, now_ms, incomplete = false, known = new KnownTasks() } = options;
  const mended: Finding[] = [];
  const backup = join(dir, `dropped-${new Date(now_ms).toISOString().replaceAll(/[:.]/g, '-')}.ndjson`);
  let dropped = 0;
  /** Records of lanes that lie behind a hole. */
  const behind = new Map<number, LaneRecord[]>();
  known.addAll(file);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const { findings } = verify(file);
    if (findings.length === 0) {
      if (mended.length === 0 && !incomplete) return { findings: [], dropped: 0, backup: null, rescued: 0, lost: [] };
      const rescued = rescueAll(file, behind);
      beginAnew(file, known.epoch, dir);
      const lost = known.missingFrom(file);
      return { findings: mended, dropped, backup: dropped > 0 ? backup : null, rescued, lost };
    }
    const ops = new Ops();
    const gone: string[] = [];
    for (const finding of findings) {
      mended.push(finding);
      for (const { table, entry } of entriesOf(file, finding.mend)) {
        gone.push(backupLine(table, entry));
        if (finding.mend.kind === 'cut') addReadable(behind, finding.mend.lane, entry);
        ops.delete(table, Buffer.from(entry.key));
      }
    }
    for (const { mend } of findings) {
      if (mend.kind === 'meta') writeMeta(ops, metaFrom(file));
      if (mend.kind === 'refold') refold(file, mend.lane, ops);
    }
    for (const lane of lanesOf(findings)) mendLists(file, lane, ops, findings);
    dropped += gone.length;
    if (gone.length > 0) writeFileSync(backup, `${gone.join('\n')}\n`, { flag: 'a', mode: 0o600 });
    // Sums that do not fit what is there would be carried on.
    file.countAnew(commitsOf(file, dir));
    file.commit([ops.take()]);
    file.refresh();
  }
  throw new Error(`the journal is still damaged after ${ROUNDS_MAX} rounds of mending`);
}

function addReadable(behind: Map<number, LaneRecord[]>, lane: number, entry: Entry): void {
  try {
    const records = recordsOf(entry);
    const before = behind.get(lane);
    if (before === undefined) behind.set(lane, records);
    else before.push(...records);
  } catch {
    // It is the hole.
  }
}

function rescueAll(file: LmdbFile, behind: ReadonlyMap<number, readonly LaneRecord[]>): number {
  let rescued = 0;
  for (const [lane, records] of behind) {
    const value = file.get('lanes', laneKey(lane));
    if (value !== undefined) rescued += rescue(file, lane, unseal('lanes', laneKey(lane), value) as Head, records);
  }
  return rescued;
}

/** What was lost may have been told under the log of its time, and the epochs of its grants may be out there. */
function beginAnew(file: LmdbFile, epoch: number, dir: string): void {
  const meta = readMeta(file);
  if (meta === null) return;
  const ops = new Ops();
  const generation = Math.max(meta.generation, readLastCommit(dir)?.generation ?? 0) + 1;
  writeMeta(ops, { ...meta, generation });
  ops.put('meta', EPOCH_KEY, String(Math.max(readNumber(file, EPOCH_KEY), epoch) + EPOCHS_SKIPPED));
  ops.delete('meta', CLEAN_KEY);
  file.commit([ops.take()]);
  file.refresh();
}

/** How many commits there were, by whoever knows. */
export function commitsOf(file: LmdbFile, dir: string): number {
  const last = readLastCommit(dir)?.commits ?? 0;
  try {
    return Math.max(last, file.totals(JOURNAL)?.commits ?? 0);
  } catch {
    return last;
  }
}

/** What the lanes say of the journal they are of. Logs that are made from now on have another name than any before. */
function metaFrom(file: LmdbFile): Meta {
  let generation = 0;
  let next_lane = 1;
  for (const { key, value } of file.all('lanes')) {
    next_lane = Math.max(next_lane, laneOf(key) + 1);
    try {
      generation = Math.max(generation, (unseal('lanes', key, value) as Head).generation);
    } catch {
      // It goes.
    }
  }
  const log = randomBytes(LOG_BYTES).toString('base64url');
  return { format: FORMAT, log, generation: generation + 1, forgotten: 0, next_lane };
}

/** Without its image, a lane begins at its first record. */
function refold(file: LmdbFile, lane: number, ops: Ops): void {
  const key = laneKey(lane);
  const value = file.get('lanes', key);
  if (value === undefined) return;
  const head = blankHead(unseal('lanes', key, value) as Head);
  for (const table of ['image', 'facts'] as const) ops.deletePrefix(table, key);
  ops.put('lanes', key, JSON.stringify(head));
}

function* entriesOf(file: LmdbFile, mend: Mend): Generator<{ table: Table; entry: Entry }> {
  if (mend.kind === 'drop') {
    const value = file.get(mend.table, mend.key);
    if (value !== undefined) yield { table: mend.table, entry: { key: mend.key, value } };
  } else if (mend.kind === 'cut') {
    for (const entry of file.range('log', numberKey(mend.lane, mend.n), afterPrefix(laneKey(mend.lane)))) {
      yield { table: 'log', entry };
    }
  } else if (mend.kind === 'lane') {
    for (const table of TABLES) {
      if (table === 'meta' || table === 'sessions' || table === 'totals') continue;
      for (const entry of file.under(table, laneKey(mend.lane))) yield { table, entry };
    }
  } else if (mend.kind === 'meta') {
    const value = file.get('meta', META_KEY);
    if (value !== undefined) yield { table: 'meta', entry: { key: META_KEY, value } };
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
  const ids = new Set<string>();
  const keys: { readonly key: Buffer; readonly row: FrozenKey }[] = [];
  const lists: Record<'e' | 'x', unknown[]> = { e: [], x: [] };
  for (const entry of file.under('image', key)) {
    if (dropped.has(entry.key.toString('hex'))) continue;
    const row = imageRow(entry.key);
    if (row === 't') {
      tasks.add(numberOf(entry.key));
      ids.add((unseal('image', entry.key, entry.value) as FrozenTask)[1]);
    }
    if (row === 'k')
      keys.push({ key: Buffer.from(entry.key), row: unseal('image', entry.key, entry.value) as FrozenKey });
    if (row !== 'e' && row !== 'x') continue;
    ops.delete('image', Buffer.from(entry.key));
    lists[row].push(unseal('image', entry.key, entry.value));
  }
  // The key of a task that is lost must not answer for it: who sends it again is to have it accepted.
  for (const { key: of, row } of keys) if (row[3] === null && !ids.has(row[1])) ops.delete('image', of);
  lists.e = lists.e.filter((order) => tasks.has(order as number));
  const { ended_total, ended_keys_total } = head.image;
  const ended_from = ended_total - lists.e.length;
  const ended_keys_from = ended_keys_total - lists.x.length;
  lists.e.forEach((order, i) => ops.put('image', imageKey(lane, 'e', ended_from + i), JSON.stringify(order)));
  lists.x.forEach((text, i) => ops.put('image', imageKey(lane, 'x', ended_keys_from + i), JSON.stringify(text)));
  ops.put('lanes', key, JSON.stringify({ ...head, ended_from, ended_keys_from, facts: 0 } satisfies Head));
  ops.deletePrefix('facts', key);
}

/** Lanes whose image has lost rows, and is not made anew. */
function lanesOf(findings: readonly Finding[]): ReadonlySet<number> {
  const lanes = new Set<number>();
  for (const { mend } of findings) {
    if (mend.kind === 'drop' && (mend.table === 'image' || mend.table === 'facts')) lanes.add(mend.key.readUInt32BE(0));
    if (mend.kind === 'accept' && mend.image_of !== undefined) lanes.add(mend.image_of);
  }
  return lanes;
}

function backupLine(table: Table, { key, value }: Entry): string {
  return JSON.stringify({ table, key: key.toString('hex'), value: value.toString('base64') });
}

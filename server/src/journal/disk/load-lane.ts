/** A lane from the store: its image, and the fold of the records since. Says what and where when they do not fit. */
import type { EventMessage } from '@cuehub/protocol';
import {
  factOf,
  fold,
  type FrozenKey,
  type FrozenTask,
  type Lane,
  type LaneConfig,
  type LaneRecord,
  thaw,
  trackChanges,
} from '../../core/index.js';
import type { LaneState } from '../port.js';
import { JournalDamaged } from './damage.js';
import { afterPrefix, type Head, imageRow, laneKey, numberKey, numberOf, unseal } from './layout.js';
import type { Entry, LmdbFile } from './lmdb-file.js';
import { unpackRecord } from './record-codec.js';
import { Counting, noTotals, type Totals } from './totals.js';

export interface LoadOptions {
  readonly config: LaneConfig;
  /** The name of the lane's log from now on. */
  readonly log: string;
  /** Facts before this moment, and all but so many of the newest, need not be told again. */
  readonly facts_since: number;
  readonly facts_max: number;
  /** As if there were no image: all records are folded. */
  readonly without_image?: boolean;
}

export interface LoadedLane {
  readonly state: Omit<LaneState, 'forks'>;
  /** The number of the next record. */
  readonly next: number;
  readonly tail_records: number;
  readonly tail_bytes: number;
}

/** Throws `JournalDamaged`. */
export function loadLane(file: LmdbFile, number: number, head: Head, options: LoadOptions): LoadedLane {
  try {
    const totals = file.totals(number) ?? noTotals();
    const lane = thawImage(file, number, head, totals, options);
    trackChanges(lane, true);
    return foldTail(file, number, head, lane, totals, options);
  } catch (error) {
    if (error instanceof JournalDamaged && error.lane !== null) throw error;
    throw new JournalDamaged(error instanceof Error ? error.message : String(error), head.name);
  }
}

/** The batch in a log entry. Throws `JournalDamaged`. */
export function recordsOf({ key, value }: Entry): LaneRecord[] {
  const batch = unseal('log', key, value);
  if (!Array.isArray(batch)) throw new JournalDamaged(`record ${numberOf(key)} is no list of records`);
  return batch.map((packed: unknown) => unpackRecord(packed));
}

/** A lane that rests is not made until it is asked for; but what there is of it is looked at. Throws `JournalDamaged`. */
export function checkImage(file: LmdbFile, number: number, head: Head): void {
  try {
    const totals = file.totals(number) ?? noTotals();
    for (const table of ['image', 'facts'] as const) {
      const counting = new Counting();
      for (const { key, value } of file.under(table, laneKey(number))) {
        unseal(table, key, value);
        counting.add(value);
      }
      counting.hold(totals, table);
    }
    if (totals.last >= head.n) throw new JournalDamaged(`records ${head.n} to ${totals.last} are missing`);
  } catch (error) {
    throw new JournalDamaged(error instanceof Error ? error.message : String(error), head.name);
  }
}

function thawImage(file: LmdbFile, number: number, head: Head, totals: Totals, options: LoadOptions): Lane {
  const { config, log } = options;
  const counting = new Counting();
  if (options.without_image === true) {
    return thaw({ head: head.image, tasks: [], keys: [], ended: [], ended_keys: [] }, { lane: head.name, log, config });
  }
  const tasks: FrozenTask[] = [];
  const keys: FrozenKey[] = [];
  const ended: number[] = [];
  const ended_keys: string[] = [];
  for (const { key, value } of file.under('image', laneKey(number))) {
    const row = unseal('image', key, value);
    counting.add(value);
    const kind = imageRow(key);
    if (kind === 't') tasks.push(row as FrozenTask);
    else if (kind === 'k') keys.push(row as FrozenKey);
    else if (kind === 'e') ended.push(row as number);
    else ended_keys.push(row as string);
  }
  counting.hold(totals, 'image');
  const { ended_total, ended_keys_total } = head.image;
  if (ended.length !== ended_total - head.ended_from || ended_keys.length !== ended_keys_total - head.ended_keys_from) {
    throw new JournalDamaged('parts of its image are missing');
  }
  return thaw({ head: head.image, tasks, keys, ended, ended_keys }, { lane: head.name, log, config });
}

function foldTail(
  file: LmdbFile,
  number: number,
  head: Head,
  lane: Lane,
  totals: Totals,
  options: LoadOptions,
): LoadedLane {
  let facts: EventMessage[] = [];
  const counting = new Counting();
  const kept = options.without_image === true ? [] : file.under('facts', laneKey(number));
  for (const { key, value } of kept) {
    counting.add(value);
    for (const fact of unseal('facts', key, value) as EventMessage[]) facts.push({ ...fact, log: lane.log });
  }
  if (options.without_image !== true) counting.hold(totals, 'facts');
  if (facts.length !== head.facts || (facts.at(-1)?.seq ?? lane.seq) !== lane.seq) facts = [];
  const end = afterPrefix(laneKey(number));
  const first_told = lastSeq(file, number, head, end) - options.facts_max;
  let next = head.n;
  let tail_bytes = 0;
  let last = -1;
  for (const entry of file.range('log', numberKey(number, head.n), end)) {
    const n = numberOf(entry.key);
    last = n;
    if (n !== next) throw new JournalDamaged(`records ${next} to ${n - 1} are missing`);
    for (const record of recordsOf(entry)) {
      if (record.seq !== undefined && record.seq !== lane.seq + 1) {
        throw new JournalDamaged(`fact ${lane.seq + 1} is missing: record ${next} tells fact ${record.seq}`);
      }
      fold(lane, record);
      next += 1;
      if (record.seq === undefined) continue;
      const fact = record.seq > first_told && record.at >= options.facts_since ? factOf(lane, record, record.at) : null;
      if (fact !== null) facts.push(fact);
      // Replay is whole or not at all, so one that is not told ends all before it.
      else if (facts.length > 0) facts = [];
    }
    tail_bytes += entry.value.length;
  }
  // Those in between are numbered; that the last ones are there nothing else tells.
  if (totals.last >= head.n && totals.last !== last) {
    throw new JournalDamaged(`records ${next} to ${totals.last} are missing`);
  }
  const ended = lane.ended.slice(lane.ended_from).map((task) => task.task_id);
  return { state: { lane, facts, ended }, next, tail_records: next - head.n, tail_bytes };
}

/** The number of the lane's newest fact, near enough: what comes after its last batch's last fact carries none. */
function lastSeq(file: LmdbFile, number: number, head: Head, end: Buffer): number {
  for (const entry of file.range('log', numberKey(number, head.n), end, true)) {
    const last = recordsOf(entry).findLast(({ seq }) => seq !== undefined);
    if (last?.seq !== undefined) return last.seq;
  }
  return head.image.seq;
}

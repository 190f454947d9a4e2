/**
 * What lies behind a hole in a lane's log cannot be folded as it stands. But a task that was submitted there was
 * acknowledged, and a task that ended there is not to run again: both are recorded anew at the end of what is left. How far
 * such a task had come is lost with what was between.
 */
import { isTerminal } from '@cuehub/protocol';
import { DEFAULT_LANE_CONFIG, fold, type LaneRecord } from '../../core/index.js';
import type { Head } from './layout.js';
import type { LmdbFile } from './lmdb-file.js';
import { LaneBook } from './lane-book.js';
import { loadLane } from './load-lane.js';
import { Ops } from './ops.js';

const ENDS: ReadonlySet<LaneRecord['kind']> = new Set([
  'task.completed',
  'task.failed',
  'task.cancelled',
  'task.expired',
]);

/** Records again, in order, those of `records` that are wanted. How many tasks were submitted again. */
export function rescue(file: LmdbFile, number: number, head: Head, records: readonly LaneRecord[]): number {
  const options = { config: DEFAULT_LANE_CONFIG, log: 'repair.0', facts_since: 0, facts_max: 0 };
  const { state, next } = loadLane(file, number, head, options);
  const { lane } = state;
  const told: LaneRecord[] = [];
  let submitted = 0;
  for (const record of records) {
    if (!isWanted(record, (task_id) => lane.tasks.get(task_id)?.state)) continue;
    const again = { ...record, at: Math.max(record.at, lane.at), seq: lane.seq + 1 } as LaneRecord;
    fold(lane, again);
    told.push(again);
    if (record.kind === 'task.queued') submitted += 1;
  }
  const book = new LaneBook(number, head);
  book.next = next;
  book.add(told);
  const ops = new Ops();
  book.writePending(ops);
  file.commit([ops.take()]);
  file.refresh();
  return submitted;
}

function isWanted(
  record: LaneRecord,
  stateOf: (task_id: string) => Parameters<typeof isTerminal>[0] | undefined,
): boolean {
  if (!('task_id' in record)) return false;
  const state = stateOf(record.task_id);
  if (record.kind === 'task.queued') return state === undefined;
  return ENDS.has(record.kind) && state !== undefined && !isTerminal(state);
}

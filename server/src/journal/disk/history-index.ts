/**
 * Where in a lane's log the records of one task lie. All but the submission are in the table `tasks`; the submission is
 * found by the time that its id begins with.
 */
import type { LaneRecord } from '../../core/index.js';
import { taskIdTime } from '../task-id-time.js';
import { afterPrefix, laneKey, numberKey, numberOf, taskPrefix, unseal } from './layout.js';
import type { Entry, LmdbFile } from './lmdb-file.js';
import { recordsOf } from './load-lane.js';

/** A lane's time may run ahead of the clock that made the id, so a few batches after the first are looked at too. */
const BATCHES_AFTER = 64;

/** The batches with records of this task, oldest first. Those that are not kept any more are missing. */
export function batchesOf(file: LmdbFile, lane: number, task_id: string): LaneRecord[][] {
  const batches: LaneRecord[][] = [];
  const numbers = new Set<number>();
  for (const { key } of file.under('tasks', taskPrefix(lane, task_id))) numbers.add(numberOf(key));
  const submitted = submissionOf(file, lane, task_id);
  if (submitted !== null) numbers.add(submitted);
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const key = numberKey(lane, n);
    const value = file.get('log', key);
    if (value !== undefined) batches.push(recordsOf({ key, value }));
  }
  return batches;
}

/** The number of the batch in which the task was submitted, or null. */
export function submissionOf(file: LmdbFile, lane: number, task_id: string): number | null {
  const first = firstSince(file, lane, taskIdTime(task_id));
  if (first === null) return null;
  let looked_at = 0;
  for (const entry of file.range('log', numberKey(lane, first), afterPrefix(laneKey(lane)))) {
    if (recordsOf(entry).some((record) => record.kind === 'task.queued' && record.task_id === task_id)) {
      return numberOf(entry.key);
    }
    looked_at += 1;
    if (looked_at > BATCHES_AFTER) break;
  }
  return null;
}

/** The number of the first batch that has a record of `at` or later: one search by halves, since time never goes back. */
export function firstSince(file: LmdbFile, lane: number, at: number): number | null {
  const end = afterPrefix(laneKey(lane));
  const [oldest] = file.range('log', laneKey(lane), end);
  const [newest] = file.range('log', laneKey(lane), end, true);
  if (oldest === undefined || newest === undefined || lastTime(newest) < at) return null;
  let low = numberOf(oldest.key);
  let high = numberOf(newest.key);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    // Keys are of the first record of a batch: the batch that `middle` is in, or the next.
    const [entry] = file.range('log', numberKey(lane, middle), end);
    if (entry === undefined) break;
    const n = numberOf(entry.key);
    // Between `middle` and `n` there is no key, so what is found from `middle` on is the same.
    if (lastTime(entry) >= at) high = middle;
    else low = n + 1;
  }
  const [found] = file.range('log', numberKey(lane, low), end);
  return found === undefined ? null : numberOf(found.key);
}

/** Of a whole batch this is all that a search needs, so it is not unpacked. */
function lastTime({ key, value }: Entry): number {
  const batch = unseal('log', key, value);
  const last: unknown = Array.isArray(batch) ? batch.at(-1) : undefined;
  return Array.isArray(last) && typeof last[1] === 'number' ? last[1] : 0;
}

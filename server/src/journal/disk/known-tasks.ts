/**
 * Which tasks a journal knows of that have not ended, from everything in it that can be read: records, rows of images and
 * keys, whether or not they fit together. What is missing from the mended journal was lost, and can be told by its id.
 */
import { isTerminal } from '@cuehub/protocol';
import { DEFAULT_LANE_CONFIG, type FrozenKey, type FrozenTask } from '../../core/index.js';
import { type Head, imageRow, laneOf, type Table, unseal } from './layout.js';
import type { Entry, LmdbFile } from './lmdb-file.js';
import { loadLane, recordsOf } from './load-lane.js';

const ENDS: ReadonlySet<string> = new Set(['task.completed', 'task.failed', 'task.cancelled', 'task.expired']);

export interface LostTasks {
  readonly lane: string;
  readonly task_ids: readonly string[];
}

export class KnownTasks {
  readonly #submitted = new Map<number, Set<string>>();
  readonly #ended = new Set<string>();
  #epoch = 0;

  /** The highest one that is told of anywhere. */
  get epoch(): number {
    return this.#epoch;
  }

  addAll(file: LmdbFile): void {
    for (const table of ['image', 'log'] as const) for (const entry of file.all(table)) this.add(table, entry);
  }

  add(table: Table, entry: Entry): void {
    if (table !== 'image' && table !== 'log') return;
    try {
      if (table === 'log') this.#addRecords(entry);
      else this.#addRow(entry);
    } catch {
      // What cannot be read says nothing.
    }
  }

  /** Those that are not in `file`, by lane. */
  missingFrom(file: LmdbFile): readonly LostTasks[] {
    const there = new Set<string>();
    const names = new Map<number, string>();
    for (const { key, value } of file.all('lanes')) {
      const head = unseal('lanes', key, value) as Head;
      names.set(laneOf(key), head.name);
      const options = { config: DEFAULT_LANE_CONFIG, log: 'repair.0', facts_since: 0, facts_max: 0 };
      const { lane } = loadLane(file, laneOf(key), head, options).state;
      for (const task_id of lane.tasks.keys()) there.add(inLane(laneOf(key), task_id));
    }
    const lost: LostTasks[] = [];
    for (const [lane, submitted] of this.#submitted) {
      const task_ids = [...submitted].filter((task_id) => {
        const known = inLane(lane, task_id);
        return !this.#ended.has(known) && !there.has(known);
      });
      if (task_ids.length > 0) lost.push({ lane: names.get(lane) ?? `number ${lane}`, task_ids });
    }
    return lost;
  }

  #addRecords(entry: Entry): void {
    for (const record of recordsOf(entry)) {
      if (record.kind === 'task.queued') this.#submit(laneOf(entry.key), record.task_id);
      else if (ENDS.has(record.kind) && 'task_id' in record) this.#ended.add(inLane(laneOf(entry.key), record.task_id));
      else if ('epoch' in record && record.epoch > this.#epoch) this.#epoch = record.epoch;
    }
  }

  #addRow({ key, value }: Entry): void {
    const row = unseal('image', key, value);
    const kind = imageRow(key);
    if (kind === 't') {
      const [, task_id, , , , , , , , state, , , epoch] = row as FrozenTask;
      if (isTerminal(state)) this.#ended.add(inLane(laneOf(key), task_id));
      else this.#submit(laneOf(key), task_id);
      if (epoch > this.#epoch) this.#epoch = epoch;
    } else if (kind === 'k') {
      const [, task_id, , ended_state] = row as FrozenKey;
      if (ended_state === null) this.#submit(laneOf(key), task_id);
      else this.#ended.add(inLane(laneOf(key), task_id));
    }
  }

  #submit(lane: number, task_id: string): void {
    let submitted = this.#submitted.get(lane);
    if (submitted === undefined) {
      submitted = new Set();
      this.#submitted.set(lane, submitted);
    }
    submitted.add(task_id);
  }
}

function inLane(lane: number, task_id: string): string {
  return `${lane} ${task_id}`;
}

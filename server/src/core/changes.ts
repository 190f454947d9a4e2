/**
 * What of a lane's durable state changed since its image was last taken, so that the next image costs what changed and
 * not what is there. The fold calls `task` and `key` *before* it changes something: while an image is being written in
 * slices, what is about to change is frozen first, and the image stays that of one moment.
 */
import type { FrozenKey, FrozenTask } from './freeze.js';
import type { Lane } from './lane.js';
import type { Task } from './task.js';

/** What goes into one image: rows that are ready, and what is still to be frozen. */
export interface Cut {
  readonly tasks: FrozenTask[];
  readonly keys: FrozenKey[];
  /** `order` of tasks, and keys, that are no more. */
  readonly gone_tasks: number[];
  readonly gone_keys: string[];
}

interface Marks {
  readonly tasks: Set<Task>;
  /** Scoped keys that were set, changed or dropped. */
  readonly keys: Set<string>;
}

const noMarks = (): Marks => ({ tasks: new Set(), keys: new Set() });

export class Changes {
  readonly #lane: Lane;
  readonly #freezeTask: (task: Task) => FrozenTask;
  readonly #freezeKey: (lane: Lane, key: string) => FrozenKey | null;
  #marks = noMarks();
  /** Of the image being written. */
  #pending: Marks | null = null;
  #cut: Cut | null = null;

  /** How rows are made comes from outside: this file is used by the fold, which they look at from above. */
  constructor(
    lane: Lane,
    freezeTask: (task: Task) => FrozenTask,
    freezeKey: (lane: Lane, key: string) => FrozenKey | null,
  ) {
    this.#lane = lane;
    this.#freezeTask = freezeTask;
    this.#freezeKey = freezeKey;
  }

  get size(): number {
    return this.#marks.tasks.size + this.#marks.keys.size;
  }

  /** This task is about to change, or to be forgotten. */
  task(task: Task): void {
    if (this.#pending?.tasks.delete(task) === true) this.#rowOfTask(task);
    this.#marks.tasks.add(task);
  }

  key(key: string): void {
    if (this.#pending?.keys.delete(key) === true) this.#rowOfKey(key);
    this.#marks.keys.add(key);
  }

  /** Begins an image of this moment, one at a time. Its rows come with the slices; who has read them takes them out. */
  begin(): Cut {
    if (this.#cut !== null) throw new Error(`an image of lane ${this.#lane.name} is being written already`);
    this.#pending = this.#marks;
    this.#marks = noMarks();
    this.#cut = { tasks: [], keys: [], gone_tasks: [], gone_keys: [] };
    return this.#cut;
  }

  get writing(): boolean {
    return this.#cut !== null;
  }

  /** Freezes up to `rows_max` more rows. True when the image is whole. */
  slice(rows_max: number): boolean {
    const pending = this.#pending;
    if (pending === null) throw new Error('no image was begun');
    let rows = rows_max;
    for (const task of pending.tasks) {
      if (rows-- <= 0) return false;
      pending.tasks.delete(task);
      this.#rowOfTask(task);
    }
    for (const key of pending.keys) {
      if (rows-- <= 0) return false;
      pending.keys.delete(key);
      this.#rowOfKey(key);
    }
    this.#pending = null;
    this.#cut = null;
    return true;
  }

  #rowOfTask(task: Task): void {
    if (this.#lane.tasks.get(task.task_id) === task) this.#cut?.tasks.push(this.#freezeTask(task));
    else this.#cut?.gone_tasks.push(task.order);
  }

  #rowOfKey(key: string): void {
    const row = this.#freezeKey(this.#lane, key);
    if (row === null) this.#cut?.gone_keys.push(key);
    else this.#cut?.keys.push(row);
  }
}

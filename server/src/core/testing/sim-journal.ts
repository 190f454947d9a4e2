/**
 * The disk of the simulation: what the lanes of a hub wrote, in order, and how much of it is there for certain. Who waits
 * for a write hears of it when it is. A crash keeps all that was certain and as much of the rest as chance has it.
 */
import type { LaneRecord } from '../types.js';

export type SimEntry = { readonly at: number } & (
  | { readonly lane: string; readonly records: readonly LaneRecord[] }
  /** Epochs up to this one may be given. */
  | { readonly ceiling: number }
);

export class SimJournal {
  entries: SimEntry[] = [];
  /** So many entries survive whatever happens. */
  durable = 0;
  #waiting: { count: number; run: () => void }[] = [];

  append(entry: SimEntry): void {
    this.entries.push(entry);
  }

  /** When everything written so far is durable; at once when it is. */
  after(run: () => void): void {
    const count = this.entries.length;
    if (count <= this.durable) run();
    else this.#waiting.push({ count, run });
  }

  flush(count: number): void {
    if (count <= this.durable) return;
    this.durable = count;
    const due = this.#waiting.filter((waiting) => waiting.count <= count);
    this.#waiting = this.#waiting.filter((waiting) => waiting.count > count);
    for (const { run } of due) run();
  }

  /** Nobody who waited will ever hear. */
  crash(kept: number): void {
    if (kept < this.durable) throw new Error('a disk does not forget');
    this.entries = this.entries.slice(0, kept);
    this.durable = kept;
    this.#waiting = [];
  }

  ceiling(count: number): number {
    for (let i = count - 1; i >= 0; i -= 1) {
      const entry = this.entries[i]!;
      if ('ceiling' in entry) return entry.ceiling;
    }
    return 0;
  }

  hasEndOf(task_id: string, count: number): boolean {
    return this.entries.slice(0, count).some((entry) => 'records' in entry && entry.records.some(isEndOf(task_id)));
  }

  recordsOf(lane: string, from: number, to: number): LaneRecord[] {
    const found: LaneRecord[] = [];
    for (const entry of this.entries.slice(from, to)) {
      if ('lane' in entry && entry.lane === lane) found.push(...entry.records);
    }
    return found;
  }
}

const ENDS: ReadonlySet<string> = new Set(['task.completed', 'task.failed', 'task.cancelled', 'task.expired']);

function isEndOf(task_id: string): (record: LaneRecord) => boolean {
  return (record) => ENDS.has(record.kind) && 'task_id' in record && record.task_id === task_id;
}

/**
 * What the journal knows of one lane on the disk: how far its log goes and where its image stands. Owns how records and
 * images become writes; when that happens is decided in `disk.ts`.
 */
import type { EventMessage } from '@cuehub/protocol';
import {
  type Changes,
  type Cut,
  freezeHead,
  type FrozenHead,
  type Lane,
  type LaneRecord,
  trackChanges,
} from '../../core/index.js';
import type { Forks, LaneState, LiveLane } from '../port.js';
import { type Head, imageKey, laneKey, numberKey, taskKey } from './layout.js';
import { Ops } from './ops.js';
import { indexedTasksOf, packRecord } from './record-codec.js';

/** Records in one entry of the log. */
const BATCH_RECORDS_MAX = 256;
/** Facts in one entry of `facts`. */
const FACTS_PER_ENTRY = 256;
/** Rows of an image that are made before others get their turn. */
export const SLICE_ROWS = 256;

/** An image in the making. */
interface Image {
  readonly cut: Cut;
  readonly ops: Ops;
  readonly head: Head;
  /** Bytes of the log at its beginning. */
  readonly log_bytes: number;
}

export class LaneBook {
  readonly number: number;
  readonly name: string;
  readonly stem: string;
  forks: Forks;
  generation: number;
  /** The lane, while it is in memory or on its way out. */
  live: LiveLane | null = null;
  /** The state of a lane that was parked and whose image is not on the disk yet. */
  leaving: LaneState | null = null;
  /** Where the image on the disk stands: records before this one may go. */
  durable_n: number;
  /** The number of the next record. */
  next = 0;
  tail_records = 0;
  tail_bytes = 0;
  /** All that is kept of the log. */
  log_bytes = 0;
  log_from = 0;
  log_from_at: number;
  image: FrozenHead;
  #pending: LaneRecord[] = [];
  #ended_from: number;
  #ended_keys_from: number;
  #facts: number;
  #n: number;
  #making: Image | null = null;
  #seen: { seq: number; started: boolean; tasks_completed: number; log: string };

  constructor(number: number, head: Head) {
    this.number = number;
    this.name = head.name;
    this.stem = head.stem;
    this.forks = head.forks;
    this.generation = head.generation;
    this.image = head.image;
    this.#n = head.n;
    this.durable_n = head.n;
    this.next = head.n;
    this.log_bytes = head.log_bytes;
    this.log_from = head.log_from;
    this.log_from_at = head.log_from_at;
    this.#ended_from = head.ended_from;
    this.#ended_keys_from = head.ended_keys_from;
    this.#facts = head.facts;
    const { seq, started, tasks_completed } = head.image;
    this.#seen = { seq, started, tasks_completed, log: this.log };
  }

  get log(): string {
    return `${this.stem}.${this.generation}`;
  }

  /** The image is of the moment before this record. */
  get n(): number {
    return this.#n;
  }

  get making(): boolean {
    return this.#making !== null;
  }

  /** What is told of it while it is parked. */
  get seen(): {
    readonly seq: number;
    readonly started: boolean;
    readonly tasks_completed: number;
    readonly log: string;
  } {
    return this.#seen;
  }

  /** The lane is in memory. `known`: as the store has it, so that only what changes from now on is for the next image. */
  attach(live: LiveLane, known: boolean): void {
    this.live = live;
    if (!known || live.lane.changes === null) trackChanges(live.lane, known);
  }

  add(records: readonly LaneRecord[]): void {
    this.#pending.push(...records);
  }

  /** Drops what was not written, for a journal that will write the lane's state instead. */
  forgetPending(): void {
    this.#pending = [];
  }

  get head(): Head {
    return {
      name: this.name,
      stem: this.stem,
      generation: this.generation,
      forks: this.forks,
      n: this.#n,
      image: this.image,
      ended_from: this.#ended_from,
      ended_keys_from: this.#ended_keys_from,
      facts: this.#facts,
      log_bytes: this.log_bytes - this.tail_bytes,
      log_from: this.log_from,
      log_from_at: this.log_from_at,
    };
  }

  writeHead(ops: Ops): void {
    ops.put('lanes', laneKey(this.number), JSON.stringify(this.head));
  }

  /** Bytes of log that were written. */
  writePending(ops: Ops): number {
    const records = this.#pending;
    if (records.length === 0) return 0;
    this.#pending = [];
    let bytes = 0;
    for (let from = 0; from < records.length; from += BATCH_RECORDS_MAX) {
      bytes += this.#writeBatch(ops, records.slice(from, from + BATCH_RECORDS_MAX));
    }
    if (this.log_bytes === 0) {
      this.log_from = this.next - records.length;
      this.log_from_at = records[0]?.at ?? 0;
    }
    this.tail_records += records.length;
    this.tail_bytes += bytes;
    this.log_bytes += bytes;
    return bytes;
  }

  #writeBatch(ops: Ops, records: readonly LaneRecord[]): number {
    const n = this.next;
    const bytes = ops.put('log', numberKey(this.number, n), JSON.stringify(records.map(packRecord)));
    const tasks = new Set<string>();
    for (const record of records) for (const task_id of indexedTasksOf(record)) tasks.add(task_id);
    for (const task_id of tasks) ops.put('tasks', taskKey(this.number, task_id, n), '');
    this.next += records.length;
    return bytes;
  }

  /** Begins an image of this moment; all records so far are written. Of a whole one nothing of the image before stays. */
  begin({ facts, whole }: { facts: readonly EventMessage[]; whole: boolean }): void {
    const { live } = this;
    if (live === null) throw new Error(`lane ${this.name} is not in memory`);
    const { lane } = live;
    if (whole) trackChanges(lane);
    const changes = changesOf(lane);
    const ops = new Ops();
    if (whole) ops.deletePrefix('image', laneKey(this.number));
    const ended_from = lane.ended_total - (lane.ended.length - lane.ended_from);
    const ended_keys_from = lane.ended_keys_total - (lane.ended_keys.length - lane.ended_keys_from);
    const cut = changes.begin();
    const before = whole ? null : this.image;
    this.#list(ops, 'e', this.#ended_from, ended_from, before?.ended_total ?? 0, lane.ended_total, (place) =>
      String(lane.ended[lane.ended_from + place - ended_from]?.order),
    );
    this.#list(
      ops,
      'x',
      this.#ended_keys_from,
      ended_keys_from,
      before?.ended_keys_total ?? 0,
      lane.ended_keys_total,
      (place) => JSON.stringify(lane.ended_keys[lane.ended_keys_from + place - ended_keys_from]),
    );
    if (this.#facts > 0) ops.deletePrefix('facts', laneKey(this.number));
    for (let from = 0; from < facts.length; from += FACTS_PER_ENTRY) {
      const some = JSON.stringify(facts.slice(from, from + FACTS_PER_ENTRY));
      ops.put('facts', numberKey(this.number, from / FACTS_PER_ENTRY), some);
    }
    const image = freezeHead(lane);
    const log_bytes = this.log_bytes;
    const head: Head = { ...this.head, n: this.next, image, ended_from, ended_keys_from, facts: facts.length };
    this.#making = { cut, ops, head, log_bytes };
  }

  /** One more slice of the image. What is to be written when it is whole, else null. */
  slice(rows_max = SLICE_ROWS): Ops | null {
    const making = this.#making;
    if (making === null || this.live === null) throw new Error(`no image of lane ${this.name} was begun`);
    const { cut, ops } = making;
    const whole = changesOf(this.live.lane).slice(rows_max);
    for (const row of cut.tasks.splice(0)) ops.put('image', imageKey(this.number, 't', row[0]), JSON.stringify(row));
    for (const row of cut.keys.splice(0)) ops.put('image', imageKey(this.number, 'k', row[0]), JSON.stringify(row));
    for (const order of cut.gone_tasks.splice(0)) ops.delete('image', imageKey(this.number, 't', order));
    for (const key of cut.gone_keys.splice(0)) ops.delete('image', imageKey(this.number, 'k', key));
    if (!whole) return null;
    this.#making = null;
    const { head } = making;
    this.tail_bytes = this.log_bytes - making.log_bytes;
    this.tail_records = this.next - head.n;
    this.image = head.image;
    this.#n = head.n;
    this.#ended_from = head.ended_from;
    this.#ended_keys_from = head.ended_keys_from;
    this.#facts = head.facts;
    const { seq, started, tasks_completed } = head.image;
    this.#seen = { seq, started, tasks_completed, log: this.log };
    this.writeHead(ops);
    return ops;
  }

  /** What was half made is of no use any more. */
  abandonImage(): void {
    this.#making = null;
  }

  /** Places `[from, total)` of a list: those up to `total_before` are in the store, from `from_before` on. */
  #list(
    ops: Ops,
    row: 'e' | 'x',
    from_before: number,
    from: number,
    total_before: number,
    total: number,
    json: (place: number) => string,
  ): void {
    for (let place = from_before; place < Math.min(from, total_before); place += 1) {
      ops.delete('image', imageKey(this.number, row, place));
    }
    for (let place = Math.max(from, total_before); place < total; place += 1) {
      ops.put('image', imageKey(this.number, row, place), json(place));
    }
  }
}

function changesOf(lane: Lane): Changes {
  if (lane.changes === null) throw new Error(`nobody keeps book of what changes in lane ${lane.name}`);
  return lane.changes;
}

/**
 * History from the log of one lane, with what the lane in memory says before what was written. Pages are made by reading
 * the log backwards from where the page before ended; other lanes are never looked at.
 */
import { type EventMessage, isTerminal, type TaskState, type TaskView } from '@cuehub/protocol';
import type { Lane, LaneRecord } from '../../core/index.js';
import {
  beginsWithSubmission,
  factsAbout,
  inState,
  isAskedFor,
  livingTasks,
  timelinePage,
  viewOfLiving,
} from '../living-history.js';
import type { History, HistoryPage, HistoryQuery, LiveLane, TaskQuery, Timeline, TimelineQuery } from '../port.js';
import { firstSince, submissionOf } from './history-index.js';
import type { LaneBook } from './lane-book.js';
import type { LmdbFile } from './lmdb-file.js';
import { type Batch, LogReading } from './log-reading.js';
import { Retelling, type RetellingOptions, submissionOfLiving } from './retelling.js';

/** A page ends after so much of the log, whatever was found. */
export const PAGE_BYTES_MAX = 64 * 1024 ** 2;

export interface DiskHistoryOptions {
  readonly file: LmdbFile;
  readonly books: ReadonlyMap<string, LaneBook>;
  readonly config: Lane['config'];
  readonly isOpen: () => boolean;
  /** For tests. */
  readonly page_bytes_max?: number;
}

/** A task out of the log, or how far down it was read without one; `enough`: it is not read further. */
type Found =
  | { readonly task_id: string; readonly view: TaskView }
  | { readonly task_id: string; readonly view: null; readonly enough: boolean };

const ENDS: ReadonlyMap<LaneRecord['kind'], TaskState> = new Map([
  ['task.completed', 'completed'],
  ['task.failed', 'failed'],
  ['task.cancelled', 'cancelled'],
  ['task.expired', 'expired'],
]);

type Submission = Extract<LaneRecord, { kind: 'task.queued' }>;

export class DiskHistory implements History {
  readonly #options: DiskHistoryOptions;

  constructor(options: DiskHistoryOptions) {
    this.#options = options;
  }

  async tasks(name: string, live: LiveLane | null, query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage> {
    const living = live === null ? [].values() : livingTasks(live.lane, query);
    const book = this.#options.books.get(name);
    // What has not ended is in memory, whole.
    const ended = query.states === undefined || query.states.some(isTerminal);
    const written = book === undefined || !ended ? null : this.#written(book, live, query, signal);
    const tasks: TaskView[] = [];
    let mine = living.next();
    let theirs: IteratorResult<Found, void> | null = written === null ? { done: true, value: undefined } : null;
    for (;;) {
      if (tasks.length === query.limit) {
        // Whether the log has more is not looked for: that may take as long as the whole page.
        const over = mine.done === true && theirs?.done === true;
        return over ? { tasks } : { tasks, next: tasks.at(-1)!.task_id };
      }
      theirs ??= (await written?.next()) ?? { done: true, value: undefined };
      if (mine.done !== true && (theirs.done === true || mine.value.task_id > theirs.value.task_id)) {
        if (live !== null) tasks.push(viewOfLiving(live.lane, mine.value, query));
        mine = living.next();
      } else if (theirs.done === true) return { tasks };
      else {
        const found = theirs.value;
        if (found.view !== null) tasks.push(found.view);
        else if (found.enough) return { tasks, next: found.task_id };
        theirs = null;
      }
    }
  }

  async timeline(
    name: string,
    live: LiveLane | null,
    query: TimelineQuery,
    signal?: AbortSignal,
  ): Promise<Timeline | null> {
    const { task_id, limit, after = 0 } = query;
    const facts: EventMessage[] = [];
    const book = this.#options.books.get(name);
    const known = live?.lane.tasks.has(task_id) ?? false;
    let complete = false;
    if (book !== undefined) {
      const reading = this.#reading(book, signal);
      const retelling = new Retelling(this.#retellingOf(book), task_id);
      const submitted = submissionOf(reading.file, book.number, task_id);
      complete = submitted !== null;
      const submission = complete || live === null ? null : submissionOfLiving(live.lane, task_id);
      if (submission !== null) retelling.add(submission);
      let batch = submitted === null ? await reading.nextOf(task_id, -1) : await reading.batch(submitted);
      for (; batch !== null; batch = await reading.nextOf(task_id, batch.n)) {
        for (const record of batch.records) {
          const fact = complete || submission !== null ? retelling.add(record) : null;
          if (fact !== null && fact.seq > after) facts.push(fact);
        }
        if (facts.length > limit) return timelinePage(facts, complete, query);
      }
    }
    const told = Math.max(after, facts.at(-1)?.seq ?? 0);
    const newer = live === null ? [] : factsAbout(live.facts(), task_id);
    if (facts.length === 0 && !complete) complete = beginsWithSubmission(newer);
    if (!known && !complete && newer.length === 0) return null;
    return timelinePage([...facts, ...newer.filter(({ seq }) => seq > told)], complete, query);
  }

  async task({ lane: name, task_id, now_ms, with_payload }: TaskQuery): Promise<TaskView | null> {
    const { books } = this.#options;
    const named = name === null ? undefined : books.get(name);
    for (const book of name === null ? [...books.values()] : named === undefined ? [] : [named]) {
      const reading = this.#reading(book, undefined);
      // Whatever has ended is in the index of its lane, so that the other lanes cost one look each.
      if ((await reading.nextOf(task_id, -1)) === null) continue;
      const submitted = submissionOf(reading.file, book.number, task_id);
      if (submitted === null) return null;
      const retelling = new Retelling(this.#retellingOf(book), task_id);
      let batch = await reading.batch(submitted);
      for (; batch !== null; batch = await reading.nextOf(task_id, batch.n)) {
        for (const record of batch.records) retelling.add(record);
      }
      const view = retelling.view(now_ms, with_payload);
      return view !== null && isTerminal(view.state) ? view : null;
    }
    return null;
  }

  keptFrom(name: string): number | null {
    const book = this.#options.books.get(name);
    return book === undefined || book.log_bytes === 0 ? null : book.log_from_at;
  }

  #retellingOf(book: LaneBook): RetellingOptions {
    return { lane: book.name, log: book.log, config: this.#options.config };
  }

  #reading(book: LaneBook, signal: AbortSignal | undefined): LogReading {
    const { file, isOpen } = this.#options;
    if (!isOpen()) throw new Error('the journal is closed');
    return new LogReading({ file, lane: book.number, isOpen, signal });
  }

  /** Tasks that the lane in memory does not have, the latest submitted first, and how far they were looked for. */
  async *#written(
    book: LaneBook,
    live: LiveLane | null,
    query: HistoryQuery,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Found, void> {
    const { page_bytes_max = PAGE_BYTES_MAX } = this.#options;
    const reading = this.#reading(book, signal);
    const { since = 0, before } = query;
    const from = before === undefined ? null : submissionOf(reading.file, book.number, before);
    /** How tasks ended whose submission is still to come: who is asked for by state need not be looked at whole. */
    const ends = new Map<string, TaskState>();
    let batch = await reading.upTo(startOf(reading, query, from));
    for (; batch !== null; batch = await reading.upTo(batch.n - 1)) {
      if ((batch.records.at(-1)?.at ?? 0) < since) return;
      // Of the batch in which the page before ended only what came before its last task.
      let skipping = batch.n === from;
      let seen: string | null = null;
      for (let i = batch.records.length - 1; i >= 0; i -= 1) {
        const record = batch.records[i]!;
        const end = query.states === undefined ? undefined : ENDS.get(record.kind);
        if (end !== undefined && 'task_id' in record) ends.set(record.task_id, end);
        if (record.kind !== 'task.queued') continue;
        const { task_id } = record;
        const ended = ends.get(task_id);
        ends.delete(task_id);
        if (skipping) {
          skipping = task_id !== before;
          continue;
        }
        if (before !== undefined && from === null && task_id >= before) continue;
        const isCandidate = ended === undefined || inState(ended, query);
        const view = isCandidate ? await this.#viewOf(book, reading, { batch, record, live, query }) : null;
        if (view !== null) yield { task_id, view };
        else seen = task_id;
        if (reading.bytes > page_bytes_max) {
          yield { task_id, view: null, enough: true };
          return;
        }
      }
      if (seen !== null) yield { task_id: seen, view: null, enough: false };
    }
  }

  /** Null for a task that is not asked for, or that the lane in memory tells itself. */
  async #viewOf(
    book: LaneBook,
    reading: LogReading,
    found: { batch: Batch; record: Submission; live: LiveLane | null; query: HistoryQuery },
  ): Promise<TaskView | null> {
    const { record, live, query } = found;
    const { task_id, task, source, at } = record;
    if (live?.lane.tasks.has(task_id) === true) return null;
    if (!isAskedFor({ name: task.name, source, submitted_at: at }, query)) return null;
    const retelling = new Retelling(this.#retellingOf(book), task_id);
    let batch: Batch | null = found.batch;
    for (; batch !== null; batch = await reading.nextOf(task_id, batch.n)) {
      for (const one of batch.records) retelling.add(one);
    }
    const view = retelling.view(query.now_ms);
    return view !== null && inState(view.state, query) ? view : null;
  }
}

/** The newest batch that can have a task of the page. */
function startOf({ file, lane }: LogReading, { until }: HistoryQuery, from: number | null): number {
  const start = from ?? Number.POSITIVE_INFINITY;
  const end = until === undefined ? null : firstSince(file, lane, until);
  return end === null ? start : Math.min(start, end);
}

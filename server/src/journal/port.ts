/**
 * What the hub needs of a journal, whatever keeps it: in memory, on a disk, later in a cluster. Every adapter runs
 * `testing/journal-contract.ts`.
 *
 * Writes answer `undefined` when they are durable (as far as this adapter promises) the moment they return, and a promise
 * otherwise: an adapter in memory never costs a turn of the loop that way. The promise resolves when the write is durable,
 * which may be long after a disk failed and came back, and in the order of the writes. It rejects only when nothing of
 * the write will be there after a restart. Whether it takes writes now is told by `context.health`.
 */
import type { EventMessage, TaskState, TaskView } from '@cuehub/protocol';
import type { Clock } from '../config/clock.js';
import type { Lane, LaneConfig, LaneRecord } from '../core/index.js';

export type Durable = Promise<void> | undefined;

/** A session that has claims (PROTOCOL §3): enough to give it back after a restart. Never the resume token itself. */
export interface SessionRecord {
  readonly session_id: string;
  readonly principal: string;
  readonly client: { readonly name: string; readonly kind: string; readonly version?: string };
  readonly resume_hash: string;
  /** Of the token before; good until the client has shown that it got the new one. */
  readonly previous_hash: string | null;
  readonly workers: { readonly [lane: string]: readonly string[] };
  readonly lanes: readonly string[];
}

export type Forks = { readonly [log: string]: number };

/** A lane as it was when it left memory, or as the fold of its records gives it after a restart. */
export interface LaneState {
  readonly lane: Lane;
  /** The newest facts, oldest first, as far as they are kept for replay. */
  readonly facts: readonly EventMessage[];
  /** Ended tasks that are still known, in the order of their end. */
  readonly ended: readonly string[];
  /** Logs before this one and the `seq` up to which they agree with it. */
  readonly forks: Forks;
}

/** A lane in memory. Between two steps the journal may ask for its state, which is that after the records so far. */
export interface LiveLane {
  readonly lane: Lane;
  readonly forks: Forks;
  /** The newest facts, oldest first, as far as they are kept for replay. */
  facts(): readonly EventMessage[];
}

/** A lane that has nothing to do and is not in memory. */
export interface ParkedLane {
  readonly name: string;
  readonly log: string;
  readonly seq: number;
  readonly started: boolean;
  readonly tasks_completed: number;
}

/** What a start found, for the log and for `/readyz`. */
export interface Recovery {
  /** Whether the hub before had stopped in peace. */
  readonly clean: boolean;
  readonly lanes: number;
  readonly tasks: number;
  readonly records: number;
  readonly duration_ms: number;
}

export interface JournalStart {
  /** Epochs up to this one may have been given; the first grant takes the next. */
  readonly epoch: number;
  readonly sessions: readonly SessionRecord[];
  /** Lanes that must be in memory because something waits, runs or is claimed there, or ended a short while ago. */
  readonly lanes: readonly LaneState[];
  /** The others, the one first that was at rest for the longest time. */
  readonly parked: readonly ParkedLane[];
  /** Until when a hub is known to have lived with this journal, Unix milliseconds; null for a new one. */
  readonly down_at: number | null;
  /** Null where there was nothing to recover from. */
  readonly recovery: Recovery | null;
}

/** What the journal needs of the hub. */
export interface JournalContext {
  readonly clock: Clock;
  readonly config: LaneConfig;
  readonly limits: { readonly fact_ring_ms: number; readonly fact_ring_items_max: number };
  /** Called when writes begin to fail, and with null when they are taken again. */
  readonly health: (error: Error | null) => void;
}

export interface HistoryQuery {
  readonly states?: readonly TaskState[] | undefined;
  readonly name?: string | undefined;
  /** Name, kind or session of the client that submitted it. */
  readonly source?: string | undefined;
  /** Submitted at this moment or later; Unix milliseconds. */
  readonly since?: number | undefined;
  /** Submitted before this moment. */
  readonly until?: number | undefined;
  readonly limit: number;
  /** `next` of the page before, or any task: older ones follow. */
  readonly before?: string | undefined;
  /** Running times count up to here. */
  readonly now_ms: number;
}

export interface HistoryPage {
  /** The latest submitted first. Fewer than asked for, even none, where much had to be looked through: `next` goes on. */
  readonly tasks: readonly TaskView[];
  readonly next?: string;
}

export interface TaskQuery {
  /** Null for any. */
  readonly lane: string | null;
  readonly task_id: string;
  readonly now_ms: number;
  /** Its `args` and `meta` too. */
  readonly with_payload: boolean;
}

export interface TimelineQuery {
  readonly task_id: string;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: number | undefined;
}

export interface Timeline {
  /** In the order of their `seq`. Those told after a restart say nothing of what was only of the moment. */
  readonly facts: readonly EventMessage[];
  /** False where the task's beginning is not kept any more. */
  readonly complete: boolean;
  readonly next?: number;
}

/**
 * What passed, as far as it is kept. `live` is the lane where it is in memory: what that says goes before what was
 * written, which may be a moment behind. Both reject when the signal is aborted.
 */
export interface History {
  tasks(lane: string, live: LiveLane | null, query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage>;
  /** Null for a task of which nothing is kept here. */
  timeline(lane: string, live: LiveLane | null, query: TimelineQuery, signal?: AbortSignal): Promise<Timeline | null>;
  /** A task that has ended and left memory; null where nothing is kept of it, at once where nothing ever is. */
  task(query: TaskQuery): Promise<TaskView | null> | null;
  /** The time of the oldest record of a lane; null where none are kept. */
  keptFrom(lane: string): number | null;
}

export interface Journal {
  readonly history: History;
  /** Comes before everything else. Rejects when what is there is damaged, or another process has it. */
  open(context: JournalContext): Promise<JournalStart> | JournalStart;
  /** Identity of the log of a lane that does not exist yet. */
  logFor(lane: string): string;
  append(of: LiveLane, records: readonly LaneRecord[]): Durable;
  /** After it is durable, epochs up to `ceiling` may be given. */
  reserveEpochs(ceiling: number): Durable;
  saveSession(session: SessionRecord): Durable;
  endSession(session_id: string): Durable;
  /** The lane leaves memory. */
  park(lane: string, state: LaneState): void;
  /** A parked lane, as it was; null when there is none of that name. It is parked no longer. */
  unpark(name: string): LaneState | null;
  /** Drops a parked lane for good. A lane of that name that is made later has another log. */
  forget(lane: string): void;
  /** What it is and how it does, for `/readyz`: nothing that strangers may not read. */
  describe(): { readonly [detail: string]: unknown };
  /**
   * Somebody waits for what was written so far. What nobody waits for may gather for some milliseconds before it goes to
   * the disk: its promise resolves all the same.
   */
  hurry(): void;
  close(): Promise<void> | void;
}

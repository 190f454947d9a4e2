/**
 * The state of one lane: its tasks, floor, queue, sessions and keys. Data and constructors only;
 * `fold.ts` changes what is durable, `step.ts` and its parts decide.
 *
 * Task states:
 *
 *   queued ──► running ──► pausing ──► paused ──► running …
 *     ▲          │  │                    │
 *     │          │  └──► cancelling ──┐  │
 *     └─(restart, retry)──────────────┤  │
 *                ▼                    ▼  ▼
 *        completed · failed · cancelled · expired
 */
import {
  DURATIONS,
  LIMITS,
  type By,
  type Deferred,
  type Json,
  type Preempt,
  type PriorityLevel,
  type ResolvedTask,
  type StreamPositions,
  type TaskError,
  type TaskSource,
  type TaskState,
} from '@cuehub/protocol';
import type { Changes } from './changes.js';
import { OrderIndex } from './order-index.js';
import type { Stream } from './stream.js';
import { Timers, type Timer } from './timers.js';
import type { CancelThen, LaneConfig } from './types.js';
import { WaitingQueue, type Waiting } from './waiting-queue.js';
import { Workers } from './workers.js';

export const DEFAULT_LANE_CONFIG: LaneConfig = { ...LIMITS, ...DURATIONS };

/** Who has a task's live run in its hands, from its dispatch through all of its resumes. */
export interface Run {
  session_id: string;
  principal: string;
  /** Of the grant that began it. */
  first_epoch: number;
}

/** A counted lease on the floor that makes `can_interrupt` false while its task runs. */
export interface Hold {
  readonly hold_id: string;
  readonly reason: string | undefined;
  readonly taken_at: number;
  expires_at: number;
}

/** Most tasks have none, and one array for each of them would be kept as long as they are. */
export const NO_KEYS: readonly string[] = [];

export interface Task extends Waiting<Task>, Timer {
  readonly task_id: string;
  readonly order: number;
  readonly spec: ResolvedTask;
  readonly preempt: Preempt;
  readonly principal: string;
  readonly source: TaskSource;
  readonly fingerprint: string;
  readonly bytes: number;
  level: PriorityLevel;
  called: boolean;

  state: TaskState;
  reason: string | undefined;
  /** Starts so far. */
  attempt: number;
  epoch: number;
  /** Who has the live run in its hands; null before a start and after a run was given up. */
  run: Run | null;
  /** The session that runs an `executor: self` task. */
  self_session: string | null;
  /** The next start is a restart: it uses no attempt. */
  restart: boolean;
  retry_at: number | null;
  readonly submitted_at: number;
  started_at: number | null;
  ended_at: number | null;
  running_ms: number;
  running_since: number | null;
  paused_ms: number;
  paused_since: number | null;
  /** From when `resume_ttl_ms` counts: the pause, or the end of the last child that it waited for. */
  resume_ttl_since: number | null;
  interruptions: number;
  checkpoint: Json | undefined;
  checkpoint_streams: StreamPositions | null;
  /** Whether the present run was dispatched with a resume point; gives `from_seq` its default. */
  has_resume: boolean;
  streams: Map<string, Stream> | null;
  /** Children that this task waits for, and tasks that wait for this one. */
  awaiting: Set<string> | null;
  waiters: Set<string> | null;
  /** What becomes of a task that is `cancelling`. */
  cancel_then: CancelThen | null;
  result: Json | undefined;
  error: TaskError | undefined;
  /** Idempotency keys that answer for it. */
  keys: readonly string[];

  // What follows is of the moment and not in the fold: a restart of the hub ends all of it.
  retry_due: boolean;
  /** Its run is from before a restart of the hub, which may have taken back grants that the client knows. */
  recovered: boolean;
  deferred: Deferred | null;
  /** Epoch of the holder for which `task.deferred` was told last. */
  deferred_epoch: number;
  /** Floor holds by id; those of streams live with their stream. */
  holds: Map<string, Hold> | null;
  grace_until: number | null;
  grace_style: 'now' | 'finish';
  displaced_by: By | null;
  progress_at: number;
  progress: { ratio?: number; note?: string } | null;
}

/** What the lane knows of a session: only those that run, wait or registered here. */
export interface LaneSession extends Timer {
  readonly session_id: string;
  /** Sessions that were known to the lane before this one, ever. */
  readonly number: number;
  principal: string;
  connected: boolean;
  /** Names and prefixes it registered for. Who of the connected ones serves a name is in `workers`. */
  readonly names: Set<string>;
  /** Tasks it has a claim on: runs in its hands, and its waiting `self` tasks. */
  readonly tasks: OrderIndex<Task>;
}

export interface KeyEntry {
  readonly task_id: string;
  readonly fingerprint: string;
  /** State at the end, for when the task itself was forgotten. */
  ended_state: TaskState | null;
  expires_at: number | null;
}

export interface Lane {
  readonly name: string;
  /** Identity of the log that `seq` counts in; the hub changes it after an unclean stop. */
  log: string;
  readonly config: LaneConfig;
  /** Number of the last fact. */
  seq: number;
  /** Time of the last record; never decreases. */
  at: number;
  /** Submissions so far. */
  order: number;
  started: boolean;
  /** While stopped: the holder finishes instead of being paused. */
  drain: boolean;
  readonly tasks: Map<string, Task>;
  holder: Task | null;
  readonly queue: WaitingQueue<Task>;
  readonly keys: Map<string, KeyEntry>;
  readonly dedupe: Map<string, Set<Task>>;
  readonly sessions: Map<string, LaneSession>;
  sessions_total: number;
  /** Connected sessions by the names that they registered for. */
  readonly workers: Workers<LaneSession>;
  readonly timers: Timers<Task | LaneSession>;
  readonly deferred: Set<Task>;
  tasks_queued: number;
  tasks_paused: number;
  tasks_completed: number;
  /** Waiting tasks by level (index 1–5), and the bytes of their payloads. */
  readonly waiting_by_level: number[];
  waiting_bytes: number;
  /** Ended tasks in the order of their end, oldest first; `ended_from` is the first that is still known. */
  readonly ended: Task[];
  ended_from: number;
  readonly ended_keys: string[];
  ended_keys_from: number;
  /** How many were ever added to these two lists: places in a list that is trimmed need something to count from. */
  ended_total: number;
  ended_keys_total: number;
  /** Live tasks that opened a stream. */
  readonly streaming: OrderIndex<Task>;
  /** Ended tasks whose chunks are still kept, oldest end first. */
  readonly fading: Task[];
  /** Kept when images of the lane are taken. */
  changes: Changes | null;
}

export interface LaneOptions {
  readonly lane: string;
  readonly log: string;
  readonly config?: LaneConfig;
}

export function createLane(options: LaneOptions): Lane {
  const lane: Lane = {
    name: options.lane,
    log: options.log,
    config: options.config ?? DEFAULT_LANE_CONFIG,
    seq: 0,
    at: 0,
    order: 0,
    started: true,
    drain: false,
    tasks: new Map(),
    holder: null,
    queue: new WaitingQueue<Task>((kind, id) => isExecutorReady(lane, kind, id)),
    keys: new Map(),
    dedupe: new Map(),
    sessions: new Map(),
    sessions_total: 0,
    workers: new Workers(),
    timers: new Timers(),
    deferred: new Set(),
    tasks_queued: 0,
    tasks_paused: 0,
    tasks_completed: 0,
    waiting_by_level: [0, 0, 0, 0, 0, 0],
    waiting_bytes: 0,
    ended: [],
    ended_from: 0,
    ended_keys: [],
    ended_keys_from: 0,
    ended_total: 0,
    ended_keys_total: 0,
    streaming: new OrderIndex(),
    fading: [],
    changes: null,
  };
  return lane;
}

const NO_STREAMS: readonly Stream[] = [];

export function streamsOf(task: Task): Iterable<Stream> {
  return task.streams === null ? NO_STREAMS : task.streams.values();
}

export function hasChunks(task: Task): boolean {
  for (const stream of streamsOf(task)) if (stream.kept.length > 0) return true;
  return false;
}

export function scopedKey(principal: string, key: string): string {
  return `${principal}\u0000${key}`;
}

function isExecutorReady(lane: Lane, kind: 'worker' | 'session', id: string): boolean {
  if (kind === 'worker') return lane.workers.serve(id);
  return lane.sessions.get(id)?.connected ?? false;
}

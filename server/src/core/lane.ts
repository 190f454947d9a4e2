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
import { DURATIONS, LIMITS, type TaskState } from '@cuehub/protocol';
import type { Changes } from './changes.js';
import { LazyMap } from './lazy-map.js';
import { OrderIndex } from './order-index.js';
import type { Stream } from './stream.js';
import { Timers, type Timer } from './timers.js';
import type { Task } from './task.js';
import type { LaneConfig } from './types.js';
import { WaitingQueue } from './waiting-queue.js';
import { Workers } from './workers.js';

export const DEFAULT_LANE_CONFIG: LaneConfig = { ...LIMITS, ...DURATIONS };

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
  readonly keys: LazyMap<string, KeyEntry>;
  readonly dedupe: LazyMap<string, Set<Task>>;
  readonly sessions: Map<string, LaneSession>;
  sessions_total: number;
  /** Connected sessions by the names that they registered for. */
  readonly workers: Workers<LaneSession>;
  readonly timers: Timers<Task | LaneSession>;
  readonly deferred: OrderIndex<Task>;
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
    keys: new LazyMap(),
    dedupe: new LazyMap(),
    sessions: new Map(),
    sessions_total: 0,
    workers: new Workers(),
    timers: new Timers(),
    deferred: new OrderIndex(),
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

/**
 * The durable image of a lane: its state as plain rows that a store can keep, and the lane from such rows again.
 * `thaw(freeze(lane))` is the lane as the fold of its records gives it, and a fold that goes on from there comes out
 * where the fold of everything does. What is of the moment (holds, graces, deferrals, who is connected) is not in it.
 */
import { isTerminal, type PriorityLevel, type TaskError, type TaskState } from '@cuehub/protocol';
import { Changes } from './changes.js';
import { claim } from './claims.js';
import {
  type Maybe,
  packMaybe,
  packSource,
  packSpec,
  type PackedSource,
  type PackedSpec,
  unpackMaybe,
  unpackSource,
  unpackSpec,
} from './compact.js';
import { createLane, hasChunks, type KeyEntry, type Lane, scopedKey } from './lane.js';
import { Task } from './task.js';
import { countWaiting, place } from './moves.js';
import { createStream, type Stream, utf8Bytes } from './stream.js';
import type { CancelThen, LaneConfig } from './types.js';

export interface FrozenHead {
  readonly seq: number;
  readonly at: number;
  readonly order: number;
  readonly started: boolean;
  readonly drain: boolean;
  readonly tasks_completed: number;
  /** Ended tasks and their keys so far, all told: what the places in `ended` and `ended_keys` count from. */
  readonly ended_total: number;
  readonly ended_keys_total: number;
  readonly dormant: boolean;
}

type FrozenStream = readonly [
  name: string,
  content_type: string,
  durable_seq: number,
  flags: number,
  protect_reason: string | null,
  heard: readonly (readonly [sink: string, seq: number])[],
  kept: readonly (readonly [seq: number, epoch: number, data: string])[],
  cuts: readonly (readonly [seq: number, from_seq: number])[],
];

export type FrozenTask = readonly [
  order: number,
  task_id: string,
  spec: PackedSpec,
  principal: string,
  source: PackedSource,
  fingerprint: string,
  bytes: number,
  level: PriorityLevel,
  flags: number,
  state: TaskState,
  reason: string | null,
  attempt: number,
  epoch: number,
  run: readonly [session_id: string, principal: string, first_epoch: number] | null,
  self_session: string | null,
  retry_at: number | null,
  submitted_at: number,
  started_at: number | null,
  ended_at: number | null,
  running_ms: number,
  running_since: number | null,
  paused_ms: number,
  paused_since: number | null,
  resume_ttl_since: number | null,
  interruptions: number,
  checkpoint: Maybe,
  checkpoint_streams: { readonly [stream: string]: number } | null,
  awaiting: readonly string[] | null,
  waiters: readonly string[] | null,
  cancel_then: CancelThen | null,
  result: Maybe,
  error: TaskError | null,
  keys: readonly string[],
  streams: readonly FrozenStream[] | null,
];

export type FrozenKey = readonly [
  key: string,
  task_id: string,
  fingerprint: string,
  ended_state: TaskState | null,
  expires_at: number | null,
];

export interface FrozenLane {
  readonly head: FrozenHead;
  /** By `order`. */
  readonly tasks: readonly FrozenTask[];
  readonly keys: readonly FrozenKey[];
  /** `order` of the ended tasks that are still known, oldest end first. */
  readonly ended: readonly number[];
  readonly ended_keys: readonly string[];
}

const CALLED = 1;
const RESTART = 2;
const HAS_RESUME = 4;

const OPEN = 1;
const ATTACHED = 2;
const PROTECT = 4;
const BINARY = 8;

export function freezeHead(lane: Lane): FrozenHead {
  const { seq, at, order, started, drain, tasks_completed, ended_total, ended_keys_total } = lane;
  const dormant = lane.holder === null && lane.tasks_queued === 0 && lane.tasks_paused === 0;
  return { seq, at, order, started, drain, tasks_completed, ended_total, ended_keys_total, dormant };
}

export function freezeTask(task: Task): FrozenTask {
  const { run } = task;
  return [
    task.order,
    task.task_id,
    packSpec(task.spec),
    task.principal,
    packSource(task.source),
    task.fingerprint,
    task.bytes,
    task.level,
    (task.called ? CALLED : 0) | (task.restart ? RESTART : 0) | (task.has_resume ? HAS_RESUME : 0),
    task.state,
    task.reason ?? null,
    task.attempt,
    task.epoch,
    run && [run.session_id, run.principal, run.first_epoch],
    task.self_session,
    task.retry_at,
    task.submitted_at,
    task.started_at,
    task.ended_at,
    task.running_ms,
    task.running_since,
    task.paused_ms,
    task.paused_since,
    task.resume_ttl_since,
    task.interruptions,
    packMaybe(task.checkpoint),
    task.checkpoint_streams,
    task.awaiting && [...task.awaiting],
    task.waiters && [...task.waiters],
    task.cancel_then,
    packMaybe(task.result),
    task.error ?? null,
    task.keys,
    task.streams && [...task.streams.values()].map(freezeStream),
  ];
}

/** Up to what the journal has: the rest is sent again by its executor. Of an ended task nothing is kept once it has faded. */
function freezeStream(stream: Stream): FrozenStream {
  const kept: [number, number, string][] = [];
  for (let i = stream.kept_from; i < stream.kept.length; i += 1) {
    const { seq, epoch, data } = stream.kept[i]!;
    if (seq < stream.durable_seq && typeof data === 'string') kept.push([seq, epoch, data]);
  }
  return [
    stream.name,
    stream.content_type,
    stream.durable_seq,
    (stream.open ? OPEN : 0) |
      (stream.attached ? ATTACHED : 0) |
      (stream.protect ? PROTECT : 0) |
      (stream.binary ? BINARY : 0),
    stream.protect_reason ?? null,
    [...stream.heard],
    kept,
    stream.cuts.map(({ seq, from_seq }) => [seq, from_seq] as const),
  ];
}

export function freezeKey(lane: Lane, key: string): FrozenKey | null {
  const entry = lane.keys.get(key);
  return entry === undefined ? null : [key, entry.task_id, entry.fingerprint, entry.ended_state, entry.expires_at];
}

export function freeze(lane: Lane): FrozenLane {
  return {
    head: freezeHead(lane),
    tasks: [...lane.tasks.values()].map(freezeTask),
    keys: [...lane.keys.keys()].map((key) => freezeKey(lane, key)!),
    ended: lane.ended.slice(lane.ended_from).map((task) => task.order),
    ended_keys: lane.ended_keys.slice(lane.ended_keys_from),
  };
}

/** From now on the lane keeps book of what changes. What is in it counts as changed, unless an image has it. */
export function trackChanges(lane: Lane, has_image = false): Changes {
  const changes = new Changes(lane, freezeTask, freezeKey);
  lane.changes = changes;
  if (has_image) return changes;
  for (const task of lane.tasks.values()) changes.task(task);
  for (const key of lane.keys.keys()) changes.key(key);
  return changes;
}

export interface ThawOptions {
  readonly lane: string;
  readonly log: string;
  readonly config?: LaneConfig;
}

/** Throws when the rows do not fit together; that is damage, or a bug. */
export function thaw(frozen: FrozenLane, options: ThawOptions): Lane {
  const lane = createLane(options);
  const { head } = frozen;
  lane.seq = head.seq;
  lane.at = head.at;
  lane.order = head.order;
  lane.started = head.started;
  lane.drain = head.drain;
  lane.tasks_completed = head.tasks_completed;
  lane.ended_total = head.ended_total;
  lane.ended_keys_total = head.ended_keys_total;
  const byOrder = new Map<number, Task>();
  for (const row of frozen.tasks) {
    const task = thawTask(row);
    if (lane.tasks.has(task.task_id)) throw new Error(`task ${task.task_id} is there twice`);
    lane.tasks.set(task.task_id, task);
    if (isTerminal(task.state)) byOrder.set(task.order, task);
    else settleTask(lane, task);
  }
  for (const [key, task_id, fingerprint, ended_state, expires_at] of frozen.keys) {
    const entry: KeyEntry = { task_id, fingerprint, ended_state, expires_at };
    lane.keys.set(key, entry);
  }
  for (const order of frozen.ended) {
    const task = byOrder.get(order);
    if (task === undefined) throw new Error(`task number ${order} has ended and is not there`);
    lane.ended.push(task);
    if (hasChunks(task)) lane.fading.push(task);
  }
  lane.ended_keys.push(...frozen.ended_keys);
  return lane;
}

/** Puts a live task into the lane's indexes. */
function settleTask(lane: Lane, task: Task): void {
  const session_id = task.run?.session_id ?? task.self_session;
  if (session_id !== null) claim(lane, task, session_id);
  if (task.streams !== null) lane.streaming.add(task);
  if (task.spec.dedupe) {
    const key = scopedKey(task.principal, task.spec.dedupe.key);
    const same = lane.dedupe.get(key);
    if (same) same.add(task);
    else lane.dedupe.set(key, new Set([task]));
  }
  if (task.state !== 'queued' && task.state !== 'paused') {
    if (lane.holder !== null) throw new Error(`${task.task_id} and ${lane.holder.task_id} both hold the floor`);
    lane.holder = task;
    return;
  }
  if (task.state === 'queued') lane.tasks_queued += 1;
  else lane.tasks_paused += 1;
  countWaiting(lane, task, 1);
  place(lane, task);
}

function thawTask(row: FrozenTask): Task {
  const [order, task_id, spec, principal, source, fingerprint, bytes, level, flags, state, reason, attempt] = row;
  const [, , , , , , , , , , , , epoch, run, self_session, retry_at, submitted_at, started_at, ended_at] = row;
  const task = new Task(order, {
    at: submitted_at,
    task_id,
    task: unpackSpec(spec),
    principal,
    source: unpackSource(source),
    fingerprint,
    bytes,
  });
  task.level = level;
  task.called = (flags & CALLED) !== 0;
  task.restart = (flags & RESTART) !== 0;
  task.has_resume = (flags & HAS_RESUME) !== 0;
  task.state = state;
  task.reason = reason ?? undefined;
  task.attempt = attempt;
  task.epoch = epoch;
  task.run = run && { session_id: run[0], principal: run[1], first_epoch: run[2] };
  task.self_session = self_session;
  task.retry_at = retry_at;
  task.started_at = started_at;
  task.ended_at = ended_at;
  const clocks = row.slice(19, 25) as [number, number | null, number, number | null, number | null, number];
  [task.running_ms, task.running_since, task.paused_ms, task.paused_since] = clocks;
  task.resume_ttl_since = clocks[4];
  task.interruptions = clocks[5];
  task.checkpoint = unpackMaybe(row[25]);
  task.checkpoint_streams = row[26];
  task.awaiting = row[27] && new Set(row[27]);
  task.waiters = row[28] && new Set(row[28]);
  task.cancel_then = row[29];
  task.result = unpackMaybe(row[30]);
  task.error = row[31] ?? undefined;
  task.keys = row[32];
  task.streams = row[33] && new Map(row[33].map((stream) => [stream[0], thawStream(stream)]));
  return task;
}

function thawStream([name, content_type, durable_seq, flags, protect_reason, heard, kept, cuts]: FrozenStream): Stream {
  const stream = createStream(name, content_type);
  stream.next_seq = durable_seq;
  stream.durable_seq = durable_seq;
  stream.open = (flags & OPEN) !== 0;
  stream.attached = (flags & ATTACHED) !== 0;
  stream.protect = (flags & PROTECT) !== 0;
  stream.binary = (flags & BINARY) !== 0;
  stream.protect_reason = protect_reason ?? undefined;
  for (const [sink, seq] of heard) stream.heard.set(sink, seq);
  for (const [seq, epoch, data] of kept) {
    const bytes = utf8Bytes(data);
    stream.kept.push({ seq, epoch, data, bytes });
    stream.kept_bytes += bytes;
  }
  for (const [seq, from_seq] of cuts) stream.cuts.push({ seq, from_seq });
  return stream;
}

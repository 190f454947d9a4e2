// What the page knows of its lane: who has the floor and what is said there, what waits and why. Pure: messages of the
// hub come in, the next picture comes out. What is ours among it is known by the tasks' ids.
import type { WatchEvent } from '@cuehub/client';
import {
  type CurrentTask,
  type Deferred,
  type EventMessage,
  isTerminal,
  type LaneStateView,
  type LaneStatus,
  type Priority,
  type SnapshotMessage,
  type TaskFact,
  type TaskState,
  type TaskView,
} from '@cuehub/protocol';
import { appendChunk, cutTrack, EMPTY_TRACK, mergeSnapshot, type TextTrack } from './text-track.js';

/** Streams that are remembered; the oldest of ended tasks go first. */
export const STREAMS_MAX = 24;
/** Tasks that are remembered without a stream of theirs. */
export const TASKS_MAX = 200;

export interface Stream {
  /** `TASK_ID/STREAM`. */
  readonly key: string;
  readonly task_id: string;
  /** Empty for a result that is text: no stream of the hub's. */
  readonly stream: string;
  readonly track: TextTrack;
  /** No more text is expected: what is there can be spoken to its end. */
  readonly complete: boolean;
  /** Began before this page looked. */
  readonly old: boolean;
}

export interface Task {
  readonly task_id: string;
  readonly name: string;
  readonly priority: Priority;
  readonly state: TaskState;
  readonly speaker: string;
  /** Why it does not interrupt, while it waits. */
  readonly deferred: Deferred | null;
}

export interface Lane {
  readonly state: LaneStateView | null;
  readonly current: CurrentTask | null;
  readonly tasks: ReadonlyMap<string, Task>;
  /** In the order in which they began. */
  readonly streams: ReadonlyMap<string, Stream>;
  /** Why a task may not be interrupted, by its holds' ids; empty text where it did not say. */
  readonly holds: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export const EMPTY_LANE: Lane = { state: null, current: null, tasks: new Map(), streams: new Map(), holds: new Map() };

export function takeMessage(lane: Lane, message: WatchEvent): Lane {
  switch (message.type) {
    case 'snapshot':
      return takeSnapshot(lane, message);
    case 'state':
      return takeStatus(lane, message);
    case 'chunk': {
      if (typeof message.data !== 'string') return lane;
      // The hub also tells the kept text of tasks that ended before this page looked: that is over.
      if (!lane.streams.has(keyOf(message.task_id, message.stream)) && !lane.tasks.has(message.task_id)) return lane;
      const stream = streamOf(lane, message.task_id, message.stream);
      return putStream(lane, {
        ...stream,
        track: appendChunk(stream.track, message.seq, message.data),
        complete: false,
      });
    }
    case 'cut': {
      const stream = lane.streams.get(keyOf(message.task_id, message.stream));
      if (stream === undefined) return lane;
      return putStream(lane, { ...stream, track: cutTrack(stream.track, message.from_seq), complete: false });
    }
    case 'event':
      return takeFact(lane, message);
    default:
      return lane;
  }
}

function takeFact(lane: Lane, fact: EventMessage): Lane {
  if ('task' in fact) return takeTaskFact(lane, fact);
  switch (fact.event) {
    case 'stream.opened': {
      if (fact.content_type !== undefined && !fact.content_type.startsWith('text/')) return lane;
      return putStream(lane, { ...streamOf(lane, fact.task_id, fact.stream), complete: false });
    }
    case 'stream.closed': {
      const stream = lane.streams.get(keyOf(fact.task_id, fact.stream));
      return stream === undefined ? lane : putStream(lane, { ...stream, complete: true });
    }
    case 'hold.taken': {
      const holds = new Map(lane.holds.get(fact.task_id)).set(fact.hold_id, fact.reason ?? '');
      return { ...lane, holds: new Map(lane.holds).set(fact.task_id, holds) };
    }
    case 'hold.released':
    case 'hold.expired': {
      const holds = new Map(lane.holds.get(fact.task_id));
      holds.delete(fact.hold_id);
      return { ...lane, holds: new Map(lane.holds).set(fact.task_id, holds) };
    }
    default:
      return lane;
  }
}

function takeTaskFact(lane: Lane, { task }: TaskFact): Lane {
  let next = noteTask(lane, task);
  if (!isTerminal(task.state)) return next;
  const holds = new Map(next.holds);
  holds.delete(task.task_id);
  next = { ...next, holds };
  for (const stream of next.streams.values()) {
    if (stream.task_id === task.task_id) next = putStream(next, { ...stream, complete: true });
  }
  return next;
}

/** Also used with what `task.get` answered. */
export function noteTask(lane: Lane, view: TaskView): Lane {
  const task: Task = {
    task_id: view.task_id,
    name: view.name,
    priority: view.priority,
    state: view.state,
    speaker: view.source.client_name,
    deferred: view.state === 'queued' ? (view.deferred ?? null) : null,
  };
  const tasks = new Map(lane.tasks);
  tasks.delete(view.task_id);
  tasks.set(view.task_id, task);
  for (const { task_id, state } of lane.tasks.values()) {
    if (tasks.size <= TASKS_MAX) break;
    if (isTerminal(state) || state === 'queued') tasks.delete(task_id);
  }
  return { ...lane, tasks };
}

function takeStatus(lane: Lane, { state, current_task }: LaneStatus): Lane {
  const next = { ...lane, state, current: current_task };
  const known = current_task === null ? undefined : lane.tasks.get(current_task.task_id);
  if (current_task === null || known !== undefined) return next;
  return {
    ...next,
    tasks: new Map(next.tasks).set(current_task.task_id, { ...current_task, speaker: '', deferred: null }),
  };
}

/** Everything that is known of what runs and waits is new; what is not in it has ended while nobody here looked. */
function takeSnapshot(lane: Lane, snapshot: SnapshotMessage): Lane {
  let next = takeStatus(lane, snapshot);
  const alive = new Set([...snapshot.paused, ...snapshot.queue].map(({ task_id }) => task_id));
  if (snapshot.current_task !== null) alive.add(snapshot.current_task.task_id);
  for (const view of [...snapshot.queue, ...snapshot.paused]) next = noteTask(next, view);
  if (snapshot.current_task !== null) {
    const { task_id, state } = snapshot.current_task;
    const task = next.tasks.get(task_id);
    if (task !== undefined) next = { ...next, tasks: new Map(next.tasks).set(task_id, { ...task, state }) };
  }
  for (const stream of next.streams.values()) {
    if (!alive.has(stream.task_id)) next = putStream(next, { ...stream, complete: true });
  }
  for (const { task_id, stream, content_type, text, text_from, next_seq } of snapshot.streams) {
    if (!content_type.startsWith('text/')) continue;
    const known = next.streams.get(keyOf(task_id, stream));
    const track = mergeSnapshot(known?.track ?? EMPTY_TRACK, text, text_from, next_seq);
    next = putStream(next, { ...(known ?? { ...streamOf(next, task_id, stream), old: true }), track, complete: false });
  }
  const holds = new Map([...next.holds].filter(([task_id]) => alive.has(task_id)));
  return { ...next, holds };
}

function keyOf(task_id: string, stream: string): string {
  return `${task_id}/${stream}`;
}

function streamOf(lane: Lane, task_id: string, stream: string): Stream {
  const key = keyOf(task_id, stream);
  return lane.streams.get(key) ?? { key, task_id, stream, track: EMPTY_TRACK, complete: false, old: false };
}

function putStream(lane: Lane, stream: Stream): Lane {
  const streams = new Map(lane.streams).set(stream.key, stream);
  for (const { key, task_id } of lane.streams.values()) {
    if (streams.size <= STREAMS_MAX) break;
    const state = lane.tasks.get(task_id)?.state;
    if (key !== stream.key && (state === undefined || isTerminal(state))) streams.delete(key);
  }
  return { ...lane, streams };
}

/** A task that only returned what it has to say: that is its text. */
export function withResult(lane: Lane, task_id: string, text: string): Lane {
  if (textOf(lane, task_id).trim() !== '') return lane;
  return putStream(lane, { ...streamOf(lane, task_id, ''), track: appendChunk(EMPTY_TRACK, 0, text), complete: true });
}

/** The text of a task so far, all of its streams in order. */
export function textOf(lane: Lane, task_id: string): string {
  const streams = [...lane.streams.values()].filter((stream) => stream.task_id === task_id);
  return streams.map(({ track }) => track.text).join('\n');
}

/** What holds a task's floor, as it said itself; empty when it did not. */
export function holdReason(lane: Lane, task_id: string): string {
  return [...(lane.holds.get(task_id)?.values() ?? [])].filter((reason) => reason !== '').join(', ');
}

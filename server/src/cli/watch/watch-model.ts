/** What `cuehub watch` knows of a lane: messages in, a picture of the lane out. Draws nothing and reads no clock. */
import type { WatchEvent } from '@cuehub/client';
import { type LaneStatus, PRIORITIES, type Priority, type TaskView, isTerminal } from '@cuehub/protocol';
import { type EventLine, type Titled, eventLine } from './event-line.js';
import { StreamText } from './stream-text.js';

const EVENTS_MAX = 200;
/** Streams of ended tasks stay until this many are kept, so that the last sentence can still be read. */
const STREAMS_MAX = 32;

export type ConnectionState = 'connecting' | 'live' | 'lost';

export interface WatchModel {
  readonly lane: string;
  connection: ConnectionState;
  status: LaneStatus | null;
  /** When `status` came, by this machine's clock. */
  status_at_ms: number;
  /** Tasks that are not terminal, and the last one that held the floor. */
  readonly tasks: Map<string, TaskView>;
  /** By `TASK_ID/STREAM`, the one that spoke last at the end. */
  readonly streams: Map<string, StreamText>;
  /** The latest last. */
  events: EventLine[];
}

export function createModel(lane: string): WatchModel {
  return {
    lane,
    connection: 'connecting',
    status: null,
    status_at_ms: 0,
    tasks: new Map(),
    streams: new Map(),
    events: [],
  };
}

export function applyMessage(model: WatchModel, message: WatchEvent, now_ms: number): void {
  const news = eventLine(message, (task_id) => findTask(model, task_id));
  if (news !== null && (message.type === 'event' || message.type === 'gap')) {
    model.events.push(news);
    if (model.events.length > EVENTS_MAX) model.events = model.events.slice(-EVENTS_MAX);
  }
  switch (message.type) {
    case 'snapshot': {
      model.status = message;
      model.status_at_ms = now_ms;
      model.tasks.clear();
      for (const task of [...message.queue, ...message.paused]) model.tasks.set(task.task_id, task);
      model.streams.clear();
      for (const stream of message.streams)
        model.streams.set(`${stream.task_id}/${stream.stream}`, StreamText.from(stream));
      break;
    }
    case 'state':
      model.status = message;
      model.status_at_ms = now_ms;
      break;
    case 'event':
      if ('task' in message) {
        if (isTerminal(message.task.state)) model.tasks.delete(message.task.task_id);
        else model.tasks.set(message.task.task_id, message.task);
      }
      break;
    case 'cut':
      model.streams.get(`${message.task_id}/${message.stream}`)?.cut(message.from_seq);
      break;
    case 'chunk':
      if (typeof message.data === 'string')
        streamOf(model, `${message.task_id}/${message.stream}`).add(message.seq, message.data);
      break;
    default:
      break;
  }
}

/** A snapshot tells of the holder only what `current_task` says. */
export function findTask(model: WatchModel, task_id: string): Titled | undefined {
  const current = model.status?.current_task;
  return model.tasks.get(task_id) ?? (current?.task_id === task_id ? current : undefined);
}

function streamOf(model: WatchModel, key: string): StreamText {
  const stream = model.streams.get(key) ?? new StreamText();
  model.streams.delete(key);
  model.streams.set(key, stream);
  for (const oldest of model.streams.keys()) {
    if (model.streams.size <= STREAMS_MAX) break;
    model.streams.delete(oldest);
  }
  return stream;
}

/** The text of a task, of all its streams; empty when it streamed none. */
export function textOf(model: WatchModel, task_id: string): string {
  const texts: string[] = [];
  for (const [key, stream] of model.streams) if (key.startsWith(`${task_id}/`)) texts.push(stream.text);
  return texts.join(' ');
}

/** Waiting tasks in the order they would run; the holder is not among them. */
export function waitingTasks(model: WatchModel): TaskView[] {
  return [...model.tasks.values()]
    .filter(({ state }) => state === 'queued' || state === 'paused')
    .sort(
      (a, b) =>
        PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
        Number(b.state === 'paused') - Number(a.state === 'paused') ||
        a.submitted_at - b.submitted_at,
    );
}

export function byLevel(tasks: readonly TaskView[]): ReadonlyMap<Priority, readonly TaskView[]> {
  return new Map(PRIORITIES.map((priority) => [priority, tasks.filter((task) => task.priority === priority)]));
}

// How each thing that reaches the overlay changes what it knows. Pure: messages of the hub, the state of the connection
// and the clock come in as values. Snapshots are taken in `snapshot.ts`; what is shown is decided in `view.ts`.
import type { CutEvent, WatchEvent } from '@cuehub/client';
import { type ChunkMessage, type EventMessage, isTerminal, type TaskFact, type TaskView } from '@cuehub/protocol';
import {
  alertBubble,
  alertOn,
  type Bubble,
  bubbleKey,
  type Connection,
  HIDE_BROKEN_MS,
  HIDE_SUPERSEDED_MS,
  newBubble,
  noteTask,
  noteWaiting,
  ofTask,
  type OverlayInput,
  type OverlayModel,
  putBubble,
  takeStatus,
} from './model.js';
import { takeSnapshot } from './snapshot.js';
import { appendChunk, cutText } from './streamed-text.js';

export function step(model: OverlayModel, input: OverlayInput, now_ms: number): OverlayModel {
  if (input.kind === 'connection') return takeConnection(model, input.connection);
  if (input.kind === 'task') return takeDetails(model, input.task);
  if (input.kind === 'tick') return removeHidden(model, now_ms);
  return removeHidden(take(model, input.message, now_ms), now_ms);
}

function takeConnection(model: OverlayModel, connection: Connection): OverlayModel {
  // Each new try is still the same outage: the badge should not flicker between two words.
  if (connection.status === 'connecting' && model.connection.status === 'offline') return model;
  return { ...model, connection };
}

/** Tasks on stage whose payload was not seen: the hub knows it. */
export function undetailed(model: OverlayModel): string[] {
  const shown = new Set([...model.bubbles.values()].map((bubble) => bubble.task_id));
  if (model.current !== null) shown.add(model.current.task_id);
  return [...shown].filter((task_id) => model.tasks.get(task_id)?.detailed === false);
}

function takeDetails(model: OverlayModel, task: TaskView): OverlayModel {
  if (!model.tasks.has(task.task_id)) return model;
  // A task without a payload has none to wait for.
  return noteTask(model, { ...task, meta: task.meta ?? {} });
}

/** When `step` wants a tick, if nothing else comes; null when it needs none. */
export function nextTickAt(model: OverlayModel): number | null {
  let next: number | null = null;
  for (const { hide_at } of model.bubbles.values()) {
    if (hide_at !== null && (next === null || hide_at < next)) next = hide_at;
  }
  return next;
}

function take(model: OverlayModel, message: WatchEvent, now_ms: number): OverlayModel {
  switch (message.type) {
    case 'snapshot':
      return takeSnapshot(model, message, now_ms);
    case 'state':
      return takeStatus(model, message);
    case 'chunk':
      return takeChunk(model, message, now_ms);
    case 'cut':
      return takeCut(model, message);
    case 'event':
      return takeFact(model, message, now_ms);
    default:
      return model;
  }
}

function takeChunk(model: OverlayModel, chunk: ChunkMessage, now_ms: number): OverlayModel {
  if (typeof chunk.data !== 'string') return model;
  const key = bubbleKey(chunk.task_id, chunk.stream);
  const known = model.bubbles.get(key);
  // The hub also keeps the text of tasks that ended a minute ago: that is over, and not to be shown again.
  if (known === undefined && model.current?.task_id !== chunk.task_id) return model;
  const bubble = known ?? newBubble(key, chunk.task_id, now_ms);
  const text = appendChunk(bubble.text, chunk.seq, chunk.data);
  return putBubble(bubble.phase === 'live' ? hushOthers(model, key, now_ms) : model, { ...bubble, text });
}

/** A new attempt: the text is new from there on. The client tells it once, also when its chunks outran the fact. */
function takeCut(model: OverlayModel, cut: CutEvent): OverlayModel {
  const bubble = model.bubbles.get(bubbleKey(cut.task_id, cut.stream));
  if (bubble === undefined) return model;
  const text = cutText(bubble.text, cut.from_seq);
  return text === null ? { ...model, wants_snapshot: true } : putBubble(model, { ...bubble, text });
}

function takeFact(model: OverlayModel, fact: EventMessage, now_ms: number): OverlayModel {
  if ('task' in fact) return takeTaskFact(model, fact, now_ms);
  if (fact.event === 'stream.opened') {
    if (fact.content_type !== undefined && !fact.content_type.startsWith('text/')) return model;
    const key = bubbleKey(fact.task_id, fact.stream);
    const bubble = model.bubbles.get(key) ?? newBubble(key, fact.task_id, now_ms);
    return putBubble(model, { ...bubble, open: true, hide_at: null });
  }
  if (fact.event === 'stream.closed') {
    const bubble = model.bubbles.get(bubbleKey(fact.task_id, fact.stream));
    if (bubble === undefined) return model;
    return putBubble(model, {
      ...bubble,
      open: false,
      hide_at: bubble.hide_at ?? Math.max(bubble.keep_until, now_ms + model.hide_after_ms),
    });
  }
  return model;
}

function takeTaskFact(model: OverlayModel, fact: TaskFact, now_ms: number): OverlayModel {
  const { task } = fact;
  const bubbles = ofTask(model, task.task_id);
  // Thousands may wait; only those that run or speak are of interest here.
  const isWaiting = fact.event === 'task.queued' || fact.event === 'task.deferred';
  let next = noteWaiting(model, task);
  // A start without a payload is one of a task that has none.
  const told = fact.event === 'task.started' ? { ...task, meta: task.meta ?? {} } : task;
  if (!isTerminal(task.state) && !(isWaiting && bubbles.length === 0)) next = noteTask(next, told);
  if (fact.event === 'task.started' && alertOn(next, task.task_id) !== null) {
    const alert = alertBubble(task.task_id, now_ms);
    if (!next.bubbles.has(alert.key)) next = putBubble(hushOthers(next, alert.key, now_ms), alert);
  }
  for (const bubble of bubbles) next = putBubble(next, turned(bubble, fact, model.hide_after_ms, now_ms));
  return next;
}

function turned(bubble: Bubble, fact: TaskFact, hide_after_ms: number, now_ms: number): Bubble {
  const held = { ...bubble, shown_up_to: bubble.shown_up_to ?? bubble.text.end };
  switch (fact.event) {
    case 'task.started':
    case 'task.resumed':
      return { ...bubble, phase: 'live', shown_up_to: null, live_since: now_ms };
    case 'task.pausing':
    case 'task.cancelling':
      return { ...held, phase: 'yielding' };
    case 'task.paused':
    case 'task.retrying':
    case 'task.queued':
      return { ...held, phase: 'paused' };
    case 'task.completed':
      return {
        ...bubble,
        phase: 'ended',
        shown_up_to: null,
        open: false,
        hide_at: bubble.hide_at ?? Math.max(bubble.keep_until, now_ms + hide_after_ms),
      };
    case 'task.failed':
    case 'task.cancelled':
    case 'task.expired': {
      const hide_at = now_ms + Math.min(hide_after_ms, HIDE_BROKEN_MS);
      return {
        ...held,
        phase: 'ended',
        open: false,
        broken: true,
        hide_at: Math.max(bubble.keep_until, Math.min(bubble.hide_at ?? hide_at, hide_at)),
      };
    }
    default:
      return bubble;
  }
}

/** What has ended makes room for the one that speaks now. */
function hushOthers(model: OverlayModel, key: string, now_ms: number): OverlayModel {
  let next = model;
  for (const bubble of model.bubbles.values()) {
    if (bubble.key === key || bubble.hide_at === null) continue;
    const hide_at = Math.max(bubble.keep_until, Math.min(bubble.hide_at, now_ms + HIDE_SUPERSEDED_MS));
    if (hide_at !== bubble.hide_at) next = putBubble(next, { ...bubble, hide_at });
  }
  return next;
}

function removeHidden(model: OverlayModel, now_ms: number): OverlayModel {
  const bubbles = new Map(model.bubbles);
  for (const { key, hide_at } of model.bubbles.values()) if (hide_at !== null && hide_at <= now_ms) bubbles.delete(key);
  return bubbles.size === model.bubbles.size ? model : { ...model, bubbles };
}

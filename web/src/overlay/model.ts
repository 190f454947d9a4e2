// What the overlay knows: the connection, the lane's state, and one bubble for each text stream of a task. Owns the
// shapes, their bounds and the small changes that keep them; `step.ts` and `snapshot.ts` decide when to make which.
//
// A bubble of an alert is there from the start of its task, whether it says anything or not.
//
// A bubble: live → yielding (a pause was asked for) → paused → live …     what comes while it yields is kept, not shown
//           live | yielding | paused → ended                              shown for a while, then gone
import type { WatchEvent } from '@cuehub/client';
import {
  type CurrentTask,
  DEFAULT_STREAM,
  type LaneStateView,
  type LaneStatus,
  levelOf,
  type Priority,
  type TaskView,
} from '@cuehub/protocol';
import { type Alert, alertLabel, alertOf } from './alert.js';
import { EMPTY_TEXT, type StreamedText } from './streamed-text.js';

/** Bubbles kept at once; past it the oldest ended one goes, else the oldest. */
export const BUBBLES_MAX = 8;
/** Tasks whose name is remembered without a bubble. */
export const TASKS_MAX = 64;
/** How long the text of an ended reply stays, unless the address says otherwise. */
export const HIDE_AFTER_DEFAULT_MS = 6_000;
/** The same for a reply that was cancelled or failed: what is cut off should not be read for long. */
export const HIDE_BROKEN_MS = 1_500;
/** The same once another reply began to speak. */
export const HIDE_SUPERSEDED_MS = 400;
/** An alert is to be read whatever comes after it. */
export const ALERT_SHOWN_MS = 4_000;
/** Waiting tasks that are remembered: as many as a snapshot tells. The least urgent are forgotten first. */
export const WAITING_MAX = 100;

export type Connection =
  | { readonly status: 'connecting' | 'online' | 'offline' | 'no_token' }
  | { readonly status: 'refused'; readonly message: string };

export type OverlayInput =
  | { readonly kind: 'message'; readonly message: WatchEvent }
  | { readonly kind: 'connection'; readonly connection: Connection }
  /** What the hub answered about one task: its payload is in no snapshot. */
  | { readonly kind: 'task'; readonly task: TaskView }
  | { readonly kind: 'tick' };

export type BubblePhase = 'live' | 'yielding' | 'paused' | 'ended';

export interface Bubble {
  /** `TASK_ID/STREAM`. */
  readonly key: string;
  readonly task_id: string;
  readonly text: StreamedText;
  readonly phase: BubblePhase;
  /** Place up to which the text is shown while the task does not run; null shows all. */
  readonly shown_up_to: number | null;
  /** The stream is open: more text may come. */
  readonly open: boolean;
  /** It ended in another way than by finishing. */
  readonly broken: boolean;
  /** When it goes, in the clock of the inputs; null while its task or stream goes on. */
  readonly hide_at: number | null;
  /** It does not go earlier than this. */
  readonly keep_until: number;
  /** When it last came to the front. */
  readonly live_since: number;
}

export interface TaskNote {
  readonly name: string;
  readonly priority: Priority;
  readonly speaker: string;
  /** What makes it an alert; null when it is none. */
  readonly alert: Alert | null;
  /** Its payload was seen: `alert` says all there is. */
  readonly detailed: boolean;
}

export interface Waiting {
  readonly task_id: string;
  readonly name: string;
  readonly priority: Priority;
  /** It has run already. */
  readonly paused: boolean;
  readonly submitted_at: number;
  /** What an alert says in short; empty for others. */
  readonly label: string;
}

export interface OverlayModel {
  readonly hide_after_ms: number;
  readonly connection: Connection;
  readonly state: LaneStateView | null;
  readonly current: CurrentTask | null;
  /** In the order in which they were first heard of. */
  readonly tasks: ReadonlyMap<string, TaskNote>;
  /** In the order in which they began. */
  readonly bubbles: ReadonlyMap<string, Bubble>;
  /** Queued or paused, in the order in which they were heard of. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** A cut fell where only the hub knows the text: a new snapshot will mend it. */
  readonly wants_snapshot: boolean;
}

export function emptyModel(hide_after_ms: number = HIDE_AFTER_DEFAULT_MS): OverlayModel {
  return {
    hide_after_ms,
    connection: { status: 'connecting' },
    state: null,
    current: null,
    tasks: new Map(),
    bubbles: new Map(),
    waiting: new Map(),
    wants_snapshot: false,
  };
}

export function bubbleKey(task_id: string, stream: string): string {
  return `${task_id}/${stream}`;
}

export function newBubble(key: string, task_id: string, now_ms: number): Bubble {
  return {
    key,
    task_id,
    text: EMPTY_TEXT,
    phase: 'live',
    shown_up_to: null,
    open: true,
    broken: false,
    hide_at: null,
    keep_until: 0,
    live_since: now_ms,
  };
}

export function ofTask(model: OverlayModel, task_id: string): Bubble[] {
  return [...model.bubbles.values()].filter((bubble) => bubble.task_id === task_id);
}

export function putBubble(model: OverlayModel, bubble: Bubble): OverlayModel {
  const bubbles = new Map(model.bubbles).set(bubble.key, bubble);
  if (bubbles.size > BUBBLES_MAX) {
    const others = [...bubbles.values()].filter((other) => other.key !== bubble.key);
    const victim = others.find((other) => other.phase === 'ended') ?? others[0];
    if (victim !== undefined) bubbles.delete(victim.key);
  }
  return { ...model, bubbles };
}

function note(model: OverlayModel, task_id: string, news: Partial<TaskNote> & Pick<TaskNote, 'name'>): OverlayModel {
  const known = model.tasks.get(task_id);
  const next = { priority: 'MEDIUM', speaker: '', alert: null, detailed: false, ...known, ...news } as const;
  if (known !== undefined && (Object.keys(next) as (keyof TaskNote)[]).every((key) => known[key] === next[key])) {
    return model;
  }
  return forgetTasks({ ...model, tasks: new Map(model.tasks).set(task_id, next) });
}

/** `args` and `meta` are there in some messages and not in others: what was seen of them once is kept. */
export function noteTask(model: OverlayModel, task: TaskView): OverlayModel {
  const { name, priority, source } = task;
  const known = model.tasks.get(task.task_id);
  const tells = 'args' in task || 'meta' in task;
  const alert = tells || known === undefined ? alertOf(task) : known.alert;
  const detailed = tells || known?.detailed === true;
  return note(model, task.task_id, { name, priority, speaker: source.client_name, alert, detailed });
}

/** What makes a task an alert; null when it is none, or not known. */
export function alertOn(model: OverlayModel, task_id: string): Alert | null {
  return model.tasks.get(task_id)?.alert ?? null;
}

/** The bubble of an alert, before it says anything. */
export function alertBubble(task_id: string, now_ms: number): Bubble {
  const bubble = newBubble(bubbleKey(task_id, DEFAULT_STREAM), task_id, now_ms);
  return { ...bubble, open: false, keep_until: now_ms + ALERT_SHOWN_MS };
}

/** In the order in which they would run: by level, what ran already first, then as they were submitted. */
export function inOrder(waiting: Iterable<Waiting>): Waiting[] {
  return [...waiting].sort(
    (a, b) =>
      levelOf(a.priority) - levelOf(b.priority) ||
      Number(b.paused) - Number(a.paused) ||
      a.submitted_at - b.submitted_at,
  );
}

/** Who waits after `task` was heard of: it does, or does not any more. */
export function noteWaiting(model: OverlayModel, task: TaskView): OverlayModel {
  const waits = task.state === 'queued' || task.state === 'paused';
  if (!waits && !model.waiting.has(task.task_id)) return model;
  const waiting = new Map(model.waiting);
  if (waits) {
    const alert = 'args' in task || 'meta' in task ? alertOf(task) : null;
    const label = alert === null ? (model.waiting.get(task.task_id)?.label ?? '') : alertLabel(alert);
    const { task_id, name, priority, submitted_at } = task;
    waiting.set(task_id, { task_id, name, priority, submitted_at, paused: task.state === 'paused', label });
    const [last] = waiting.size > WAITING_MAX ? inOrder(waiting.values()).slice(-1) : [];
    if (last !== undefined) waiting.delete(last.task_id);
  } else {
    waiting.delete(task.task_id);
  }
  return { ...model, waiting };
}

function forgetTasks(model: OverlayModel): OverlayModel {
  if (model.tasks.size <= TASKS_MAX) return model;
  const speaking = new Set([...model.bubbles.values()].map((bubble) => bubble.task_id));
  const tasks = new Map(model.tasks);
  for (const task_id of model.tasks.keys()) {
    if (tasks.size <= TASKS_MAX) break;
    if (!speaking.has(task_id) && task_id !== model.current?.task_id) tasks.delete(task_id);
  }
  return { ...model, tasks };
}

export function takeStatus(model: OverlayModel, status: LaneStatus): OverlayModel {
  const current = status.current_task;
  const noted: OverlayModel = { ...model, state: status.state, current };
  if (current === null) return noted;
  const { task_id, name, priority } = current;
  const known = model.tasks.get(task_id);
  return note(noted, task_id, { name, priority, ...(known === undefined ? { alert: alertOf({ name }) } : {}) });
}

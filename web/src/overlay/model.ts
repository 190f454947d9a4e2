// What the overlay knows: the connection, the lane's state, and one bubble for each text stream of a task. Owns the
// shapes, their bounds and the small changes that keep them; `step.ts` and `snapshot.ts` decide when to make which.
//
// A bubble: live → yielding (a pause was asked for) → paused → live …     what comes while it yields is kept, not shown
//           live | yielding | paused → ended                              shown for a while, then gone
import type { WatchEvent } from '@cuehub/client';
import type { CurrentTask, LaneStateView, LaneStatus, Priority, TaskView } from '@cuehub/protocol';
import { EMPTY_TEXT, type StreamedText } from './streamed-text.js';

/** Bubbles kept at once; past it the oldest ended one goes, else the oldest. */
export const BUBBLES_MAX = 8;
/** Tasks whose name is remembered without a bubble. */
export const TASKS_MAX = 64;
/** How long the text of an ended reply stays, unless the address says otherwise. */
export const LINGER_DEFAULT_MS = 6_000;
/** The same for a reply that was cancelled or failed: what is cut off should not be read for long. */
export const LINGER_BROKEN_MS = 1_500;
/** The same once another reply began to speak. */
export const LINGER_SUPERSEDED_MS = 400;

export type Connection =
  | { readonly status: 'connecting' | 'online' | 'offline' | 'no_token' }
  | { readonly status: 'refused'; readonly message: string };

export type OverlayInput =
  | { readonly kind: 'message'; readonly message: WatchEvent }
  | { readonly kind: 'connection'; readonly connection: Connection }
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
}

export interface TaskNote {
  readonly name: string;
  readonly priority: Priority;
  readonly speaker: string;
}

export interface OverlayModel {
  readonly linger_ms: number;
  readonly connection: Connection;
  readonly state: LaneStateView | null;
  readonly current: CurrentTask | null;
  /** In the order in which they were first heard of. */
  readonly tasks: ReadonlyMap<string, TaskNote>;
  /** In the order in which they began. */
  readonly bubbles: ReadonlyMap<string, Bubble>;
  /** A cut fell where only the hub knows the text: a new snapshot will mend it. */
  readonly wants_snapshot: boolean;
}

export function emptyModel(linger_ms: number = LINGER_DEFAULT_MS): OverlayModel {
  return {
    linger_ms,
    connection: { status: 'connecting' },
    state: null,
    current: null,
    tasks: new Map(),
    bubbles: new Map(),
    wants_snapshot: false,
  };
}

export function bubbleKey(task_id: string, stream: string): string {
  return `${task_id}/${stream}`;
}

export function newBubble(key: string, task_id: string): Bubble {
  return {
    key,
    task_id,
    text: EMPTY_TEXT,
    phase: 'live',
    shown_up_to: null,
    open: true,
    broken: false,
    hide_at: null,
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

function note(
  model: OverlayModel,
  task_id: string,
  news: Omit<TaskNote, 'speaker'> & { speaker?: string },
): OverlayModel {
  const known = model.tasks.get(task_id);
  const speaker = news.speaker ?? known?.speaker ?? '';
  if (known?.name === news.name && known.priority === news.priority && known.speaker === speaker) return model;
  const tasks = new Map(model.tasks).set(task_id, { name: news.name, priority: news.priority, speaker });
  return forgetTasks({ ...model, tasks });
}

export function noteTask(model: OverlayModel, task: TaskView): OverlayModel {
  return note(model, task.task_id, { name: task.name, priority: task.priority, speaker: task.source.client_name });
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
  return current === null ? noted : note(noted, current.task_id, { name: current.name, priority: current.priority });
}

// What is to be seen of the overlay's model: the mode, who waits, the bubbles in their places, a notice. Pure; the DOM
// shell draws it and decides nothing.
import type { Priority } from '@cuehub/protocol';
import type { Alert } from './alert.js';
import { inOrder, type Bubble, type Connection, type OverlayModel } from './model.js';
import type { OverlayOptions } from './options.js';
import { type Word, wordsUpTo } from './streamed-text.js';

/** Bubbles that wait behind the one that speaks; more would cover the game. */
export const BUBBLES_BEHIND_MAX = 2;
/** Those that wait by name; the others are counted. */
export const QUEUE_ITEMS_MAX = 4;

export type BadgeTone = 'idle' | 'busy' | 'streaming' | 'paused' | 'stopped' | 'offline' | 'refused';

export interface BadgeView {
  /** Also there uncalled when the picture is not live: a viewer sees little, the streamer sees why. */
  readonly shown: boolean;
  readonly tone: BadgeTone;
  readonly label: string;
  /** The task that has the floor, in words; empty when none has. */
  readonly task: string;
  /** `can_interrupt` is false: whoever comes now has to wait. */
  readonly protected: boolean;
  /** Tasks queued or paused. */
  readonly waiting: number;
}

export interface QueueItemView {
  readonly key: string;
  readonly task: string;
  /** `Ada · $20`; empty where there is no more to say. */
  readonly label: string;
  readonly priority: Priority;
  readonly paused: boolean;
}

export interface QueueView {
  readonly items: readonly QueueItemView[];
  /** Those that are not among the items. */
  readonly more: number;
}

export interface BubbleView {
  readonly key: string;
  /** The card on top; null for a plain reply. */
  readonly alert: Alert | null;
  readonly speaker: string;
  readonly task: string;
  readonly priority: Priority;
  readonly words: readonly Word[];
  /** More text is expected and can come now. */
  readonly typing: boolean;
  /** 0 speaks; 1 and up stepped back, 1 being the nearest. */
  readonly depth: number;
  /** Why it stepped back; empty when it did not. */
  readonly aside: string;
  readonly broken: boolean;
}

export interface OverlayView {
  readonly badge: BadgeView;
  readonly queue: QueueView;
  /** From the back to the front. */
  readonly bubbles: readonly BubbleView[];
  /** The picture may be old: the hub cannot be reached. */
  readonly stale: boolean;
  readonly notice: { readonly title: string; readonly text: string } | null;
}

export type ViewOptions = Pick<OverlayOptions, 'show' | 'name'>;

export function viewOf(model: OverlayModel, options: ViewOptions): OverlayView {
  const { status } = model.connection;
  return {
    badge: badgeOf(model, options),
    queue: queueOf(model, options),
    bubbles: bubblesOf(model, options),
    stale: status !== 'online',
    notice: noticeOf(model.connection),
  };
}

/** `chat_response` → `chat response`: names are for programs, pages are for people. */
export function humanName(name: string): string {
  return name.replace(/[_.:/-]+/g, ' ').trim();
}

function badgeOf(model: OverlayModel, { show }: ViewOptions): BadgeView {
  const { connection, state, current } = model;
  const plain = { shown: true, task: '', protected: false, waiting: 0 };
  if (connection.status === 'refused') return { ...plain, tone: 'refused', label: 'Not allowed in' };
  if (connection.status === 'no_token') return { ...plain, tone: 'refused', label: 'No token' };
  if (connection.status === 'offline') return { ...plain, tone: 'offline', label: 'Not connected' };
  const shown = show.includes('mode');
  if (connection.status === 'connecting' || state === null) {
    return { ...plain, shown, tone: 'offline', label: 'Connecting' };
  }
  const known = {
    shown,
    task: current === null ? '' : humanName(current.name),
    protected: !state.can_interrupt,
    waiting: state.tasks_queued + state.tasks_paused,
  };
  if (!state.started) return { ...known, tone: 'stopped', label: current === null ? 'Stopped' : 'Stopping' };
  if (state.mode === 'streaming') return { ...known, tone: 'streaming', label: 'Streaming' };
  if (state.mode === 'busy') return { ...known, tone: 'busy', label: 'Busy' };
  if (state.tasks_paused > 0) return { ...known, tone: 'paused', label: 'Paused' };
  return { ...known, tone: 'idle', label: 'Idle' };
}

function queueOf({ connection, state, waiting }: OverlayModel, { show }: ViewOptions): QueueView {
  if (!show.includes('queue') || connection.status !== 'online' || state === null) return { items: [], more: 0 };
  const items = inOrder(waiting.values()).slice(0, QUEUE_ITEMS_MAX);
  return {
    items: items.map(({ task_id, name, label, priority, paused }) => ({
      key: task_id,
      task: humanName(name),
      label,
      priority,
      paused,
    })),
    more: Math.max(waiting.size, state.tasks_queued + state.tasks_paused) - items.length,
  };
}

function bubblesOf(model: OverlayModel, options: ViewOptions): BubbleView[] {
  const all = [...model.bubbles.values()];
  const aside = all.filter(isAside);
  const behind = aside
    .slice(-BUBBLES_BEHIND_MAX)
    .map((bubble, index, shown) => ({ bubble, depth: shown.length - index }));
  // What has ended makes room: one that comes back speaks from where it spoke before.
  const front = all
    .filter((bubble) => !isAside(bubble))
    .sort((a, b) => Number(isLive(a)) - Number(isLive(b)) || a.live_since - b.live_since);
  return [...behind, ...front.map((bubble) => ({ bubble, depth: 0 }))]
    .map(({ bubble, depth }) => drawn(model, bubble, depth, options))
    .filter(
      (bubble) =>
        bubble.alert !== null || (options.show.includes('bubble') && (bubble.words.length > 0 || bubble.typing)),
    );
}

function isLive(bubble: Bubble): boolean {
  return bubble.phase === 'live';
}

/** What is cut off does not come to the front to disappear. */
function isAside(bubble: Bubble): boolean {
  return bubble.phase === 'yielding' || bubble.phase === 'paused' || bubble.broken;
}

function drawn(model: OverlayModel, bubble: Bubble, depth: number, { show, name }: ViewOptions): BubbleView {
  const task = model.tasks.get(bubble.task_id);
  const { words } = bubble.text;
  const speaks = show.includes('bubble');
  return {
    key: bubble.key,
    alert: show.includes('alerts') ? (task?.alert ?? null) : null,
    speaker: name || (task?.speaker ?? ''),
    // Who has a name for viewers shows them no names of programs.
    task: name === '' ? humanName(task?.name ?? '') : '',
    priority: task?.priority ?? 'MEDIUM',
    words: !speaks ? [] : bubble.shown_up_to === null ? words : wordsUpTo(words, bubble.shown_up_to),
    typing: speaks && bubble.phase === 'live' && bubble.open && model.connection.status === 'online',
    depth,
    aside: isAside(bubble) ? asideOf(model, bubble, name) : '',
    broken: bubble.broken,
  };
}

function asideOf(model: OverlayModel, bubble: Bubble, name: string): string {
  const { current } = model;
  if (bubble.broken) return 'cut short';
  if (model.state?.started === false) return 'stopped';
  if (current === null || current.task_id === bubble.task_id || name !== '') return 'on hold';
  return `on hold for ${humanName(current.name)}`;
}

function noticeOf(connection: Connection): OverlayView['notice'] {
  if (connection.status === 'refused') {
    return { title: 'The hub does not let this page in', text: connection.message };
  }
  if (connection.status === 'no_token') {
    return { title: 'This page needs a token', text: 'Add it to the address, after the #: /overlay#token=…' };
  }
  return null;
}

// What is to be seen of the overlay's model: the badge, the bubbles in their places, a notice. Pure; the DOM shell
// draws it and decides nothing.
import type { Priority } from '@cuehub/protocol';
import type { Bubble, Connection, OverlayModel } from './model.js';
import { type Word, wordsUpTo } from './streamed-text.js';

/** Bubbles that wait behind the one that speaks; more would cover the game. */
export const BUBBLES_BEHIND_MAX = 2;

export type BadgeTone = 'idle' | 'busy' | 'streaming' | 'paused' | 'stopped' | 'offline' | 'refused';

export interface BadgeView {
  readonly tone: BadgeTone;
  readonly label: string;
  /** The task that has the floor, in words; empty when none has. */
  readonly task: string;
  /** `can_interrupt` is false: whoever comes now has to wait. */
  readonly protected: boolean;
  /** Tasks queued or paused. */
  readonly waiting: number;
}

export interface BubbleView {
  readonly key: string;
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
  /** From the back to the front. */
  readonly bubbles: readonly BubbleView[];
  /** The picture may be old: the hub cannot be reached. */
  readonly stale: boolean;
  readonly notice: { readonly title: string; readonly text: string } | null;
}

export function viewOf(model: OverlayModel): OverlayView {
  const { status } = model.connection;
  return {
    badge: badgeOf(model),
    bubbles: bubblesOf(model),
    stale: status !== 'online',
    notice: noticeOf(model.connection),
  };
}

/** `chat_response` → `chat response`: names are for programs, pages are for people. */
export function humanName(name: string): string {
  return name.replace(/[_.:/-]+/g, ' ').trim();
}

function badgeOf(model: OverlayModel): BadgeView {
  const { connection, state, current } = model;
  const plain = { task: '', protected: false, waiting: 0 };
  if (connection.status === 'refused') return { ...plain, tone: 'refused', label: 'Not allowed in' };
  if (connection.status === 'no_token') return { ...plain, tone: 'refused', label: 'No token' };
  if (connection.status === 'offline') return { ...plain, tone: 'offline', label: 'Not connected' };
  if (connection.status === 'connecting' || state === null) return { ...plain, tone: 'offline', label: 'Connecting' };
  const known = {
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

function bubblesOf(model: OverlayModel): BubbleView[] {
  const all = [...model.bubbles.values()];
  const aside = all.filter(isAside);
  const behind = aside
    .slice(-BUBBLES_BEHIND_MAX)
    .map((bubble, index, shown) => ({ bubble, depth: shown.length - index }));
  // What has just ended makes room: one that comes back speaks from where it spoke before.
  const front = all.filter((bubble) => !isAside(bubble)).sort((a, b) => Number(isLive(a)) - Number(isLive(b)));
  return [...behind, ...front.map((bubble) => ({ bubble, depth: 0 }))]
    .map(({ bubble, depth }) => drawn(model, bubble, depth))
    .filter((bubble) => bubble.words.length > 0 || bubble.typing);
}

function isLive(bubble: Bubble): boolean {
  return bubble.phase === 'live';
}

/** What is cut off does not come to the front to disappear. */
function isAside(bubble: Bubble): boolean {
  return bubble.phase === 'yielding' || bubble.phase === 'paused' || bubble.broken;
}

function drawn(model: OverlayModel, bubble: Bubble, depth: number): BubbleView {
  const task = model.tasks.get(bubble.task_id);
  const { words } = bubble.text;
  return {
    key: bubble.key,
    speaker: task?.speaker ?? '',
    task: humanName(task?.name ?? ''),
    priority: task?.priority ?? 'MEDIUM',
    words: bubble.shown_up_to === null ? words : wordsUpTo(words, bubble.shown_up_to),
    typing: bubble.phase === 'live' && bubble.open && model.connection.status === 'online',
    depth,
    aside: isAside(bubble) ? asideOf(model, bubble) : '',
    broken: bubble.broken,
  };
}

function asideOf(model: OverlayModel, bubble: Bubble): string {
  const { current } = model;
  if (bubble.broken) return 'cut short';
  if (model.state?.started === false) return 'stopped';
  if (current === null || current.task_id === bubble.task_id) return 'on hold';
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

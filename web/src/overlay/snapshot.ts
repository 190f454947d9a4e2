// Taking a snapshot: what the hub says now replaces what this page believed, without letting text jump that was right.
import { DEFAULT_STREAM, type LaneSnapshot, type StreamSnapshot } from '@cuehub/protocol';
import {
  alertBubble,
  alertOn,
  type Bubble,
  bubbleKey,
  type BubblePhase,
  newBubble,
  noteTask,
  noteWaiting,
  type OverlayModel,
  putBubble,
  takeStatus,
} from './model.js';
import { type StreamedText, textFromSnapshot } from './streamed-text.js';

/** Enough to tell the text of one attempt from that of another. */
const LAST_WORDS_COMPARED = 20;

export function takeSnapshot(model: OverlayModel, snapshot: LaneSnapshot, now_ms: number): OverlayModel {
  let next = takeStatus({ ...model, wants_snapshot: false }, snapshot);
  for (const task of snapshot.paused) next = noteTask(next, task);
  const waiting = [...snapshot.paused, ...snapshot.queue];
  const told = new Set(waiting.map((task) => task.task_id));
  next = { ...next, waiting: new Map([...next.waiting].filter(([task_id]) => told.has(task_id))) };
  for (const task of waiting) next = noteWaiting(next, task);
  const streams = snapshot.streams.filter((stream) => stream.content_type.startsWith('text/'));
  next = showAlerts(next, snapshot, now_ms);
  const alive = new Set(streams.map((stream) => bubbleKey(stream.task_id, stream.stream)));
  for (const task_id of begunIn(snapshot)) {
    // An alert need not say anything to be there.
    if (alertOn(next, task_id) !== null) alive.add(bubbleKey(task_id, DEFAULT_STREAM));
  }
  for (const bubble of next.bubbles.values()) {
    // It ended while nobody here was listening: nobody knows how.
    if (!alive.has(bubble.key) && bubble.phase !== 'ended') {
      next = putBubble(next, { ...bubble, phase: 'ended', open: false, hide_at: now_ms + model.hide_after_ms });
    }
  }
  for (const stream of streams) next = putBubble(next, fromSnapshot(next, snapshot, stream, now_ms));
  return next;
}

/** Tasks that run or have run, and are not over. */
function begunIn(snapshot: LaneSnapshot): string[] {
  const current = snapshot.current_task === null ? [] : [snapshot.current_task.task_id];
  return [...snapshot.paused.map((task) => task.task_id), ...current];
}

function showAlerts(model: OverlayModel, snapshot: LaneSnapshot, now_ms: number): OverlayModel {
  let next = model;
  for (const task_id of begunIn(snapshot)) {
    if (alertOn(next, task_id) === null) continue;
    const bubble = next.bubbles.get(bubbleKey(task_id, DEFAULT_STREAM)) ?? alertBubble(task_id, now_ms);
    next = putBubble(next, { ...bubble, phase: phaseIn(snapshot, task_id) });
  }
  return next;
}

function fromSnapshot(model: OverlayModel, snapshot: LaneSnapshot, stream: StreamSnapshot, now_ms: number): Bubble {
  const key = bubbleKey(stream.task_id, stream.stream);
  const known = model.bubbles.get(key);
  const isSame = known !== undefined && known.text.next_seq === stream.next_seq && endsAlike(known.text, stream.text);
  const phase = phaseIn(snapshot, stream.task_id);
  // A stream may be closed while its task goes on; the snapshot tells its text all the same.
  const open = phase === 'paused' ? (known?.open ?? true) : snapshot.state.streaming;
  return {
    ...(known ?? newBubble(key, stream.task_id, now_ms)),
    text: isSame ? known.text : textFromSnapshot(stream.text, stream.text_from, stream.next_seq),
    phase,
    shown_up_to: phase === 'live' || !isSame ? null : known.shown_up_to,
    open,
    broken: false,
    hide_at: open ? null : (known?.hide_at ?? now_ms + model.hide_after_ms),
  };
}

function endsAlike(text: StreamedText, whole: string): boolean {
  return whole.endsWith(
    text.words
      .slice(-LAST_WORDS_COMPARED)
      .map((word) => word.text)
      .join(''),
  );
}

function phaseIn(snapshot: LaneSnapshot, task_id: string): BubblePhase {
  if (snapshot.current_task?.task_id !== task_id) return 'paused';
  const { state } = snapshot.current_task;
  return state === 'pausing' || state === 'cancelling' ? 'yielding' : 'live';
}

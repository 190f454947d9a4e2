// Taking a snapshot: what the hub says now replaces what this page believed, without letting text jump that was right.
import type { LaneSnapshot, StreamSnapshot } from '@cuehub/protocol';
import {
  type Bubble,
  bubbleKey,
  type BubblePhase,
  newBubble,
  noteTask,
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
  const streams = snapshot.streams.filter((stream) => stream.content_type.startsWith('text/'));
  const alive = new Set(streams.map((stream) => bubbleKey(stream.task_id, stream.stream)));
  for (const bubble of next.bubbles.values()) {
    // It ended while nobody here was listening: nobody knows how.
    if (!alive.has(bubble.key) && bubble.phase !== 'ended') {
      next = putBubble(next, { ...bubble, phase: 'ended', open: false, hide_at: now_ms + model.linger_ms });
    }
  }
  for (const stream of streams) next = putBubble(next, fromSnapshot(next, snapshot, stream, now_ms));
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
    ...(known ?? newBubble(key, stream.task_id)),
    text: isSame ? known.text : textFromSnapshot(stream.text, stream.text_from, stream.next_seq),
    phase,
    shown_up_to: phase === 'live' || !isSame ? null : known.shown_up_to,
    open,
    broken: false,
    hide_at: open ? null : (known?.hide_at ?? now_ms + model.linger_ms),
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

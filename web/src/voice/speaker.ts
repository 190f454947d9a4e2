// What is spoken now: one voice at a time, also here. Knows how far each stream was spoken, to the word. Pure: the lane
// and the voice's own events come in, what the voice should do comes out of `decide`.
//
// A stream stops where its task is asked to pause, or when somebody here begins to talk, and goes on from the word it was
// at. Every word is said as a whole once: one that was cut in its middle is said again, a finished one never.
import { isTerminal, levelOf, PRIORITIES } from '@cuehub/protocol';
import type { Lane, Stream } from './lane.js';
import { nextPiece, type Piece } from './sentence.js';
import type { Settings } from './settings.js';
import { lastSeqBefore } from './text-track.js';

export interface Speaker {
  readonly speak: Settings['speak'];
  /** From here each stream goes on, by key. */
  readonly spoken: ReadonlyMap<string, number>;
  /** Up to here it was really said: what was skipped was not heard. */
  readonly heard: ReadonlyMap<string, number>;
  readonly speaking: ({ readonly key: string } & Piece) | null;
  /** Somebody talks here. */
  readonly held: boolean;
}

export type Speech = { readonly do: 'say'; readonly key: string; readonly piece: Piece } | { readonly do: 'stop' };

export const SILENT: Speaker = { speak: 'off', spoken: new Map(), heard: new Map(), speaking: null, held: false };

/** The voice has begun the word at `char` of the piece that it speaks: what lies before it was said. */
export function atWord(speaker: Speaker, char: number): Speaker {
  const { speaking } = speaker;
  return speaking === null ? speaker : said(speaker, speaking.key, Math.min(speaking.from + char, speaking.to));
}

/** The voice has spoken its piece to the end. */
export function atEnd(speaker: Speaker): Speaker {
  const { speaking } = speaker;
  return speaking === null ? speaker : { ...said(speaker, speaking.key, speaking.to), speaking: null };
}

/** The voice was stopped, or stopped by itself: from the word it was at, it goes on later. */
export function atStop(speaker: Speaker): Speaker {
  return { ...speaker, speaking: null };
}

function said(speaker: Speaker, key: string, to: number): Speaker {
  return {
    ...speaker,
    spoken: new Map(speaker.spoken).set(key, Math.max(to, speaker.spoken.get(key) ?? 0)),
    heard: new Map(speaker.heard).set(key, Math.max(to, speaker.heard.get(key) ?? 0)),
  };
}

/** Whose text is spoken from now on. What was shown without being spoken before is not made up for. */
export function setSpeak(speaker: Speaker, speak: Settings['speak'], lane: Lane, mine: ReadonlySet<string>): Speaker {
  const spoken = new Map(speaker.spoken);
  for (const stream of lane.streams.values()) {
    if (!isFor(speaker.speak, stream, mine)) spoken.set(stream.key, stream.track.text.length);
  }
  return { ...speaker, speak, spoken };
}

/** Nothing of what there is so far: somebody has heard enough. The voice is to be stopped with it. */
export function skipAll(speaker: Speaker, lane: Lane): Speaker {
  const ends = [...lane.streams.values()].map(({ key, track }): [string, number] => [key, track.text.length]);
  return { ...speaker, spoken: new Map([...speaker.spoken, ...ends]), speaking: null };
}

/** After each change of the lane: forgets streams that are gone, goes back where text was taken back. */
export function follow(speaker: Speaker, lane: Lane, mine: ReadonlySet<string>): Speaker {
  const spoken = new Map<string, number>();
  const heard = new Map<string, number>();
  for (const stream of lane.streams.values()) {
    const said_to = speaker.heard.get(stream.key);
    if (said_to !== undefined) heard.set(stream.key, Math.min(said_to, stream.track.text.length));
    const before = speaker.spoken.get(stream.key);
    // Text from before this page was opened was not said to anybody here.
    const start = stream.old && !mine.has(stream.task_id) ? stream.track.text.length : 0;
    spoken.set(stream.key, Math.min(before ?? start, stream.track.text.length));
  }
  return { ...speaker, spoken, heard };
}

/** What the voice should do now; null: what it does. */
export function decide(speaker: Speaker, lane: Lane, mine: ReadonlySet<string>): Speech | null {
  const { speaking } = speaker;
  if (speaking === null) {
    const best = speaker.held ? undefined : candidates(speaker, lane, mine)[0];
    return best === undefined ? null : { do: 'say', key: best.stream.key, piece: best.piece };
  }
  const stream = lane.streams.get(speaking.key);
  if (speaker.held || stream === undefined || !isFor(speaker.speak, stream, mine)) return { do: 'stop' };
  if (!mayBeSpoken(lane, stream)) return { do: 'stop' };
  // Taken back, by a new attempt that says something else there.
  if (speaking.to > stream.track.text.length) return { do: 'stop' };
  const best = candidates(speaker, lane, mine)[0];
  return best !== undefined && urgency(lane, best.stream) < urgency(lane, stream) ? { do: 'stop' } : null;
}

/** The last chunk of each stream that was spoken as a whole, as `stream.heard` tells it. */
export function heardSeqs(speaker: Speaker, lane: Lane): Map<string, number> {
  const heard = new Map<string, number>();
  for (const { key, stream, track } of lane.streams.values()) {
    // Nobody at the hub knows a stream of this.
    if (stream === '') continue;
    const to = speaker.heard.get(key);
    const seq = to === undefined ? null : lastSeqBefore(track, to);
    if (seq !== null) heard.set(key, seq);
  }
  return heard;
}

function candidates(speaker: Speaker, lane: Lane, mine: ReadonlySet<string>): { stream: Stream; piece: Piece }[] {
  return [...lane.streams.values()]
    .filter((stream) => isFor(speaker.speak, stream, mine) && mayBeSpoken(lane, stream))
    .flatMap((stream) => {
      const piece = nextPiece(stream.track.text, speaker.spoken.get(stream.key) ?? 0, stream.complete);
      return piece === null ? [] : [{ stream, piece }];
    })
    .sort((a, b) => urgency(lane, a.stream) - urgency(lane, b.stream));
}

function isFor(speak: Settings['speak'], stream: Stream, mine: ReadonlySet<string>): boolean {
  return speak === 'all' || (speak === 'mine' && mine.has(stream.task_id));
}

/** Nothing of a task that was told to stop, or that came to nothing; the rest of a finished one. */
function mayBeSpoken(lane: Lane, { task_id }: Stream): boolean {
  const state = lane.tasks.get(task_id)?.state;
  if (state === undefined) return false;
  return isTerminal(state) ? state === 'completed' : state === 'running';
}

function urgency(lane: Lane, { task_id }: Stream): number {
  const task = lane.tasks.get(task_id);
  return task === undefined ? PRIORITIES.length + 1 : levelOf(task.priority);
}

/** A reply is being spoken, also in the moment in which its next sentence is not there yet. */
export function isSounding(speaker: Speaker, lane: Lane, mine: ReadonlySet<string>): boolean {
  if (speaker.held) return false;
  if (speaker.speaking !== null) return true;
  return [...lane.streams.values()].some(
    (stream) =>
      !stream.complete &&
      speaker.heard.has(stream.key) &&
      isFor(speaker.speak, stream, mine) &&
      mayBeSpoken(lane, stream),
  );
}

// The text of one stream and which chunk each part of it came in. Pure. Places are counted in UTF-16 units from the
// first character that is known here.

/** Characters kept of a stream; far more than anybody listens to. Past it what comes is counted, not kept. */
export const TRACK_CHARS_MAX = 200_000;

/** Chunks `from_seq` up to and without `to_seq` begin at `at`; several at once when a snapshot brought them. */
interface Mark {
  readonly from_seq: number;
  readonly to_seq: number;
  readonly at: number;
}

export interface TextTrack {
  readonly text: string;
  readonly next_seq: number;
  readonly marks: readonly Mark[];
}

export const EMPTY_TRACK: TextTrack = { text: '', next_seq: 0, marks: [] };

function appended(track: TextTrack, from_seq: number, to_seq: number, data: string): TextTrack {
  const text = (track.text + data).slice(0, TRACK_CHARS_MAX);
  return { text, next_seq: to_seq, marks: [...track.marks, { from_seq, to_seq, at: track.text.length }] };
}

/** Chunk `seq`; one that is known already changes nothing. */
export function appendChunk(track: TextTrack, seq: number, data: string): TextTrack {
  return seq < track.next_seq ? track : appended(track, seq, seq + 1, data);
}

/** A new attempt: the text up to and without chunk `from_seq`. Where nobody here knows that place, everything goes. */
export function cutTrack(track: TextTrack, from_seq: number): TextTrack {
  if (from_seq >= track.next_seq) return track;
  const index = track.marks.findIndex((mark) => mark.to_seq > from_seq);
  const mark = track.marks[index];
  if (mark === undefined || mark.from_seq !== from_seq) return { ...EMPTY_TRACK, next_seq: from_seq };
  return { text: track.text.slice(0, mark.at), next_seq: from_seq, marks: track.marks.slice(0, index) };
}

/** What a snapshot has of the stream. Places in the text stay good when it only goes on where this one was. */
export function mergeSnapshot(track: TextTrack, text: string, text_from: number, next_seq: number): TextTrack {
  const first = track.marks[0]?.from_seq ?? text_from;
  if (text_from === first && text.startsWith(track.text) && next_seq >= track.next_seq) {
    return next_seq === track.next_seq
      ? track
      : appended(track, track.next_seq, next_seq, text.slice(track.text.length));
  }
  return appended({ ...EMPTY_TRACK, next_seq: text_from }, text_from, next_seq, text);
}

/** The last chunk that lies before place `at` as a whole; null when none does. */
export function lastSeqBefore(track: TextTrack, at: number): number | null {
  if (at >= track.text.length) return track.next_seq === 0 ? null : track.next_seq - 1;
  for (let index = track.marks.length - 1; index > 0; index -= 1) {
    const mark = track.marks[index];
    if (mark !== undefined && mark.at <= at) return mark.from_seq - 1;
  }
  return null;
}

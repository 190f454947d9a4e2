// Cuts text that may still grow into pieces to be spoken: sentences, and shorter where a sentence is long. Pure.

/** A voice takes about fifteen seconds for this; some browsers fall silent in longer ones. */
export const PIECE_CHARS_MAX = 220;
/** Text without an end of sentence is spoken from here on all the same, so that slow text is not silent. */
const PIECE_CHARS_WAIT = 140;

export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A full stop ends a sentence only with white space after it (3.14); the others need none. */
const SENTENCE_END = /(?:[.…](?=["'”’)\]]*\s)|[!?。！？]|\n)["'”’)\]]*\s*/u;
const CLAUSE_END = /[,;:،、—–-]\s+/gu;

/** What to speak next from `from` on; null when more text has to come first (or there is none). */
export function nextPiece(text: string, from: number, complete: boolean): Piece | null {
  const start = from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
  const rest = text.slice(start);
  if (rest === '') return null;
  const end = SENTENCE_END.exec(rest);
  let length: number;
  if (end !== null && end.index + end[0].length <= PIECE_CHARS_MAX) length = end.index + end[0].length;
  else if (rest.length > PIECE_CHARS_WAIT) length = brokenAt(rest, complete);
  else if (complete) length = rest.length;
  else return null;
  return length === 0 ? null : { from: start, to: start + length, text: rest.slice(0, length).trimEnd() };
}

/** The last clause, else the last space, before the longest piece; whatever stands there where there is neither. */
function brokenAt(rest: string, complete: boolean): number {
  if (complete && rest.length <= PIECE_CHARS_MAX) return rest.length;
  const room = rest.slice(0, PIECE_CHARS_MAX);
  const clauses = [...room.matchAll(CLAUSE_END)].map((match) => match.index + match[0].length);
  const clause = clauses[clauses.length - 1] ?? 0;
  if (clause >= PIECE_CHARS_WAIT / 2) return clause;
  const space = room.lastIndexOf(' ') + 1;
  if (space > 0) return space;
  // Not between the halves of a surrogate pair.
  const half = /[\ud800-\udbff]$/.test(room) ? 1 : 0;
  return room.length < PIECE_CHARS_MAX ? 0 : room.length - half;
}

// The text of one stream as words that keep their identity while it grows, so that a page can let new words appear
// without touching the old ones. Owns appending, cutting at a chunk and the bound; knows nothing of tasks or the DOM.

/** Characters kept of a stream; past it the oldest words go. Far more than a bubble shows. */
export const TEXT_KEPT_CHARS_MAX = 2_400;
/** What is left after that. Words go in one block, because each removal wraps the lines anew. */
export const TEXT_KEPT_CHARS_AFTER_TRIM = 1_200;
/** Chunks whose place in the text is remembered, to cut there. */
export const TEXT_CHUNKS_MAX = 4_096;
/** A run without a space (a long address) is split into pieces of this length. */
export const WORD_CHARS_MAX = 24;

export interface Word {
  /** Place of its first character, counted in UTF-16 units from the start of the stream: its identity. */
  readonly at: number;
  /** The white space after it belongs to it. */
  readonly text: string;
}

/** Chunks `from_seq` up to and without `to_seq` begin at `at`. More than one chunk when a snapshot brought them. */
interface Mark {
  readonly from_seq: number;
  readonly to_seq: number;
  readonly at: number;
}

export interface StreamedText {
  readonly words: readonly Word[];
  /** Characters so far, those that were dropped included. */
  readonly end: number;
  /** Sequence number of the chunk that comes next. */
  readonly next_seq: number;
  readonly marks: readonly Mark[];
}

export const EMPTY_TEXT: StreamedText = { words: [], end: 0, next_seq: 0, marks: [] };

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Knows the words of languages that write none of their spaces. */
const dictionary = new Intl.Segmenter(undefined, { granularity: 'word' });
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

function splitLongRun(run: string): string[] {
  if (run.length <= WORD_CHARS_MAX) return [run];
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of graphemes.segment(run)) {
    if (piece !== '' && piece.length + segment.length > WORD_CHARS_MAX) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  pieces.push(piece);
  return pieces;
}

/** `今日は、元気。` → `今日` `は、` `元気。`: what is no word stays with the one before it. */
function splitByDictionary(run: string): string[] {
  if (!WITHOUT_SPACES.test(run)) return [run];
  const pieces: string[] = [];
  for (const { segment, isWordLike } of dictionary.segment(run)) {
    const last = pieces[pieces.length - 1];
    if (last === undefined || isWordLike === true) pieces.push(segment);
    else pieces[pieces.length - 1] = last + segment;
  }
  return pieces;
}

function splitWords(text: string, at: number): Word[] {
  const words: Word[] = [];
  let place = at;
  for (const run of text.match(/\S+\s*|\s+/g) ?? []) {
    for (const piece of splitByDictionary(run).flatMap(splitLongRun)) {
      words.push({ at: place, text: piece });
      place += piece.length;
    }
  }
  return words;
}

function trim(words: readonly Word[], end: number): readonly Word[] {
  const first = words[0];
  if (first === undefined || end - first.at <= TEXT_KEPT_CHARS_MAX) return words;
  const keep = words.findIndex((word) => word.at >= end - TEXT_KEPT_CHARS_AFTER_TRIM);
  return keep === -1 ? words.slice(-1) : words.slice(keep);
}

function appendChunks(text: StreamedText, from_seq: number, to_seq: number, data: string): StreamedText {
  const last = text.words[text.words.length - 1];
  // The last word may go on in this chunk (`hel` + `lo`), so it is split again together with what is new.
  const grown = last === undefined ? splitWords(data, text.end) : splitWords(last.text + data, last.at);
  const end = text.end + data.length;
  return {
    words: trim([...text.words.slice(0, -1), ...grown], end),
    end,
    next_seq: to_seq,
    marks: [...text.marks, { from_seq, to_seq, at: text.end }].slice(-TEXT_CHUNKS_MAX),
  };
}

/** The text that a snapshot brought: chunks `text_from` up to `next_seq` in one piece. */
export function textFromSnapshot(data: string, text_from: number, next_seq: number): StreamedText {
  return appendChunks({ ...EMPTY_TEXT, next_seq: text_from }, text_from, next_seq, data);
}

/** Chunk `seq`. One that was seen before replaces the text from there on; one too far ahead leaves a visible gap. */
export function appendChunk(text: StreamedText, seq: number, data: string): StreamedText {
  if (seq < text.next_seq) {
    const cut = cutText(text, seq);
    // Inside of what a snapshot brought in one piece: it is there already.
    return cut === null ? text : appendChunks(cut, seq, seq + 1, data);
  }
  const missing = seq > text.next_seq && text.end > 0;
  return appendChunks(text, seq, seq + 1, missing ? ` … ${data}` : data);
}

/** The text up to and without chunk `seq`, or null when nobody here knows where that chunk began. */
export function cutText(text: StreamedText, seq: number): StreamedText | null {
  if (seq >= text.next_seq) return text;
  if (seq === 0) return EMPTY_TEXT;
  const index = text.marks.findIndex((mark) => mark.from_seq === seq);
  const mark = text.marks[index];
  if (mark === undefined) {
    const first = text.marks[0];
    const isBeforeAll = first !== undefined && seq < first.from_seq && first.at === 0;
    return isBeforeAll ? { ...EMPTY_TEXT, next_seq: seq } : null;
  }
  return {
    words: wordsUpTo(text.words, mark.at),
    end: mark.at,
    next_seq: seq,
    marks: text.marks.slice(0, index),
  };
}

/** The words before place `at`; one that goes across it is shortened. */
export function wordsUpTo(words: readonly Word[], at: number): readonly Word[] {
  const kept = words.filter((word) => word.at < at);
  const last = kept[kept.length - 1];
  if (last === undefined || last.at + last.text.length <= at) return kept;
  return [...kept.slice(0, -1), { at: last.at, text: last.text.slice(0, at - last.at) }];
}

/** The last chunk that is shown in full when everything before place `at` is; null when none is. */
export function lastSeqBefore(text: StreamedText, at: number): number | null {
  if (at >= text.end) return text.next_seq === 0 ? null : text.next_seq - 1;
  for (let index = text.marks.length - 1; index > 0; index -= 1) {
    const mark = text.marks[index];
    if (mark !== undefined && mark.at <= at) return mark.from_seq - 1;
  }
  return null;
}

// The text of one stream with the place of each chunk, to cut it there when a new attempt opens the stream anew.
import type { StreamSnapshot } from '@cuehub/protocol';

/** Characters kept of a stream; past it the beginning goes. As much as the hub's snapshot has. */
export const TEXT_CHARS_MAX = 64 * 1024;
/** What is left then: trimming in blocks keeps appending cheap. */
const TEXT_CHARS_AFTER_TRIM = 48 * 1024;
/** Chunks whose place is remembered. */
const MARKS_MAX = 4_096;

export class SpokenText {
  text = '';
  next_seq = 0;
  /** The beginning is not here (any more). */
  begins_late = false;
  /** Where chunks begin, counted from the first character ever kept. */
  #marks: { readonly seq: number; readonly at: number }[] = [];
  /** Characters that were dropped from the beginning. */
  #dropped = 0;

  static from({ text, text_from, next_seq }: StreamSnapshot): SpokenText {
    const spoken = new SpokenText();
    spoken.next_seq = text_from;
    spoken.begins_late = text_from > 0;
    if (text !== '') spoken.add(text_from, text);
    spoken.next_seq = next_seq;
    return spoken;
  }

  add(seq: number, data: string): void {
    // A chunk that should have come before did not: say so where it is missing.
    if (seq > this.next_seq && this.text !== '') this.text += ' … ';
    else if (seq > this.next_seq) this.begins_late = true;
    this.#marks.push({ seq, at: this.#dropped + this.text.length });
    if (this.#marks.length > MARKS_MAX) this.#marks.shift();
    this.text += data;
    this.next_seq = seq + 1;
    if (this.text.length > TEXT_CHARS_MAX) this.#trim();
  }

  /** Forgets what came from chunk `seq` on; inside of what a snapshot brought in one piece, that whole piece. */
  cut(seq: number): void {
    if (seq >= this.next_seq) return;
    while ((this.#marks.at(-1)?.seq ?? -1) >= seq) {
      const mark = this.#marks.pop();
      if (mark !== undefined) this.text = this.text.slice(0, Math.max(0, mark.at - this.#dropped));
    }
    if (seq === 0) {
      this.text = '';
      this.begins_late = false;
    }
    this.next_seq = seq;
  }

  #trim(): void {
    const drop = this.text.length - TEXT_CHARS_AFTER_TRIM;
    // Half a character at the start would be drawn as a box.
    const half = /[\uDC00-\uDFFF]/.test(this.text.charAt(drop)) ? 1 : 0;
    this.text = this.text.slice(drop + half);
    this.#dropped += drop + half;
    this.begins_late = true;
  }
}

/** The text of one stream as a watcher has it: chunks by number, cut where a new attempt opens the stream anew. */
import type { StreamSnapshot } from '@cuehub/protocol';

/** More than a screen ever shows. */
const TEXT_CHARS_MAX = 16 * 1024;

export class StreamText {
  /** Each with the number of its first chunk; only the first part may stand for several chunks (a snapshot's). */
  #parts: { readonly seq: number; readonly text: string }[] = [];
  #chars = 0;
  next_seq = 0;

  static from(snapshot: StreamSnapshot): StreamText {
    const stream = new StreamText();
    stream.#push(snapshot.text_from, snapshot.text);
    stream.next_seq = snapshot.next_seq;
    return stream;
  }

  get text(): string {
    return this.#parts.map(({ text }) => text).join('');
  }

  add(seq: number, text: string): void {
    this.#push(seq, text);
    this.next_seq = seq + 1;
  }

  /** Forgets everything from chunk `seq` on. */
  cut(seq: number): void {
    while ((this.#parts.at(-1)?.seq ?? -1) >= seq) this.#chars -= this.#parts.pop()?.text.length ?? 0;
    this.next_seq = Math.min(this.next_seq, seq);
  }

  #push(seq: number, text: string): void {
    this.#parts.push({ seq, text });
    this.#chars += text.length;
    while (this.#chars > TEXT_CHARS_MAX && this.#parts.length > 1) this.#chars -= this.#parts.shift()?.text.length ?? 0;
  }
}

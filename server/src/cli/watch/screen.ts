/**
 * The terminal while a live view is shown: its own screen, no cursor, only changed lines written. Gives everything
 * back when it is closed, however the program ends.
 */
import type { Output } from '../io.js';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
// Terminals that know it show what is between the two at once; the others ignore it.
const FRAME_BEGIN = '\u001b[?2026h';
const FRAME_END = '\u001b[?2026l';

export class Screen {
  readonly #output: Output;
  #shown: string[] = [];
  #size = '';
  #open = false;

  constructor(output: Output) {
    this.#output = output;
  }

  get width(): number {
    return Math.max(1, this.#output.columns ?? 80);
  }

  get height(): number {
    return Math.max(1, this.#output.rows ?? 24);
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#output.write(ENTER);
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    const size = `${this.width}x${this.height}`;
    const resized = size !== this.#size;
    this.#size = size;
    let changes = resized ? '\u001b[2J' : '';
    lines.forEach((line, row) => {
      if (resized || line !== this.#shown[row]) changes += `\u001b[${row + 1};1H${line}\u001b[0m\u001b[K`;
    });
    this.#shown = [...lines];
    if (changes !== '') this.#output.write(`${FRAME_BEGIN}${changes}${FRAME_END}`);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#output.write(LEAVE);
  }
}

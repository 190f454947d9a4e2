/**
 * When the hub was last known to live: what ran when it was killed counts as having run up to then. A hub that has not
 * told its lanes anything yet does not count as living: what ran before its start is still down as running.
 */
import { ALIVE_KEY } from './layout.js';
import type { Ops } from './ops.js';

export class SignOfLife {
  #lives = false;
  #at = 0;

  /** Records are being written: what ran before the start is paused by then, or in the same write. */
  begin(): void {
    this.#lives = true;
  }

  /** Nothing is written when it was less than `after_ms` ago. */
  write(ops: Ops, now: number, after_ms = 0): void {
    if (!this.#lives || now - this.#at < after_ms) return;
    this.#at = now;
    ops.put('meta', ALIVE_KEY, String(now));
  }
}

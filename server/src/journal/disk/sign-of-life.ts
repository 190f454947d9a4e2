/**
 * When the hub was last known to live: what ran when it was killed counts as having run up to then. A hub that has not
 * told its lanes anything yet does not count as living: what ran before its start is still down as running.
 */
import type { Lane } from '../../core/index.js';
import { ALIVE_KEY } from './layout.js';
import type { Ops } from './ops.js';

/** How often it is looked whether a sign is due: of what runs, no more running time than this is forgotten. */
export const ALIVE_MS = 1_000;
/** How often where nothing runs, and nobody's running time hangs on it. */
const ALIVE_IDLE_MS = 5_000;

export class SignOfLife {
  #lives = false;
  #at = 0;
  readonly #running = new Set<Lane>();

  /** Records of this lane are being written: what ran before the start is paused by then, or in the same write. */
  wrote(lane: Lane): void {
    this.#lives = true;
    if (lane.holder === null) this.#running.delete(lane);
    else this.#running.add(lane);
  }

  /** With something that is written anyway. */
  goesWith(ops: Ops, now: number): void {
    if (now - this.#at >= ALIVE_MS) this.#write(ops, now);
  }

  /** By itself, every `ALIVE_MS`. False when there is no need of one. */
  beat(ops: Ops, now: number): boolean {
    if (this.#running.size === 0 && now - this.#at < ALIVE_IDLE_MS) return false;
    return this.#write(ops, now);
  }

  #write(ops: Ops, now: number): boolean {
    if (!this.#lives) return false;
    this.#at = now;
    ops.put('meta', ALIVE_KEY, String(now));
    return true;
  }
}

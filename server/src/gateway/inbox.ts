/**
 * What one connection sends, on its way in. A turn of the loop deals with so much of it and no more: the rest waits here,
 * and the wire is not read meanwhile. So one that sends without pause costs the others a bounded piece of each turn, and
 * is itself served in every turn.
 */
import type { Turn, TurnJob } from '../hub/turn.js';
import { TurnBudget } from './turn-budget.js';
import type { Wire } from './wire.js';

/** Bursts of a stream come in one piece all the same. */
export const FRAMES_PER_TURN = 64;
/** A frame may be as large; many of them are some milliseconds of work. */
const BYTES_PER_TURN = 256 * 1024;

interface Frame {
  readonly data: Uint8Array | string;
  readonly binary: boolean;
}

export interface InboxOptions {
  readonly turn: Turn;
  readonly wire: Pick<Wire, 'pause' | 'resume'>;
  readonly frame: (data: Uint8Array | string, binary: boolean) => void;
  /** After the last frame. */
  readonly ended: (code: number) => void;
}

export class Inbox implements TurnJob {
  due = false;
  readonly #options: InboxOptions;
  readonly #frames: TurnBudget;
  readonly #bytes: TurnBudget;
  /** What was read already when its turn had no more room for it: the rest of one read, at most. */
  #waiting: Frame[] = [];
  #from = 0;
  #end_code: number | null = null;
  #held = false;
  #paused = false;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#frames = new TurnBudget(options.turn, FRAMES_PER_TURN);
    this.#bytes = new TurnBudget(options.turn, BYTES_PER_TURN);
  }

  frame(data: Uint8Array | string, binary: boolean): void {
    if (this.#from === this.#waiting.length && this.#spend(data)) return this.#options.frame(data, binary);
    this.#waiting.push({ data, binary });
    this.#options.turn.inbox(this);
    this.#steer();
  }

  /** The other side is gone; what it said before counts. */
  ended(code: number): void {
    if (this.#from === this.#waiting.length) this.#options.ended(code);
    else this.#end_code ??= code;
  }

  /** Not to be read for a while. What was read already is dealt with. */
  hold(): void {
    this.#held = true;
    this.#steer();
  }

  release(): void {
    this.#held = false;
    this.#steer();
  }

  endTurn(): void {
    while (this.#from < this.#waiting.length) {
      const next = this.#waiting[this.#from];
      if (next === undefined || !this.#spend(next.data)) break;
      this.#from += 1;
      this.#options.frame(next.data, next.binary);
    }
    if (this.#from < this.#waiting.length) return this.#options.turn.inbox(this);
    this.#waiting = [];
    this.#from = 0;
    if (this.#end_code !== null) this.#options.ended(this.#end_code);
    else this.#steer();
  }

  /** What waits is not dealt with any more. */
  close(): void {
    this.#waiting = [];
    this.#from = 0;
    this.#end_code = null;
  }

  #spend(data: Uint8Array | string): boolean {
    if (!this.#frames.open || !this.#bytes.open) return false;
    this.#frames.spend(1);
    this.#bytes.spend(data.length);
    return true;
  }

  #steer(): void {
    const pause = this.#held || this.#from < this.#waiting.length;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#options.wire.pause();
    else this.#options.wire.resume();
  }
}

/**
 * When what was recorded goes to the store. A commit costs a flush, and disturbs what runs beside it: so what somebody
 * waits for goes at the end of the turn, the rest a little later, and all of it together. While the store is busy it all
 * gathers until that is ready.
 */
import type { Clock, Timer } from '../../config/clock.js';

/** What nobody waits for is kept from the store no longer than this. */
export const GATHER_MS = 20;

export interface GatheringOptions {
  readonly clock: Clock;
  /** There is no use in handing over anything before `ready`. */
  readonly busy: () => boolean;
  /** Hands over what gathered. */
  readonly flush: () => void;
}

export class Gathering {
  readonly #options: GatheringOptions;
  #open = false;
  #hurried = false;
  #timer: Timer | null = null;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** Something was recorded. */
  add(): void {
    if (this.#open) return;
    this.#open = true;
    if (!this.#options.busy()) this.#wait();
  }

  /** Somebody waits for what was recorded. */
  hurry(): void {
    if (!this.#open || this.#hurried) return;
    this.#hurried = true;
    if (!this.#options.busy()) setImmediate(() => this.#go());
  }

  /** The store could take more now, or failed and wants to know how much waits for it. */
  ready(): void {
    if (!this.#open) return;
    if (this.#hurried) this.#go();
    else this.#wait();
  }

  /** At once. */
  now(): void {
    this.#go();
  }

  #wait(): void {
    this.#timer ??= this.#options.clock.after(GATHER_MS, () => this.#go());
  }

  #go(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#hurried = false;
    this.#timer?.cancel();
    this.#timer = null;
    this.#options.flush();
  }
}

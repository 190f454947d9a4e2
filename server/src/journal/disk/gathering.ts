/**
 * When what was recorded goes to the store. A commit costs a flush, and disturbs what runs beside it: so what somebody
 * waits for goes at the end of the turn, the rest a little later, and all of it together. While the store is busy it all
 * gathers until that is ready; where many wait it may gather a little longer.
 */
import type { Clock, Timer } from '../../config/clock.js';

/** What nobody waits for is kept from the store no longer than this. */
export const GATHER_MS = 20;
/** With as many who wait for one commit, the next is not hurried: fewer flushes, each with more in it. */
const CROWD = 4;
/** So long after the one before. Who waits alone never waits for this. */
export const CROWD_MS = 2;
/** And so long at most, while as many again come in every millisecond: they wait for each other, and for no flush of their own. */
export const CROWD_MS_MAX = 5;
/** So long after a crowd's last commit there may be more of it. */
const CROWD_GONE_MS = 50;

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
  /** How many wait for what gathers. */
  #waiting = 0;
  /** How many waited for what went to the store last. */
  #waited = 0;
  #timer: Timer | null = null;
  /** A crowd has had its commit a moment ago. */
  #pause: Timer | null = null;
  /** When one that many waited for went to the store last; Unix milliseconds. */
  #crowd_at = Number.NEGATIVE_INFINITY;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** Many wait, or did a moment ago: what could as well be done later would be in their way. */
  get crowded(): boolean {
    return this.#waiting >= CROWD || this.#options.clock.now() - this.#crowd_at < CROWD_GONE_MS;
  }

  /** Something was recorded. */
  add(): void {
    if (this.#open) return;
    this.#open = true;
    if (!this.#options.busy()) this.#gather();
  }

  /** Somebody waits for what was recorded. */
  hurry(): void {
    if (!this.#open) return;
    this.#waiting += 1;
    if (this.#waiting === 1 && this.#pause === null && !this.#options.busy()) setImmediate(() => this.now());
  }

  /** The store could take more now, or failed and wants to know how much waits for it. */
  ready(): void {
    if (this.#waited < CROWD) this.#next();
    else if (this.#pause === null) this.#linger(0);
  }

  now(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#waited = this.#waiting;
    this.#waiting = 0;
    if (this.#waited >= CROWD) this.#crowd_at = this.#options.clock.now();
    this.#timer?.cancel();
    this.#timer = null;
    this.#options.flush();
  }

  /** Lets more come, a millisecond at a time. */
  #linger(passed_ms: number): void {
    const before = this.#waiting;
    this.#pause = this.#options.clock.after(1, () => {
      this.#pause = null;
      const ms = passed_ms + 1;
      const lingers = ms < CROWD_MS || (this.#waiting - before >= CROWD && ms < CROWD_MS_MAX);
      if (lingers) this.#linger(ms);
      else this.#next();
    });
  }

  #next(): void {
    if (!this.#open || this.#options.busy()) return;
    if (this.#waiting > 0) this.now();
    else this.#gather();
  }

  #gather(): void {
    this.#timer ??= this.#options.clock.after(GATHER_MS, () => this.now());
  }
}

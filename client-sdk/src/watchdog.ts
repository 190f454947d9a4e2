// Notices a connection that has gone silent. Armed by what arrives, judged only after what has already arrived was read:
// a process that was stopped, or a page that slept, finds its frames in the buffer and is not taken for dead.
import type { Clock } from './transport.js';

export class Watchdog {
  private readonly clock: Clock;
  private readonly drain_ms: number;
  private readonly dead: () => void;
  private silence_ms = 0;
  private heardAt = 0;
  private timer: unknown;

  constructor(clock: Clock, drain_ms: number, dead: () => void) {
    this.clock = clock;
    this.drain_ms = drain_ms;
    this.dead = dead;
  }

  start(silence_ms: number): void {
    this.stop();
    this.silence_ms = silence_ms;
    this.heard();
    this.arm(silence_ms);
  }

  /** Something arrived. Cheap: the timer looks at the time when it fires. */
  heard(): void {
    this.heardAt = this.clock.now();
  }

  /** Looks now, for instance when a page is shown again. */
  check(): void {
    if (this.timer === undefined) return;
    const left_ms = this.silence_ms - (this.clock.now() - this.heardAt);
    this.arm(left_ms > 0 ? left_ms : this.drain_ms, left_ms <= 0);
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(delay_ms: number, lastChance = false): void {
    this.clock.clearTimeout(this.timer);
    const { heardAt } = this;
    this.timer = this.clock.setTimeout(() => {
      if (!lastChance || this.heardAt !== heardAt) return this.check();
      this.stop();
      this.dead();
    }, delay_ms);
  }
}

// A clock that moves only when told, and runs what promises have queued before it moves on.
import type { Clock } from '../transport.js';

interface Timer {
  at: number;
  run: () => void;
}

export class FakeClock implements Clock {
  private at = 0;
  private readonly timers = new Set<Timer>();

  now(): number {
    return this.at;
  }

  setTimeout(run: () => void, delay_ms: number): Timer {
    const timer = { at: this.at + delay_ms, run };
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as Timer);
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  get nextIn(): number | undefined {
    const [next] = [...this.timers].sort((a, b) => a.at - b.at);
    return next && next.at - this.at;
  }

  async advance(delay_ms: number): Promise<void> {
    const until = this.at + delay_ms;
    await settled();
    for (;;) {
      const [due] = [...this.timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at);
      if (!due) break;
      this.timers.delete(due);
      this.at = due.at;
      due.run();
      await settled();
    }
    this.at = until;
  }
}

/** One turn of the event loop: whatever promises could do by themselves is done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

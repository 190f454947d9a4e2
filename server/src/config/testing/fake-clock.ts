/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from '../clock.js';

interface Armed {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

export class FakeClock implements Clock {
  #now = 1_700_000_000_000;
  #order = 0;
  readonly #armed = new Set<Armed>();

  now(): number {
    return this.#now;
  }

  after(delay_ms: number, fire: () => void): Timer {
    const armed: Armed = { at: this.#now + delay_ms, order: this.#order++, fire };
    this.#armed.add(armed);
    return { cancel: () => void this.#armed.delete(armed) };
  }

  get timers(): number {
    return this.#armed.size;
  }

  /** Moves on, firing what becomes due in its order, each at its own time. */
  advance(by_ms: number): void {
    const until = this.#now + by_ms;
    for (;;) {
      const due = [...this.#armed].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (due === undefined) break;
      this.#armed.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.fire();
    }
    this.#now = until;
  }
}

/** Lets milliseconds pass until it is done. */
export async function passing<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  const done = work.finally(() => clearImmediate(tick));
  const pass = (): void => {
    clock.advance(1);
    tick = setImmediate(pass);
  };
  let tick = setImmediate(pass);
  return done;
}

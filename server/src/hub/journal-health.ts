/**
 * Whether the journal takes writes now. While it does not, what runs goes on and nothing new is acknowledged: requests
 * that wait for it are refused as retryable, and may be in the journal all the same once it works again.
 */
import type { Durable } from '../journal/port.js';

export class JournalHealth {
  #failing: Error | null = null;
  readonly #waiting = new Set<() => void>();

  /** Why it takes nothing, or null. */
  get failing(): Error | null {
    return this.#failing;
  }

  /** The journal says so; null when it works (again). */
  changed(error: Error | null): void {
    this.#failing = error;
    if (error === null) return;
    const refused = [...this.#waiting];
    this.#waiting.clear();
    for (const refuse of refused) refuse();
  }

  /** Calls one of the two: `then` when the write is durable, `refuse` when the journal fails first. */
  wait(durable: Durable, then: () => void, refuse: () => void): void {
    if (durable === undefined) return then();
    if (this.#failing !== null) return refuse();
    this.#waiting.add(refuse);
    durable.then(
      () => {
        if (this.#waiting.delete(refuse)) then();
      },
      () => {
        if (this.#waiting.delete(refuse)) refuse();
      },
    );
  }
}

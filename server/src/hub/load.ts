/** How busy each session is over all lanes: what lanes go by when several workers could run a task. */
import type { SessionLoad } from '../core/index.js';

export class Load {
  readonly #sessions = new Map<string, SessionLoad>();
  /** Runs that lost the floor so far, over all lanes: a clock of milliseconds cannot tell two of the same one apart. */
  #ends = 0;

  get all(): ReadonlyMap<string, SessionLoad> {
    return this.#sessions;
  }

  runs(session_id: string): number {
    return this.#sessions.get(session_id)?.runs ?? 0;
  }

  change(session_id: string, delta: 1 | -1): void {
    const before = this.#sessions.get(session_id);
    const runs = Math.max(0, (before?.runs ?? 0) + delta);
    if (delta === -1) this.#ends += 1;
    this.#sessions.set(session_id, { runs, idle_since: delta === -1 ? this.#ends : (before?.idle_since ?? 0) });
  }

  forget(session_id: string): void {
    this.#sessions.delete(session_id);
  }
}

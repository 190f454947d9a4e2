/** How busy each session is over all lanes: what lanes go by when several workers could run a task. */
import type { SessionLoad } from '../core/index.js';

export class Load {
  readonly #sessions = new Map<string, SessionLoad>();

  get all(): ReadonlyMap<string, SessionLoad> {
    return this.#sessions;
  }

  runs(session_id: string): number {
    return this.#sessions.get(session_id)?.runs ?? 0;
  }

  change(session_id: string, delta: 1 | -1, now_ms: number): void {
    const runs = Math.max(0, this.runs(session_id) + delta);
    const idle_since = delta === -1 ? now_ms : (this.#sessions.get(session_id)?.idle_since ?? now_ms);
    this.#sessions.set(session_id, { runs, idle_since });
  }

  forget(session_id: string): void {
    this.#sessions.delete(session_id);
  }
}

// Who is connected, from a snapshot and what presence tells afterwards.
import type { ClientView, PresenceMessage } from '@cuehub/protocol';

/** Sessions listed; a hub may have more, and then a list of them is of no use to anybody. */
export const CLIENTS_MAX = 2_000;

export class Clients {
  #known: Map<string, ClientView> | null = null;

  /** Null before the hub has said who is there. */
  get all(): readonly ClientView[] | null {
    return this.#known === null ? null : [...this.#known.values()];
  }

  get(session_id: string): ClientView | undefined {
    return this.#known?.get(session_id);
  }

  snapshot(clients: readonly ClientView[]): void {
    this.#known = new Map(clients.slice(0, CLIENTS_MAX).map((client) => [client.session_id, client]));
  }

  take({ event, client }: PresenceMessage): void {
    if (this.#known === null) return;
    const connected = event !== 'client.left' && client.connected;
    // A worker that may come back stays, as not connected; one that left for good has no registrations any more.
    if (!connected && Object.keys(client.workers).length === 0) this.#known.delete(client.session_id);
    else if (this.#known.size < CLIENTS_MAX || this.#known.has(client.session_id)) {
      this.#known.set(client.session_id, { ...client, connected });
    }
  }

  /** Somebody who is connected takes tasks of this name on the lane. True also where nobody knows. */
  canRun(lane: string, name: string): boolean {
    if (this.#known === null) return true;
    for (const { connected, workers } of this.#known.values()) {
      if (connected && (workers[lane] ?? []).some((pattern) => matches(pattern, name))) return true;
    }
    return false;
  }

  /** Task names that somebody runs on the lane, wildcards included. */
  namesOn(lane: string): readonly string[] {
    const names = new Set<string>();
    for (const { connected, workers } of this.#known?.values() ?? []) {
      if (connected) for (const name of workers[lane] ?? []) names.add(name);
    }
    return [...names].sort();
  }
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

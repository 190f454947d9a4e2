/**
 * Which connected sessions serve a task name: an index over their registrations, so that nobody asks every session.
 * A registration is a name, or a prefix followed by `*`.
 */

export class Workers<S> {
  readonly #byName = new Map<string, Set<S>>();
  readonly #byPrefix = new Map<string, Set<S>>();
  /** Registered prefixes by their length; most lanes have none, some have one. */
  readonly #lengths = new Map<number, number>();

  add(session: S, registration: string): void {
    const prefix = prefixOf(registration);
    const index = prefix === null ? this.#byName : this.#byPrefix;
    const key = prefix ?? registration;
    const known = index.get(key);
    if (known) {
      known.add(session);
      return;
    }
    index.set(key, new Set([session]));
    if (prefix !== null) this.#lengths.set(key.length, (this.#lengths.get(key.length) ?? 0) + 1);
  }

  /** Does nothing when it was not added. */
  delete(session: S, registration: string): void {
    const prefix = prefixOf(registration);
    const index = prefix === null ? this.#byName : this.#byPrefix;
    const key = prefix ?? registration;
    const known = index.get(key);
    if (!known?.delete(session) || known.size > 0) return;
    index.delete(key);
    if (prefix === null) return;
    const left = this.#lengths.get(key.length)! - 1;
    if (left > 0) this.#lengths.set(key.length, left);
    else this.#lengths.delete(key.length);
  }

  /** Whether there is a worker for tasks of this name. */
  serve(name: string): boolean {
    if (this.#byName.has(name)) return true;
    for (const length of this.#lengths.keys()) if (this.#byPrefix.has(name.slice(0, length))) return true;
    return false;
  }

  /** The workers for tasks of this name; one that registered in several ways comes more than once. */
  serving(name: string): Iterable<S> {
    const byName = this.#byName.get(name) ?? [];
    if (this.#lengths.size === 0) return byName;
    const found = [...byName];
    for (const length of this.#lengths.keys()) found.push(...(this.#byPrefix.get(name.slice(0, length)) ?? []));
    return found;
  }
}

/** Null for a whole name. */
export function prefixOf(registration: string): string | null {
  return registration.endsWith('*') ? registration.slice(0, -1) : null;
}

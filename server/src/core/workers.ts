/**
 * Which connected sessions serve a task name: an index over their registrations, so that nobody asks every session.
 * A registration is a name, or a prefix followed by `*`.
 */

export class Workers<S> {
  readonly #registered = new Map<string, Set<S>>();
  /** Lengths of the prefixes among them: most lanes have none, some have one. */
  readonly #lengths: number[] = [];

  add(session: S, registration: string): void {
    const known = this.#registered.get(registration);
    if (known) {
      known.add(session);
      return;
    }
    this.#registered.set(registration, new Set([session]));
    const prefix = prefixOf(registration);
    if (prefix !== null && !this.#lengths.includes(prefix.length)) this.#lengths.push(prefix.length);
  }

  /** Does nothing when it was not added. */
  delete(session: S, registration: string): void {
    const known = this.#registered.get(registration);
    if (!known?.delete(session) || known.size > 0) return;
    this.#registered.delete(registration);
    const prefix = prefixOf(registration);
    if (prefix === null) return;
    for (const other of this.#registered.keys()) if (prefixOf(other)?.length === prefix.length) return;
    this.#lengths.splice(this.#lengths.indexOf(prefix.length), 1);
  }

  /** Whether there is a worker for tasks of this name. */
  serve(name: string): boolean {
    if (this.#registered.has(name)) return true;
    return this.#lengths.some((length) => this.#withPrefix(name, length) !== undefined);
  }

  /** The workers for tasks of this name; one that registered in several ways comes more than once. */
  serving(name: string): Iterable<S> {
    const byName = this.#registered.get(name) ?? [];
    if (this.#lengths.length === 0) return byName;
    return [...byName, ...this.#lengths.flatMap((length) => [...(this.#withPrefix(name, length) ?? [])])];
  }

  #withPrefix(name: string, length: number): Set<S> | undefined {
    return this.#registered.get(`${name.slice(0, length)}*`);
  }
}

/** Null for a whole name. */
export function prefixOf(registration: string): string | null {
  return registration.endsWith('*') ? registration.slice(0, -1) : null;
}

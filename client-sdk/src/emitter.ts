// Listeners by event name. A listener that throws harms nobody else: its error is thrown on its own turn.

export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(value: never) => void>>();

  on<K extends keyof Events>(event: K, listener: (value: Events[K]) => void): () => void {
    let set = this.listeners.get(event);
    if (!set) this.listeners.set(event, (set = new Set()));
    // A function of its own for each call: the same listener may be added twice and removed once.
    const entry = (value: Events[K]): void => listener(value);
    set.add(entry);
    return () => void set.delete(entry);
  }

  emit<K extends keyof Events>(event: K, value: Events[K]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])])
      safely(() => (listener as (value: Events[K]) => void)(value));
  }
}

/** Runs somebody else's code; what it throws surfaces as an uncaught error, outside our own call stack. */
export function safely(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/**
 * After a run is fenced its executor may have many frames under way. Each (task, epoch) is told once that it is late;
 * the rest is silence (PROTOCOL §2).
 */
const REMEMBERED_MAX = 256;

export class LateFrames {
  readonly #told = new Set<string>();

  /** Whether this is the first late frame of that run. */
  first(task_id: string, epoch: number): boolean {
    const run = `${task_id}/${epoch}`;
    if (this.#told.has(run)) return false;
    if (this.#told.size >= REMEMBERED_MAX) {
      const oldest = this.#told.values().next();
      if (oldest.done !== true) this.#told.delete(oldest.value);
    }
    this.#told.add(run);
    return true;
  }
}

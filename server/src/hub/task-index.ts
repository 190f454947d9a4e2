/** Which lane a task is in, for messages that name the task alone. */
export class TaskIndex {
  readonly #lanes = new Map<string, string>();

  get(task_id: string): string | undefined {
    return this.#lanes.get(task_id);
  }

  set(task_id: string, lane: string): void {
    this.#lanes.set(task_id, lane);
  }

  delete(task_ids: Iterable<string>): void {
    for (const task_id of task_ids) this.#lanes.delete(task_id);
  }

  /** Walks all tasks; only for the rare lane that is dropped for good. */
  deleteLane(lane: string): void {
    for (const [task_id, of] of this.#lanes) if (of === lane) this.#lanes.delete(task_id);
  }

  get size(): number {
    return this.#lanes.size;
  }
}

/** Who waits for the end of a task (`task.wait`). An end counts when it is in the journal. */
import type { Durable } from '../journal/port.js';

/** Why a wait is over: the task ended, the journal did not take its end, or the hub goes away. */
export type WaitOver = 'ended' | 'failed' | 'closing';
type Wake = (over: WaitOver) => void;

export class TaskWaiters {
  readonly #waiting = new Map<string, Set<Wake>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Calls `wake` once, at the end of the task. The function it returns takes that back. */
  add(task_id: string, wake: Wake): () => void {
    let wakes = this.#waiting.get(task_id);
    if (wakes === undefined) {
      wakes = new Set();
      this.#waiting.set(task_id, wakes);
    }
    wakes.add(wake);
    this.#size += 1;
    return () => {
      if (!wakes.delete(wake)) return;
      this.#size -= 1;
      if (wakes.size === 0 && this.#waiting.get(task_id) === wakes) this.#waiting.delete(task_id);
    };
  }

  /** False when nobody waits for it. */
  ended(task_id: string, durable: Durable): boolean {
    const wakes = this.#waiting.get(task_id);
    if (wakes === undefined) return false;
    this.#waiting.delete(task_id);
    if (durable === undefined) this.#wake(wakes, 'ended');
    else
      durable.then(
        () => this.#wake(wakes, 'ended'),
        () => this.#wake(wakes, 'failed'),
      );
    return true;
  }

  close(): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const wakes of all) this.#wake(wakes, 'closing');
  }

  #wake(wakes: Set<Wake>, over: WaitOver): void {
    for (const wake of wakes) {
      wakes.delete(wake);
      this.#size -= 1;
      wake(over);
    }
  }
}

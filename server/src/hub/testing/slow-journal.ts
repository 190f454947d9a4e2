/** A journal whose writes are durable when the test says so. */
import { MemoryJournal } from '../../journal/memory.js';
import type { Durable, JournalContext, JournalStart } from '../../journal/port.js';

export class SlowJournal extends MemoryJournal {
  #writes: { resolve: () => void; reject: (error: Error) => void }[] = [];

  #health: JournalContext['health'] = () => {};

  override open(context?: JournalContext): JournalStart {
    if (context !== undefined) this.#health = context.health;
    return super.open();
  }

  override append(): Durable {
    return new Promise((resolve, reject) => this.#writes.push({ resolve, reject }));
  }

  get pending(): number {
    return this.#writes.length;
  }

  /** Everything written so far is on disk, and whoever waited for it has heard. */
  async flush(): Promise<void> {
    for (const { resolve } of this.#writes.splice(0)) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async fail(): Promise<void> {
    const error = new Error('the disk is full');
    this.#health(error);
    for (const { reject } of this.#writes.splice(0)) reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

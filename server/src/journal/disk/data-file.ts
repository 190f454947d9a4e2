/**
 * Whether the file that was opened is still the one at its path. A system lets a file be written that was deleted, or whose
 * directory was: everything succeeds, and nothing of it is there at the next start.
 */
import { type BigIntStats, statSync } from 'node:fs';
import { join } from 'node:path';
import { JournalGone } from './damage.js';
import { DATA_FILE } from './layout.js';

export class DataFile {
  readonly #path: string;
  readonly #opened: BigIntStats | undefined;

  /** Once it was opened, and so is there. */
  constructor(dir: string) {
    this.#path = join(dir, DATA_FILE);
    this.#opened = lookUp(this.#path);
  }

  get gone(): boolean {
    return !this.#isOpened(lookUp(this.#path));
  }

  /** Throws `JournalGone`. */
  demand(): void {
    const found = lookUp(this.#path);
    if (!this.#isOpened(found)) throw new JournalGone(this.#path, found === undefined ? 'gone' : 'another file now');
  }

  #isOpened(found: BigIntStats | undefined): boolean {
    return found !== undefined && found.ino === this.#opened?.ino && found.dev === this.#opened.dev;
  }
}

function lookUp(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

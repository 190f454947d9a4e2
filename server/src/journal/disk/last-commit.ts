/**
 * Beside the data file: which commit was the last. LMDB keeps two meta pages, and when the newer one does not reach the
 * disk, or is overwritten by an older copy, it goes on from the transaction before without a word. Here the number of
 * each commit is written again, once the commit is on the disk and before anybody is told so. It is not flushed itself: after
 * a power cut it may tell of an older commit than there is, never of a newer one (unless commits are not flushed either;
 * then it only counts until the machine starts anew).
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

export const LAST_COMMIT_FILE = 'last-commit';
/** Always as many, so that it fits where it was even on a disk that is full. */
const BYTES = 256;

export interface LastCommit {
  /** Of which journal: the random part of its logs' names. */
  readonly log: string;
  readonly commits: number;
  readonly generation: number;
  /** The boot of the system, where commits do not wait for the disk; null where they do. */
  readonly boot: string | null;
}

export class LastCommitFile {
  readonly #path: string;
  readonly #boot: string | null;
  #file: number | null = null;

  constructor(dir: string, sync: boolean) {
    this.#path = join(dir, LAST_COMMIT_FILE);
    this.#boot = sync ? null : bootId();
  }

  /** Where it cannot be written the journal is no worse than without it. */
  write(last: Omit<LastCommit, 'boot'>): void {
    try {
      this.#file ??= openSync(this.#path, openFlags(this.#path), 0o600);
      const json = JSON.stringify({ ...last, boot: this.#boot } satisfies LastCommit);
      const text = `${crc32(json).toString(16).padStart(8, '0')} ${json}`;
      writeSync(this.#file, `${text.padEnd(BYTES - 1)}\n`, 0, 'latin1');
    } catch {
      this.close();
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

/** Null where there is none, or none that can be read. */
export function readLastCommit(dir: string): LastCommit | null {
  try {
    const text = readFileSync(join(dir, LAST_COMMIT_FILE), 'latin1').trimEnd();
    const json = text.slice(9);
    if (crc32(json) !== Number.parseInt(text.slice(0, 8), 16)) return null;
    return JSON.parse(json) as LastCommit;
  } catch {
    return null;
  }
}

/** Whether commits up to `last` must be there: those that were only in the system's hands are gone after a new start of it. */
export function isBinding({ boot }: LastCommit): boolean {
  return boot === null || (boot !== '' && boot === bootId());
}

/** Written in place, and made when it is not there. */
function openFlags(path: string): 'r+' | 'w' {
  try {
    closeSync(openSync(path, 'r+'));
    return 'r+';
  } catch {
    return 'w';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

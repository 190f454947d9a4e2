/** How a journal on a disk is set up, and what it takes by default. */
import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { QUEUED_BYTES_MAX } from './commit-queue.js';
import { JournalUnusable } from './damage.js';
import { DATA_FILE } from './layout.js';
import type { Store } from './store.js';

/** What an `ok` waits for: the disk itself, the system's hands (survives the process, not the power), nothing. */
export type Durability = 'disk' | 'process' | 'none';

export interface DiskJournalOptions {
  /** Made when it is not there. */
  readonly dir: string;
  readonly durability?: Durability;
  /** History is kept for at most so long, in ms. */
  readonly retain_ms?: number;
  /** And at most so many bytes of it. */
  readonly retain_bytes?: number;
  /** For tests: what stands between the journal and the file. */
  readonly wrapStore?: (store: Store) => Store;
  readonly queued_bytes_max?: number;
  /** A lane's image moves on after so many records or bytes. */
  readonly tail_records_max?: number;
  readonly tail_bytes_max?: number;
  /** How long a stop waits for a disk that fails. */
  readonly close_wait_ms?: number;
}

const DEFAULTS = {
  durability: 'disk' as Durability,
  retain_ms: 7 * 24 * 60 * 60_000,
  retain_bytes: 1024 ** 3,
  queued_bytes_max: QUEUED_BYTES_MAX,
  tail_records_max: 65_536,
  tail_bytes_max: 16 * 1024 ** 2,
  close_wait_ms: 3_000,
} as const;

/** What a journal takes that has nothing in it. */
const ROOM_BYTES = 128 * 1024;

export type ResolvedOptions = Required<Omit<DiskJournalOptions, 'wrapStore'>> & Pick<DiskJournalOptions, 'wrapStore'>;

export function resolveOptions(options: DiskJournalOptions): ResolvedOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...(given as unknown as DiskJournalOptions), dir: resolve(options.dir) };
}

/**
 * Makes the directory where it is missing, one level at a time: the recursive way of Node never comes back below `/proc`,
 * and says of a file system that is read-only that there is no such file. Throws `JournalUnusable`.
 */
export function makeDirectory(dir: string): void {
  const missing: string[] = [];
  let there = dir;
  for (; !existsSync(there) && dirname(there) !== there; there = dirname(there)) missing.unshift(there);
  if (!statSync(there).isDirectory())
    throw new JournalUnusable(`the journal cannot be kept in ${dir}: ${there} is no directory`);
  try {
    for (const path of missing) mkdirSync(path, { recursive: false, mode: 0o700 });
  } catch (error) {
    // Somebody else may be making it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(dir, there, error);
  }
  try {
    accessSync(dir, constants.W_OK);
  } catch (error) {
    throw unusable(dir, dir, error);
  }
  demandRoom(dir);
}

function unusable(dir: string, there: string, error: unknown): JournalUnusable {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? `no directory can be made in ${there}` : (WHY[code ?? ''] ?? message);
  return new JournalUnusable(`the journal cannot be kept in ${dir}: ${why}`);
}

/** What went wrong at a start in `dir`, with where it did. */
export function cannotStart(dir: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  // The store tells its system's errors by words.
  if (/no space (is )?left/i.test(message)) return unusable(dir, dir, { code: 'ENOSPC' });
  return typeof code === 'string' && code in WHY ? unusable(dir, dir, error) : error;
}

/** Before a new store is made: what maps a file that has no room on the disk is killed by the system. */
function demandRoom(dir: string): void {
  if (existsSync(join(dir, DATA_FILE))) return;
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize < ROOM_BYTES) throw unusable(dir, dir, { code: 'ENOSPC' });
}

const WHY: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not write there',
  ENOSPC: 'no space is left on the device',
};

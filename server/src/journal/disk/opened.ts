/** What a disk journal has from `open` to `close`. Only names it; `disk.ts` makes and uses it. */
import type { JournalContext, Recovery } from '../port.js';
import type { CommitQueue } from './commit-queue.js';
import type { DiskHistory } from './disk-history.js';
import type { Gathering } from './gathering.js';
import type { Images } from './images.js';
import type { LmdbFile } from './lmdb-file.js';
import type { Retention } from './retention.js';
import type { Store } from './store.js';

/** All that a journal has once it is open. */
export interface Opened {
  readonly context: JournalContext;
  readonly file: LmdbFile;
  readonly store: Store;
  readonly queue: CommitQueue;
  readonly gathering: Gathering;
  readonly images: Images;
  readonly retention: Retention;
  readonly unlock: () => void;
  readonly recovery: Recovery | null;
  readonly history: DiskHistory;
}

/**
 * What can still be read of a data file whose pages are damaged, or that was cut off, as a new file in its place. The old
 * one is kept beside it. LMDB never opens what is damaged.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { JournalUnusable } from './damage.js';
import { KnownTasks } from './known-tasks.js';
import { CRC_BYTES, DATA_FILE, type Table, TABLES } from './layout.js';
import { type Entry, LmdbFile } from './lmdb-file.js';
import { type MetaPage, PageFile } from './page-file.js';
import { walkPages } from './page-walk.js';
import { readLastCommit } from './last-commit.js';

/** Bytes that are written at once. */
const GROUP_BYTES = 4 * 1024 ** 2;

export interface Salvaged {
  /** Entries that are in the new file. */
  readonly entries: number;
  readonly problems: readonly string[];
  /** Where the file is that was there before. */
  readonly damaged: string;
  readonly known: KnownTasks;
}

type Kept = Entry & { readonly table: Table };

/** Throws `JournalUnusable` where nothing can be read at all; then nothing was changed. */
export async function salvage(dir: string, now_ms: number): Promise<Salvaged> {
  const path = join(dir, DATA_FILE);
  const draft = join(dir, `repair-${process.pid}`);
  const pages = new PageFile(path);
  const known = new KnownTasks();
  try {
    const meta = richest(pages);
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { mode: 0o700 });
    const file = new LmdbFile({ dir: draft, sync: true });
    let entries = 0;
    const problems: string[] = [];
    try {
      let group: Kept[] = [];
      let bytes = 0;
      const write = (): void => {
        file.keep(group);
        group = [];
        bytes = 0;
      };
      readEntries(pages, meta, problems, (entry) => {
        entries += 1;
        known.add(entry.table, entry);
        if (entry.table === 'totals') return;
        group.push(entry);
        bytes += entry.value.length;
        if (bytes >= GROUP_BYTES) write();
      });
      write();
      file.countAnew(readLastCommit(dir)?.commits ?? 0);
    } finally {
      await file.close();
    }
    const damaged = `${path}.damaged-${new Date(now_ms).toISOString().replaceAll(/[:.]/g, '-')}`;
    renameSync(path, damaged);
    renameSync(join(draft, DATA_FILE), path);
    rmSync(join(dir, 'lock.mdb'), { force: true });
    return { entries, problems, damaged, known };
  } finally {
    pages.close();
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Of the two transactions that a file has, the one of which more can be read; the newer one where that is the same. */
function richest(pages: PageFile): MetaPage {
  let best: { meta: MetaPage; entries: number } | null = null;
  for (const meta of pages.metas) {
    let entries = 0;
    readEntries(pages, meta, [], () => {
      entries += 1;
    });
    if (entries > (best?.entries ?? 0)) best = { meta, entries };
  }
  if (best !== null) return best.meta;
  throw new JournalUnusable(
    `nothing can be read in ${pages.path}: what says where everything lies is gone. It was left as it is; ` +
      'put back a copy of the directory, or begin anew in another one',
  );
}

function readEntries(pages: PageFile, meta: MetaPage, problems: string[], take: (entry: Kept) => void): void {
  walkPages({
    file: pages,
    meta,
    problem: (what) => problems.push(what),
    visit: (name, key, read) => {
      const table = TABLES.find((one) => one === name);
      const value = table === undefined ? null : read();
      if (table === undefined || value === null) return;
      if (value.length < CRC_BYTES || value.readUInt32LE(0) !== crc32(value.subarray(CRC_BYTES), crc32(key))) {
        problems.push(`an entry of table ${name} does not have the sum it was written with`);
      } else take({ table, key: Buffer.from(key), value: Buffer.from(value) });
    },
  });
}

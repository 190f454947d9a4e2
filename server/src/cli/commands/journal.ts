/** `cuehub journal verify|repair DIR`: looks at a journal that no hub has open, and mends it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkPages } from '../../journal/disk/check-pages.js';
import { JournalDamaged, JournalUnusable } from '../../journal/disk/damage.js';
import { repairDirectory, type VerifiedDirectory, verifyDirectory } from '../../journal/disk/directory.js';
import { LAST_COMMIT_FILE, readLastCommit } from '../../journal/disk/last-commit.js';
import { LmdbFile } from '../../journal/disk/lmdb-file.js';
import { lockDirectory } from '../../journal/disk/lock.js';
import { CliError } from '../cli-error.js';
import type { Io } from '../io.js';

/** Exit code of `verify` for a journal that is damaged: not that of a command that could not do its work. */
const DAMAGED_EXIT_CODE = 3;
/** Lost tasks that are named each in a line. */
const NAMED_MAX = 20;

type Told = VerifiedDirectory['findings'][number];

export async function verifyJournal(dir: string, { json = false }: { json?: boolean }, io: Io): Promise<void> {
  const { findings, pages_damaged, ...counts } = await locked(dir, verifyDirectory);
  if (json) io.stdout.write(`${JSON.stringify({ ...counts, pages_damaged, findings: findings.map(plain) })}\n`);
  else {
    const { lanes, tasks, records, clean } = counts;
    const stopped = `stopped ${clean ? 'cleanly' : 'uncleanly'}`;
    io.stdout.write(
      pages_damaged
        ? 'pages are damaged, so what is in them was not looked at\n'
        : `${lanes} lanes, ${tasks} tasks in images, ${records} records; ${stopped}\n`,
    );
    for (const finding of findings) io.stdout.write(`${told(finding)}\n`);
  }
  if (findings.length > 0) {
    const places = findings.length === 1 ? 'one place' : `${findings.length} places`;
    throw new CliError(`the journal is damaged in ${places}; \`cuehub journal repair\` mends it`, DAMAGED_EXIT_CODE);
  }
}

export async function repairJournal(dir: string, { json = false }: { json?: boolean }, io: Io): Promise<void> {
  const { findings, dropped, backup, rescued, lost, damaged } = await locked(dir, (path) =>
    repairDirectory(path, Date.now()),
  );
  if (json) {
    io.stdout.write(`${JSON.stringify({ findings: findings.map(plain), dropped, backup, rescued, lost, damaged })}\n`);
    return;
  }
  for (const finding of findings) io.stdout.write(`${told(finding)}\n`);
  if (damaged !== null) io.stdout.write(`what could be read is in a new file; the one before is ${damaged}\n`);
  io.stdout.write(
    backup === null ? 'nothing had to be dropped\n' : `${dropped} entries were dropped; they are in ${backup}\n`,
  );
  if (rescued > 0) io.stdout.write(`${rescued} tasks of them were submitted again, to begin anew\n`);
  for (const { lane, task_ids } of lost) {
    for (const task_id of task_ids.slice(0, NAMED_MAX)) io.stdout.write(`lost     lane ${lane}: task ${task_id}\n`);
    const more = task_ids.length - NAMED_MAX;
    if (more > 0) io.stdout.write(`lost     lane ${lane}: and ${more} more (--json names them all)\n`);
  }
  if (lost.length === 0 && findings.some(({ fatal }) => fatal)) {
    io.stdout.write('no task is known to be lost; one of which nothing is left cannot be named\n');
  }
}

/** For commands that read a journal that is whole. */
export async function withJournal<T>(dir: string, work: (file: LmdbFile, path: string) => T | Promise<T>): Promise<T> {
  return locked(dir, async (path) => {
    checkPages(path);
    const file = new LmdbFile({ dir: path, sync: true });
    try {
      return await work(file, path);
    } finally {
      await file.close();
    }
  });
}

async function locked<T>(dir: string, work: (path: string) => T | Promise<T>): Promise<T> {
  const path = resolve(dir);
  if (!existsSync(join(path, 'data.mdb'))) throw new CliError(noJournal(path));
  const unlock = lockDirectory(path);
  try {
    return await work(path);
  } catch (error) {
    if (error instanceof JournalUnusable) throw new CliError(error.message);
    if (!(error instanceof JournalDamaged)) throw error;
    throw new CliError(`the journal is damaged: ${error.message}; see \`cuehub journal verify\` and \`repair\``);
  } finally {
    unlock();
  }
}

function noJournal(path: string): string {
  const last = readLastCommit(path);
  if (last === null) return `there is no journal in ${path}`;
  return (
    `data.mdb is missing in ${path}, and ${last.commits} commits were written to it: put it back from a copy, ` +
    `or delete ${LAST_COMMIT_FILE} too to begin anew`
  );
}

function told({ lane, what, fatal }: Told): string {
  return `${fatal ? 'damaged' : 'history'}  ${lane === null ? '' : `lane ${lane}: `}${what}`;
}

function plain(finding: Told & { readonly mend?: { readonly kind: string } }): Record<string, unknown> {
  const { lane, what, fatal, mend } = finding;
  return { lane, what, fatal, ...(mend === undefined ? {} : { mend: mend.kind }) };
}

/** Before LMDB opens a journal: whether it can, and whether the last thing that was written is there. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { JournalDamaged } from './damage.js';
import { isBinding, LAST_COMMIT_FILE, type LastCommit, readLastCommit } from './last-commit.js';
import { DATA_FILE } from './layout.js';
import { type MetaPage, newestMeta, PageFile } from './page-file.js';
import { walkPages } from './page-walk.js';

/** More would not tell more. */
const PROBLEMS_MAX = 50;

/** Looks at every page that is in use. Throws `JournalDamaged` that says which is not as it should be. */
export function checkPages(dir: string): void {
  const path = join(dir, DATA_FILE);
  const last = readLastCommit(dir);
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (bytes === undefined || bytes === 0) return refuseLoss(path, last, bytes === undefined ? 'missing' : 'empty');
  const file = new PageFile(path);
  try {
    const problem = (what: string): never => {
      throw new JournalDamaged(`${path}: ${what}`);
    };
    walkPages({ file, meta: startOf(file, last), problem });
  } finally {
    file.close();
  }
}

/** The same in words, as many as there are up to a bound; none for pages that are as they should be. */
export function pageProblems(dir: string): readonly string[] {
  const problems: string[] = [];
  let file: PageFile | null = null;
  try {
    file = new PageFile(join(dir, DATA_FILE));
    const problem = (what: string): void => {
      problems.push(what);
      if (problems.length >= PROBLEMS_MAX) throw new JournalDamaged('and more');
    };
    walkPages({ file, meta: startOf(file, readLastCommit(dir)), problem });
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw error;
    problems.push(error.message);
  } finally {
    file?.close();
  }
  return problems;
}

/** Throws `JournalDamaged` when commits are missing that there were. `log`: of the journal, null for an empty one. */
export function checkLastCommit(dir: string, log: string | null, commits: number): void {
  const last = readLastCommit(dir);
  if (last === null || !isBinding(last) || last.commits <= commits) return;
  // Another journal was put here.
  if (log !== null && last.log !== log) return;
  const missing = last.commits - commits;
  throw new JournalDamaged(
    `the last ${missing === 1 ? 'commit is' : `${missing} commits are`} missing: ` +
      `${last.commits} were written to ${join(dir, DATA_FILE)}, and it has ${commits}`,
  );
}

/** The transaction that LMDB will go on from. */
function startOf(file: PageFile, last: LastCommit | null): MetaPage {
  // Commits that did not wait for the disk, and a system that began anew since: only what was flushed counts.
  if (last !== null && !isBinding(last) && file.flushed !== null) return file.flushed;
  return newestMeta(file);
}

function refuseLoss(path: string, last: LastCommit | null, what: string): void {
  if (last === null || last.commits === 0) return;
  throw new JournalDamaged(
    `${path} is ${what}, and ${last.commits} commits were written to it; ` +
      `put it back, or delete ${LAST_COMMIT_FILE} beside it too to begin anew`,
  );
}

/** A journal that no hub has open, looked at and mended from the pages up: for `cuehub journal`. */
import { join } from 'node:path';
import { checkLastCommit, pageProblems } from './check-pages.js';
import { readLastCommit } from './last-commit.js';
import { DATA_FILE } from './layout.js';
import { LmdbFile } from './lmdb-file.js';
import { readMeta } from './recover.js';
import { type Repaired, type RepairOptions, repair } from './repair.js';
import { salvage } from './salvage.js';
import { JOURNAL } from './totals.js';
import { type Finding, type Verified, verify } from './verify.js';

export interface VerifiedDirectory extends Omit<Verified, 'findings'> {
  readonly findings: readonly Omit<Finding, 'mend'>[];
  /** Entries can only be looked at where pages are as they should be. */
  readonly pages_damaged: boolean;
}

export interface RepairedDirectory extends Repaired {
  /** Where the file is that was there before, when it had to be made anew. */
  readonly damaged: string | null;
}

export async function verifyDirectory(dir: string): Promise<VerifiedDirectory> {
  const problems = pageProblems(dir);
  if (problems.length > 0) {
    const findings = problems.map((what) => ({ lane: null, what, fatal: true }));
    return { lanes: 0, tasks: 0, records: 0, clean: false, findings, pages_damaged: true };
  }
  return withFile(dir, (file) => {
    const verified = verify(file);
    const loss = lastCommitLoss(file, dir);
    const findings =
      loss === null ? verified.findings : [...verified.findings, { lane: null, what: loss, fatal: true }];
    return { ...verified, findings, pages_damaged: false };
  });
}

export async function repairDirectory(dir: string, now_ms: number): Promise<RepairedDirectory> {
  const problems = pageProblems(dir);
  if (problems.length === 0) {
    return withFile(dir, (file) => {
      const loss = lastCommitLoss(file, dir);
      return repaired(file, { dir, now_ms, incomplete: loss !== null }, loss === null ? [] : [loss], null);
    });
  }
  const { damaged, known, problems: found } = await salvage(dir, now_ms);
  const told = [...new Set([...problems, ...found])];
  return withFile(dir, (file) => repaired(file, { dir, now_ms, incomplete: true, known }, told, damaged));
}

function repaired(
  file: LmdbFile,
  options: RepairOptions,
  problems: readonly string[],
  damaged: string | null,
): RepairedDirectory {
  const told = problems.map((what): Finding => ({ lane: null, what, fatal: true, mend: { kind: 'accept' } }));
  const done = repair(file, options);
  return { ...done, findings: [...told, ...done.findings], damaged };
}

function lastCommitLoss(file: LmdbFile, dir: string): string | null {
  try {
    const log = readMeta(file)?.log ?? null;
    checkLastCommit(dir, log, file.totals(JOURNAL)?.commits ?? 0);
    return null;
  } catch (error) {
    // What cannot be read is told as that.
    return error instanceof Error && error.message.includes(join(dir, DATA_FILE)) ? error.message : null;
  }
}

async function withFile<T>(dir: string, work: (file: LmdbFile) => T): Promise<T> {
  // As the hub that wrote it: whose commits did not wait for the disk.
  const file = new LmdbFile({ dir, sync: (readLastCommit(dir)?.boot ?? null) === null });
  try {
    return work(file);
  } finally {
    await file.close();
  }
}

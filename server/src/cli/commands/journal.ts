/** `cuehub journal verify|repair DIR`: looks at a journal that no hub has open, and mends it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LmdbFile } from '../../journal/disk/lmdb-file.js';
import { lockDirectory } from '../../journal/disk/lock.js';
import { repair } from '../../journal/disk/repair.js';
import { type Finding, verify } from '../../journal/disk/verify.js';
import { CliError } from '../cli-error.js';
import type { Io } from '../io.js';

/** Exit code of `verify` for a journal that is damaged: not that of a command that could not do its work. */
const DAMAGED_EXIT_CODE = 3;

export async function verifyJournal(dir: string, { json = false }: { json?: boolean }, io: Io): Promise<void> {
  const found = await withJournal(dir, (file) => verify(file));
  const { findings, ...counts } = found;
  if (json) io.stdout.write(`${JSON.stringify({ ...counts, findings: findings.map(plain) })}\n`);
  else {
    const { lanes, tasks, records, clean } = counts;
    io.stdout.write(
      `${lanes} lanes, ${tasks} tasks in images, ${records} records; stopped ${clean ? 'cleanly' : 'uncleanly'}\n`,
    );
    for (const finding of findings) io.stdout.write(`${told(finding)}\n`);
  }
  if (findings.length > 0) {
    throw new CliError(
      `the journal is damaged in ${findings.length} places; \`cuehub journal repair\` mends it`,
      DAMAGED_EXIT_CODE,
    );
  }
}

export async function repairJournal(dir: string, { json = false }: { json?: boolean }, io: Io): Promise<void> {
  const { findings, dropped, backup } = await withJournal(dir, (file, path) => repair(file, path, Date.now()));
  if (json) {
    io.stdout.write(`${JSON.stringify({ findings: findings.map(plain), dropped, backup })}\n`);
    return;
  }
  for (const finding of findings) io.stdout.write(`${told(finding)}\n`);
  io.stdout.write(
    backup === null ? `nothing had to be dropped\n` : `${dropped} entries were dropped; they are in ${backup}\n`,
  );
}

export async function withJournal<T>(dir: string, work: (file: LmdbFile, path: string) => T | Promise<T>): Promise<T> {
  const path = resolve(dir);
  if (!existsSync(join(path, 'data.mdb'))) throw new CliError(`there is no journal in ${path}`);
  const unlock = lockDirectory(path);
  try {
    const file = new LmdbFile({ dir: path, sync: true });
    try {
      return await work(file, path);
    } finally {
      await file.close();
    }
  } finally {
    unlock();
  }
}

function told({ lane, what, fatal }: Finding): string {
  return `${fatal ? 'damaged' : 'history'}  ${lane === null ? '' : `lane ${lane}: `}${what}`;
}

function plain({ lane, what, fatal, mend }: Finding): Record<string, unknown> {
  return { lane, what, fatal, mend: mend.kind };
}

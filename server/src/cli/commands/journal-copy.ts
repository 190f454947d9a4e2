/** `cuehub journal export` and `import`: a journal that no hub has open as lines of JSON, and back. */
import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import { exportLines, type Imported, ImportRefused, importLines } from '../../journal/disk/copy.js';
import { LmdbFile } from '../../journal/disk/lmdb-file.js';
import { lockDirectory } from '../../journal/disk/lock.js';
import { verify } from '../../journal/disk/verify.js';
import { CliError, oneLine } from '../cli-error.js';
import type { Io, Output } from '../io.js';
import { withJournal } from './journal.js';

const DATA_FILE = 'data.mdb';

/** To stdout, or to a file that is not there yet: it holds what tasks were given, so nobody else may read it. */
export async function exportJournal(dir: string, { out }: { out?: string }, io: Io): Promise<void> {
  await withJournal(dir, async (journal) => {
    if (out === undefined) {
      for (const line of exportLines(journal)) await put(io.stdout, `${line}\n`);
      return;
    }
    const file = openNew(out);
    let lines = 0;
    try {
      for (const line of exportLines(journal)) {
        writeSync(file, `${line}\n`);
        lines += 1;
      }
      fsyncSync(file);
    } catch (error) {
      rmSync(out, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    io.stdout.write(`${lines} lines are in ${resolve(out)}\n`);
  });
}

/** `from` is a file, or `-` for stdin. The directory gets the journal whole or not at all. */
export async function importJournal(from: string, dir: string, io: Io): Promise<void> {
  const path = resolve(dir);
  const input = from === '-' ? io.stdin : await opened(from);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(path);
  const draft = join(path, `import-${process.pid}`);
  try {
    if (existsSync(join(path, DATA_FILE))) {
      throw new CliError(`there is a journal in ${path} already: choose a directory without one`);
    }
    const { lanes, records } = await imported(draft, input);
    renameSync(join(draft, DATA_FILE), join(path, DATA_FILE));
    io.stdout.write(`${lanes} lanes and ${records} records are in ${path}\n`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    unlock();
  }
}

async function imported(draft: string, input: Readable): Promise<Imported> {
  const file = new LmdbFile({ dir: draft, sync: true });
  try {
    const counts = await importLines(file, createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }));
    file.refresh();
    const [finding] = verify(file).findings;
    if (finding !== undefined) throw new ImportRefused(`${finding.lane ?? 'the journal'}: ${finding.what}`);
    return counts;
  } catch (error) {
    throw error instanceof ImportRefused ? new CliError(`nothing was imported: ${error.message}`) : error;
  } finally {
    await file.close();
  }
}

async function opened(path: string): Promise<Readable> {
  const stream = createReadStream(path);
  try {
    await once(stream, 'open');
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${oneLine(error)}`);
  }
  return stream;
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    throw new CliError(`${path} cannot be written: ${oneLine(error)}`);
  }
}

/** Waits while whoever reads is slow: a journal may be larger than memory. */
async function put(output: Output, text: string): Promise<void> {
  if (output.write(text) === false && output instanceof Writable) await once(output, 'drain');
}

/**
 * One process a directory. The store itself would let a second one in, so there is a file with the pid of the one that
 * has it. What a killed process left behind is recognised: its pid is gone, or belongs to a process that began later.
 */
import { linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalLocked } from './damage.js';

const FILE = 'lock';
const TRIES = 5;

interface Holder {
  readonly pid: number;
  /** When that process began, in the system's own terms; empty where it does not tell. */
  readonly began: string;
}

/** Directories that this process has: a pid cannot tell two hubs of one process apart. */
const mine = new Set<string>();

/** Takes the directory. The function it returns gives it back. Throws `JournalLocked`. */
export function lockDirectory(dir: string): () => void {
  const path = join(dir, FILE);
  const me: Holder = { pid: process.pid, began: lookUp(process.pid).began };
  if (mine.has(path)) throw new JournalLocked(dir, process.pid);
  const draft = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  try {
    writeFileSync(draft, JSON.stringify(me));
    for (let tried = 0; ; tried += 1) {
      try {
        // Either nobody has it and now we do, or it fails: there is no moment in between, and no half-written file.
        linkSync(draft, path);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tried === TRIES) throw error;
      }
      const text = read(path);
      const holder = parse(text);
      if (holder !== null && isAlive(holder)) throw new JournalLocked(dir, holder.pid);
      if (text !== null) removeStale(path, text);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  mine.add(path);
  return () => {
    mine.delete(path);
    if (parse(read(path))?.pid === process.pid) rmSync(path, { force: true });
  };
}

/** Somebody may do the same at this moment and have the lock by now: only what was seen to be stale goes. */
function removeStale(path: string, seen: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== seen) {
    try {
      linkSync(aside, path);
    } catch {
      // Somebody else has it now; the next try says who.
    }
  }
  unlinkSync(aside);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function parse(text: string | null): Holder | null {
  try {
    const { pid, began } = JSON.parse(text ?? '') as Partial<Holder>;
    return typeof pid === 'number' && pid > 0 ? { pid, began: String(began ?? '') } : null;
  } catch {
    return null;
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // One that may not be asked is there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = lookUp(pid);
  // Killed, and not yet taken off the list by whoever started it: it writes nothing any more.
  if (now.state === 'Z' || now.state === 'X') return false;
  return began === '' || now.began === '' || began === now.began;
}

/** On Linux: the state of a process, and the boot and the tick at which it began. Empty elsewhere. */
function lookUp(pid: number): { state: string; began: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces; the state is field 3, the start is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { state: fields[0] ?? '', began: `${boot}/${fields[19] ?? ''}` };
  } catch {
    return { state: '', began: '' };
  }
}

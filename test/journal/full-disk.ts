// Owns: a small disk for one hub that can be filled up and emptied again. A real one where this machine lets us mount it;
// else the system itself refuses the hub's writes past a size, which reaches the journal by the same path.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DISK_BYTES = 8 * 1024 ** 2;
/** Room that is left on a disk that is filled: less than the journal takes for to be written. */
const LEFT_BYTES = 64 * 1024;

export interface SmallDisk {
  readonly kind: 'mounted' | 'limited';
  readonly dir: string;
  /** From now on nothing of any size can be written. */
  fill(pid: number): void;
  empty(pid: number): void;
  remove(): void;
}

function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** False where this machine does not let us. */
export function mountTmpfs(dir: string, options: string): boolean {
  return run('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', dir);
}

export function unmount(dir: string): void {
  run('umount', '-l', dir);
}

export function smallDisk(): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-disk-'));
  return mountTmpfs(dir, `size=${DISK_BYTES}`) ? mounted(dir) : limited(dir);
}

function mounted(dir: string): SmallDisk {
  const filler = join(dir, 'filler');
  return {
    kind: 'mounted',
    dir,
    fill() {
      const { bavail, bsize } = statfsSync(dir);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)));
    },
    empty() {
      rmSync(filler);
    },
    remove() {
      unmount(dir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function limited(dir: string): SmallDisk {
  const limit = (pid: number, bytes: string): void => {
    if (!run('prlimit', '--pid', String(pid), `--fsize=${bytes}:`)) {
      throw new Error('neither a file system can be mounted here, nor can prlimit limit what a process writes');
    }
  };
  return {
    kind: 'limited',
    dir,
    fill(pid) {
      limit(pid, String(statSync(join(dir, 'data', 'data.mdb')).size));
    },
    empty(pid) {
      limit(pid, 'unlimited');
    },
    remove() {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

// Owns: a hub as a process of its own for the time of a measurement, and what it costs in CPU time.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../server/bin/cuehub.js', import.meta.url));
/** The kernel counts a process's time in hundredths of a second. */
const tickMs = 10;
const logCharsMax = 2_000;

export const token = 'bench-token';

export class Hub {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#process = child;
    this.url = url;
  }

  static async start(): Promise<Hub> {
    const flags = ['--port', '0', '--memory', '--rate-limit', '0', '--token', token, '--json'];
    const child = spawn(process.execPath, [program, 'serve', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = createInterface({ input: child.stdout });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-logCharsMax);
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the hub ended before it listened: ${log.trim()}`);
    });
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    ended.catch(() => {});
    return new Hub(child, (JSON.parse(line) as { url: string }).url);
  }

  /** The CPU time it has used so far, in ms; undefined where the system does not tell. */
  cpuMs(): number | undefined {
    try {
      const stat = readFileSync(`/proc/${this.#process.pid}/stat`, 'utf8');
      // The second field is the program's name in brackets and may hold spaces; user and system time are 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * tickMs;
    } catch {
      return undefined;
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}

// Owns: a hub as a process of its own for the time of a measurement, and what it costs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cpuMsOf, rssBytesOf } from './cpu.js';

const program = fileURLToPath(new URL('../../server/bin/cuehub.js', import.meta.url));
const logCharsMax = 2_000;

export const token = 'bench-token';

export interface HubOptions {
  /** Where it keeps its journal; without it, nothing is kept. */
  readonly data?: string;
  /** More of `cuehub serve`. */
  readonly flags?: readonly string[];
  /** Node's own, such as `--cpu-prof`. */
  readonly execArgv?: readonly string[];
}

export class Hub {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#process = child;
    this.url = url;
  }

  static async start({ data, flags = [], execArgv = [] }: HubOptions = {}): Promise<Hub> {
    const kept = data === undefined ? ['--memory'] : ['--data', data];
    const serve = ['serve', '--port', '0', ...kept, '--rate-limit', '0', '--token', token, '--json', ...flags];
    // More of Node's flags may come from outside, to profile the hub of any scenario.
    const outer = process.env['BENCH_HUB_NODE_FLAGS']?.split(' ').filter((flag) => flag !== '') ?? [];
    const child = spawn(process.execPath, [...execArgv, ...outer, program, ...serve], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
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

  /** Where its WebSockets are. */
  get socketUrl(): string {
    return `${this.url.replace('http', 'ws')}/ws`;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  cpuMs(): number | undefined {
    return cpuMsOf(this.#process.pid);
  }

  rssBytes(): number | undefined {
    return rssBytesOf(this.#process.pid);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    await ended;
  }
}

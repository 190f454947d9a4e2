// Owns: one client process of a test: started, told what to do, and what it reports waited for.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Report, Start } from './words.js';

const WITHIN_MS = 100_000;

export class Part {
  readonly reports: Report[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #stderr = '';

  constructor(role: 'producer' | 'worker' | 'watcher', start: Start) {
    const file = fileURLToPath(new URL(`./${role}.ts`, import.meta.url));
    this.#child = fork(file, [JSON.stringify(start)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 2, 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#child.on('message', (message) => {
      this.reports.push(message as Report);
      this.#wake();
    });
    this.#child.on('exit', () => this.#wake());
  }

  tell(order: Order): void {
    this.#child.send(order);
  }

  /** The first report of this kind that fits. */
  async reported<Is extends Report['is']>(
    is: Is,
    fits: (report: Extract<Report, { is: Is }>) => boolean = () => true,
  ): Promise<Extract<Report, { is: Is }>> {
    const until = Date.now() + WITHIN_MS;
    for (;;) {
      const found = this.all(is).find(fits);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || Date.now() > until) throw new Error(`no report "${is}"; ${this.#told()}`);
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, until - Date.now() + 1);
        this.#waiting.add(() => {
          clearTimeout(late);
          resolve();
        });
      });
    }
  }

  all<Is extends Report['is']>(is: Is): Extract<Report, { is: Is }>[] {
    return this.reports.filter((report): report is Extract<Report, { is: Is }> => report.is === is);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #told(): string {
    return `it told ${JSON.stringify(this.reports.slice(-4))}\n${this.#stderr.slice(-1_000)}`;
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

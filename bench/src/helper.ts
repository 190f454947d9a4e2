// Owns: a part of a measurement in a process of its own (a peer, a crowd of clients), and calls to it. What such a part
// can do is written in `roles/ROLE.ts`, which ends with `serveRole({ … })`.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cpuMsOf, rssBytesOf } from './cpu.js';
import type { Answer, Call } from './role.js';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Helper {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(role: string, child: ChildProcess) {
    this.#process = child;
    child.on('message', (message) => {
      const { id, value, error } = message as Answer;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(`${role}: ${error}`));
    });
    child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${role} ended (${code ?? signal})`));
      this.#waiting.clear();
    });
  }

  static async start(role: string, execArgv: readonly string[] = []): Promise<Helper> {
    const path = fileURLToPath(new URL(`./roles/${role}.ts`, import.meta.url));
    const child = fork(path, { execArgv: ['--import', 'tsx', ...execArgv], serialization: 'advanced' });
    const helper = new Helper(role, child);
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error(`${role} ended before it was ready`);
      }),
    ]);
    return helper;
  }

  /** Calls a function of the role; what it returns, or throws, comes back. */
  call<T>(name: string, ...args: readonly unknown[]): Promise<T> {
    this.#lastId += 1;
    const call: Call = { id: this.#lastId, name, args };
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(call.id, { resolve: resolve as (value: unknown) => void, reject });
      this.#process.send(call);
    });
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

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

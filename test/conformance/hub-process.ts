// Owns: one hub as a process of its own, started by its command line on a free port, and plain HTTP to it.
// Leaves to others: sockets (raw-client.ts), lanes and clean-up per test (stage.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CurrentTask, Issue, Task } from './frames.js';

export const TOKEN = 'conformance-token';

const MAIN = process.env['CUEHUB_MAIN'] ?? fileURLToPath(new URL('../../server/dist/cli/main.js', import.meta.url));
const START_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 10_000;

export interface HubOptions {
  /** Extra flags of `cuehub serve`, e.g. `{ 'session-ttl': 300 }`. */
  flags?: Record<string, string | number>;
  /** Requests a second and connection; 0 (the default here) for none, null for the hub's own default. */
  rateLimit?: number | null;
  /** Where its journal lies; in memory by default. */
  data?: string;
  /** A free one by default. */
  port?: number;
  /** How long it may take to say that it listens. */
  within_ms?: number;
}

export interface HttpOptions {
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  text?: string;
  /** null sends no Authorization at all. */
  token?: string | null;
  headers?: Record<string, string>;
}

/** Any JSON body of the hub. As with frames, what is left out reads as undefined and fails the assertion about it. */
export interface HttpBody extends Task {
  error: Task['error'] & { issues: Issue[] };
  task: Task | undefined;
  tasks: Task[];
  next: unknown;
  current_task: CurrentTask;
  openapi: string;
  asyncapi: string;
  paths: Record<string, unknown>;
}

export interface HttpReply {
  status: number;
  headers: Headers;
  text: string;
  /** The body, when it is JSON. */
  body: HttpBody;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class Hub {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #output: { stdout: string; stderr: string };

  constructor(child: ChildProcess, ready: { url: string; pid: number }, output: { stdout: string; stderr: string }) {
    this.#process = child;
    this.#output = output;
    this.url = ready.url;
    this.pid = ready.pid;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  get socketUrl(): string {
    return `${this.url.replace(/^http/, 'ws')}/ws`;
  }

  /** Everything on stdout so far; a hub that keeps its word says one line there. */
  get stdout(): string {
    return this.#output.stdout;
  }

  get stderr(): string {
    return this.#output.stderr;
  }

  terminate(): void {
    this.#process.kill('SIGTERM');
  }

  /** As a crash does it: nobody is told, nothing is tidied up. */
  kill(): Promise<Exit> {
    this.#process.kill('SIGKILL');
    return this.exited;
  }

  async stop(): Promise<Exit> {
    this.terminate();
    const late = setTimeout(() => this.#process.kill('SIGKILL'), STOP_WITHIN_MS);
    try {
      return await this.exited;
    } finally {
      clearTimeout(late);
    }
  }

  fetch(method: string, path: string, options: HttpOptions & { signal?: AbortSignal } = {}): Promise<Response> {
    const { token = TOKEN } = options;
    const body = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const headers: Record<string, string> = { ...options.headers };
    if (token !== null) headers['authorization'] = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] ??= 'application/json';
    return fetch(this.url + path, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  async http(method: string, path: string, options: HttpOptions = {}): Promise<HttpReply> {
    const response = await this.fetch(method, path, options);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) as HttpBody };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Command line of `cuehub serve`, without node itself. */
export function serveCommand({ rateLimit = 0, data, port = 0, flags = {} }: HubOptions = {}): string[] {
  if (!existsSync(MAIN)) throw new Error(`the hub is not built: ${MAIN} is missing (npm run build)`);
  const where = data === undefined ? ['--memory'] : ['--data', data];
  const command = [MAIN, 'serve', '--host', '127.0.0.1', '--port', String(port), ...where, '--token', TOKEN, '--json'];
  if (rateLimit !== null) command.push('--rate-limit', String(rateLimit));
  for (const [flag, value] of Object.entries(flags)) command.push(`--${flag}`, String(value));
  return command;
}

/** Starts `cuehub serve`, in memory unless it is told where, on 127.0.0.1 and a free port; resolves when it says that it listens. */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const command = serveCommand(options);
  const [, ...args] = command;
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const line = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`cuehub ${args.join(' ')}: ${why}\n${output.stderr.slice(-2_000)}`));
    };
    const { within_ms = START_WITHIN_MS } = options;
    const late = setTimeout(() => fail(`not listening within ${within_ms} ms`), within_ms);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(late);
      fail(`exit code ${code} before it listened`);
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
      const end = output.stdout.indexOf('\n');
      if (end === -1) return;
      clearTimeout(late);
      child.removeAllListeners('exit');
      resolve(output.stdout.slice(0, end));
    });
  });
  const ready = JSON.parse(line) as { event: string; url: string; pid: number };
  if (ready.event !== 'listening') throw new Error(`the first line on stdout is not "listening": ${line}`);
  return new Hub(child, ready, output);
}

// Owns: `cuehub serve` and the client commands as processes: output, exit codes, signals, the token that others find.
// Leaves to others: what the commands do in detail (unit tests beside them), the protocol (conformance/).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../server/bin/cuehub.js', import.meta.url));

let home: string;
const running = new Set<ChildProcess>();
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cuehub-cli-'));
});
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  rmSync(home, { recursive: true });
});

class Command {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  readonly #changed: (() => void)[] = [];

  constructor(...args: string[]) {
    const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: home, NO_COLOR: '1' };
    this.child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#add('stdout', text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#add('stderr', text));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        running.delete(this.child);
        resolve(code ?? signal);
      });
    });
  }

  /** Waits until stdout has this in it. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found !== null) return found;
      const more = new Promise<void>((resolve) => this.#changed.push(resolve));
      const over = this.ended.then((how) => {
        throw new Error(`ended with ${how} before it showed ${pattern}: ${this.stdout}${this.stderr}`);
      });
      await Promise.race([more, over]);
    }
  }

  #add(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    for (const wake of this.#changed.splice(0)) wake();
  }
}

async function run(...args: string[]) {
  const command = new Command(...args);
  const code = await command.ended;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

function tokenFiles(): string[] {
  const dir = join(home, '.local', 'state', 'cuehub');
  return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
}

describe('cuehub serve', () => {
  it('prints where everything is and a token that opens it, which commands in another terminal find by themselves', async () => {
    const hub = new Command('serve', '--port', '0', '--memory');
    const [, url = '', token = ''] = await hub.shows(/(http:\/\/127\.0\.0\.1:\d+)\/#token=(\S+)[^]*Ctrl-C/);
    const [, watch = ''] = await hub.shows(/\/overlay#token=(\S+)/);
    expect(hub.stdout).toContain(`${url.replace('http', 'ws')}/ws`);
    expect(
      (await fetch(`${url}/clone/orchestrator/status`, { headers: { Authorization: `Bearer ${token}` } })).status,
    ).toBe(200);
    const asWatcher = { Authorization: `Bearer ${watch}` };
    expect((await fetch(`${url}/clone/orchestrator/status`, { headers: asWatcher })).status).toBe(200);
    expect((await fetch(`${url}/clone/orchestrator/stop`, { headers: asWatcher, method: 'POST' })).status).toBe(403);
    const status = await run('status', '--url', url);
    expect([status.code, status.stderr]).toEqual([0, '']);
    expect(status.stdout).toContain('nobody');
    expect(tokenFiles().map((file) => readFileSync(file, 'utf8').trim())).toEqual([token]);
    hub.child.kill('SIGTERM');
    expect(await hub.ended).toBe(0);
    expect(tokenFiles()).toEqual([]);
    expect(hub.stderr).not.toContain(token);
  });

  it('with --json prints one line when it is ready, and nothing else on stdout', async () => {
    const hub = new Command('serve', '--port', '0', '--json', '--memory', '--token', 'a-token-of-mine');
    await hub.shows(/\n/);
    const { url, ...rest } = JSON.parse(hub.stdout) as { url: string };
    expect(rest).toEqual({ event: 'listening', pid: hub.child.pid });
    const submitted = await run('submit', 'nobody', '--url', url, '--token', 'a-token-of-mine');
    expect([submitted.code, submitted.stdout]).toEqual([
      0,
      expect.stringMatching(/^\S+ queued, first in the queue\n$/),
    ]);
    hub.child.kill('SIGINT');
    expect(await hub.ended).toBe(0);
    expect(hub.stdout.split('\n')).toHaveLength(2);
    expect(hub.stdout + hub.stderr).not.toContain('a-token-of-mine');
    expect(tokenFiles()).toEqual([]);
  });

  it('says in one clear line that the port is taken', async () => {
    const hub = new Command('serve', '--port', '0', '--memory', '--json');
    const [, port = ''] = await hub.shows(/127\.0\.0\.1:(\d+)"/);
    const second = await run('serve', '--port', port, '--memory');
    expect(second.code).toBe(1);
    expect(second.stderr).toBe(
      `cuehub: port ${port} on 127.0.0.1 is taken: stop what uses it, or choose another with --port\n`,
    );
    expect(second.stdout).toBe('');
  });

  it('ends at once at a second signal, also when somebody does not let go', async () => {
    const hub = new Command('serve', '--port', '0', '--memory', '--json', '--token', 'a-token-of-mine');
    const [, url = ''] = await hub.shows(/"url":"([^"]+)"/);
    const headers = { Authorization: 'Bearer a-token-of-mine' };
    const events = await fetch(`${url}/v1/lanes/main/events`, { headers });
    hub.child.kill('SIGINT');
    hub.child.kill('SIGINT');
    expect([0, 'SIGINT']).toContain(await hub.ended);
    await events.text().catch(() => '');
  });
});

describe('cuehub watch', () => {
  it('prints one line an event when its output is no terminal, and ends well at a signal', async () => {
    const hub = new Command('serve', '--port', '0', '--memory', '--json');
    const [, url = ''] = await hub.shows(/"url":"([^"]+)"/);
    const watching = new Command('watch', '--url', url);
    await watching.shows(/ state idle: nobody has the floor; 0 queued, 0 paused\n/);
    const { stdout } = await run('submit', 'nobody', '--priority', 'HIGH', '--url', url);
    const [id] = stdout.split(' ');
    await watching.shows(new RegExp(`^\\S+Z task\\.queued HIGH nobody ${id}$`, 'm'));
    watching.child.kill('SIGINT');
    expect([await watching.ended, watching.stderr]).toEqual([0, '']);
  });

  it('says in one clear line that no hub is there', async () => {
    const { code, stderr } = await run('watch', '--url', 'http://127.0.0.1:9');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^cuehub: [^\n]+127\.0\.0\.1:9[^\n]*\n$/);
  });
});

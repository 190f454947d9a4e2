import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { TOKEN } from '../api/testing/fake-hub.js';
import { listen } from '../api/testing/listen.js';
import { createProgram } from './program.js';

const home = mkdtempSync(join(tmpdir(), 'cuehub-home-'));
afterAll(() => rmSync(home, { recursive: true }));

let api: Awaited<ReturnType<typeof listen>>;
beforeEach(async () => {
  api = await listen();
});
afterEach(() => api.close());

/** Runs the command as the binary would; errors come back as what they throw. */
async function cuehub(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    stdin: process.stdin,
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    env: { HOME: home, CUEHUB_URL: api.url, CUEHUB_TOKEN: TOKEN, NO_COLOR: '1' },
  };
  const error: unknown = await createProgram(io)
    .parseAsync(['node', 'cuehub', ...args])
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  return { out: out.join(''), err: err.join(''), error: error instanceof Error ? error.message : error };
}

test('submit prints the id and the place in the queue', async () => {
  const { out } = await cuehub('submit', 'voice_command', '--args', '{"command":"lights on"}', '--priority', 'urgent');
  expect(out).toBe('t1 queued, first in the queue\n');
  expect(api.hub.tasks.get('t1')).toMatchObject({ args: { command: 'lights on' }, priority: 'URGENT' });
});

test('submit --wait prints the result, and ends with an error when there is none', async () => {
  const waited = cuehub('submit', 'x', '--wait');
  await expect.poll(() => api.hub.requests.at(-1)?.type).toBe('task.wait');
  api.hub.end('t1', { state: 'completed', result: { said: 'hi' } });
  expect((await waited).out).toBe('{"said":"hi"}\n');
  const failed = cuehub('submit', 'x', '--wait');
  await expect.poll(() => api.hub.requests.at(-1)).toMatchObject({ type: 'task.wait', task_id: 't2' });
  api.hub.end('t2', { state: 'failed', error: { code: 'broken', message: 'no voice' } });
  expect(await failed).toMatchObject({ out: '', error: 'task t2 failed (broken: no voice)' });
});

test('every submit has a key of its own, so that asking again submits nothing twice', async () => {
  await cuehub('submit', 'x');
  await cuehub('submit', 'x');
  const keys = [...api.hub.tasks.values()].map(({ idempotency_key }) => idempotency_key);
  expect(keys[0]).toMatch(/^cuehub-cli-/);
  expect(keys[0]).not.toBe(keys[1]);
});

test('status shows the lane, and is one line of JSON on request', async () => {
  const { out } = await cuehub('status');
  expect(out).toMatch(/^lane +main at http:[^]*mode +idle[^]*floor +nobody[^]*queue +0 waiting/);
  const json = await cuehub('status', '--json', '--lane', 'stage');
  expect(JSON.parse(json.out)).toMatchObject({ lane: 'stage', queue_size: 0 });
});

test('start, stop and cancel do what they say', async () => {
  expect((await cuehub('stop', '--drain')).out).toContain('lane main is stopped');
  expect(api.hub.requests[0]).toMatchObject({ type: 'lane.stop', drain: true });
  expect((await cuehub('start')).out).toContain('lane main is started: nobody has the floor');
  await cuehub('submit', 'x');
  expect((await cuehub('cancel', 't1')).out).toBe('t1 cancelled\n');
  expect((await cuehub('cancel', 't9')).error).toBe('there is no task t9');
});

test('what is wrong is said in one line that names it', async () => {
  expect((await cuehub('submit', 'x', '--args', '{broken')).error).toMatch(
    /^--args is not JSON: .* \(quote it for the shell/,
  );
  expect((await cuehub('submit', 'x', '--priority', 'SOON')).error).toMatch(/priority.*URGENT/);
  expect((await cuehub('status', '--token', 'wrong-token')).error).toContain(
    'does not know this token: give it with --token or CUEHUB_TOKEN',
  );
  expect((await cuehub('status', '--lane', 'no such')).err).toBe(
    "cuehub: option '--lane <lane>' argument 'no such' is invalid. It must be 1 to 64 letters, digits, _ or - (and not __proto__).\n",
  );
  expect((await cuehub('serve', '--port', '99999')).err).toContain('It must be a whole number from 0 to 65535.');
  expect((await cuehub('statsu')).err).toBe("cuehub: unknown command 'statsu' (Did you mean status?)\n");
});

test('a hub that is not there, or is something else, is told apart', async () => {
  const other = createServer((_request, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  expect((await cuehub('status', '--url', url)).error).toBe(`${url} answered 200, and not as a cuehub does`);
  await new Promise((resolve) => other.close(resolve));
  expect((await cuehub('status', '--url', url)).error).toContain(
    `no hub answers at ${url}: start one with \`cuehub serve\``,
  );
});

const PAST = { source: { session_id: 's', client_name: 'c', kind: 'chat' }, lane: 'main', name: 'talk' };

test('history asks page after page, also past an empty one, and prints a line a task', async () => {
  const task = {
    ...PAST,
    priority: 'LOW',
    state: 'failed',
    reason: 'ttl',
    submitted_at: 0,
    started_at: 1,
    running_ms: 1_500,
  };
  const pages = [
    { tasks: [{ ...task, task_id: 't3' }], next: 't3' },
    { tasks: [], next: 't2' },
    { tasks: [{ ...task, task_id: 't1' }] },
  ];
  const asked: unknown[] = [];
  api.hub.history = async (request) => {
    asked.push(request);
    return { ok: pages[asked.length - 1] ?? { tasks: [] } };
  };
  const { out } = await cuehub(
    'history',
    '--state',
    'failed',
    '--name',
    'talk',
    '--since',
    '2026-01-31',
    '--limit',
    '7',
  );
  expect(out).toBe(
    '1970-01-01T00:00:00.000Z failed (ttl) LOW talk ran 1.5 s  t3\n1970-01-01T00:00:00.000Z failed (ttl) LOW talk ran 1.5 s  t1\n',
  );
  const query = { lane: 'main', states: ['failed'], name: 'talk', since: Date.UTC(2026, 0, 31) };
  expect(asked).toMatchObject([
    { ...query, limit: 7, before: undefined },
    { ...query, limit: 6, before: 't3' },
    { ...query, limit: 6, before: 't2' },
  ]);
});

test('history takes times as a person says them, and says when it cannot', async () => {
  const before = Date.now();
  await cuehub('history', '--since', '2h');
  const { since = 0 } = api.hub.histories[0] as { since?: number };
  expect(since).toBeGreaterThanOrEqual(before - 7_200_000);
  expect(since).toBeLessThanOrEqual(Date.now() - 7_200_000);
  const wrong = await cuehub('history', '--until', 'tomorrow');
  expect([api.hub.histories.length, wrong.error]).toEqual([1, expect.stringContaining('--until')]);
});

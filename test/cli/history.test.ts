// Owns: `cuehub history`, `cuehub journal export` and `import` with real processes: what passed is there after a stop,
// and again after it went through a file.
// Leaves to others: filters and pages (unit tests beside them), what a start recovers (journal/).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type Hub, joinHub, startHub, TOKEN } from '../conformance/harness.js';

const MAIN = fileURLToPath(new URL('../../server/dist/cli/main.js', import.meta.url));

const dirs: string[] = [];
const hubs: Hub[] = [];

afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.kill();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-past-'));
  dirs.push(dir);
  return dir;
}

async function start(data: string): Promise<Hub> {
  const hub = await startHub({ data });
  hubs.push(hub);
  return hub;
}

function cuehub(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

interface Past {
  tasks: { task_id: string; name: string; state: string }[];
  facts: { event: string; log: string; seq: number }[];
}

/** All that the hub tells of what passed; the name of the log is another one in a copy. */
async function pastOf(hub: Hub, task_id: string): Promise<Past> {
  const listed = cuehub('history', '--json', '--url', hub.url, '--token', TOKEN);
  expect(listed).toMatchObject({ status: 0, stderr: '' });
  const { tasks } = JSON.parse(listed.stdout) as Past;
  const { text } = await hub.http('GET', `/v1/lanes/main/tasks/${task_id}/timeline`);
  const { facts } = JSON.parse(text) as Past;
  return { tasks, facts: facts.map((fact) => ({ ...fact, log: '' })) };
}

test('what passed is told after a stop, and by a hub on a copy that went through a file', async () => {
  const data = newDir();
  let hub = await start(data);
  const producer = await joinHub(hub);
  const ids: string[] = [];
  for (const name of ['talk', 'sing', 'wait']) ids.push((await producer.ok('task.submit', { task: { name } })).task_id);
  const [cancelled = '', , waiting = ''] = ids;
  await producer.ok('task.cancel', { task_id: cancelled });
  const target = ['--url', hub.url, '--token', TOKEN];
  const lines = cuehub('history', '--state', 'cancelled', '--since', '1h', ...target).stdout;
  expect(lines).toMatch(new RegExp(`^\\S+Z cancelled \\(\\S+\\) MEDIUM talk ${cancelled}\\n$`));
  expect(cuehub('history', '--name', 'nobody', ...target).stdout).toBe('nothing\n');
  const refused = cuehub('history', '--state', 'over', ...target);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(/^cuehub: [^\n]*state[^\n]*\n$/)]);
  const before = await pastOf(hub, cancelled);
  expect(before.tasks.map(({ task_id, state }) => [task_id, state])).toEqual([
    [waiting, 'queued'],
    [ids[1], 'queued'],
    [cancelled, 'cancelled'],
  ]);
  expect(before.facts.map(({ event }) => event)).toEqual(['task.queued', 'task.cancelled']);
  const unknown = await hub.http('GET', `/v1/lanes/main/tasks/${'0'.repeat(26)}/timeline`);
  expect([unknown.status, unknown.text]).toEqual([404, expect.stringContaining('its history is kept from')]);

  const held = cuehub('journal', 'export', data);
  expect([held.status, held.stderr]).toEqual([1, expect.stringContaining('is in use by process')]);
  await hub.stop();
  const file = join(newDir(), 'journal.ndjson');
  expect(cuehub('journal', 'export', data, '--out', file)).toMatchObject({ status: 0, stderr: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(cuehub('journal', 'export', data).stdout).toBe(readFileSync(file, 'utf8'));
  expect(cuehub('journal', 'export', data, '--out', file).status).toBe(1);

  const copy = join(newDir(), 'copy');
  const cut = `${file}.cut`;
  writeFileSync(cut, readFileSync(file, 'utf8').slice(0, -20));
  const failed = cuehub('journal', 'import', cut, copy);
  expect([failed.status, failed.stderr]).toEqual([1, expect.stringMatching(/^cuehub: nothing was imported: line \d+/)]);
  expect(cuehub('journal', 'import', file, copy)).toMatchObject({ status: 0, stderr: '' });
  expect(cuehub('journal', 'import', file, copy).stderr).toContain('there is a journal in');
  expect(cuehub('journal', 'verify', copy).status).toBe(0);

  hub = await start(data);
  expect(await pastOf(hub, cancelled)).toEqual(before);
  hub = await start(copy);
  expect(await pastOf(hub, cancelled)).toEqual(before);
  const { text } = await hub.http('GET', '/v1/lanes/main');
  expect(JSON.parse(text)).toMatchObject({ queue_size: 2 });
});

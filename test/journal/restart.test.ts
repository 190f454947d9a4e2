// Owns: what a hub with a journal on a disk promises across kills and stops (PROTOCOL §8), with real processes.
// Leaves to others: chance, many kills and broken disks.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type Hub, joinHub, type RawClient, startHub } from '../conformance/harness.js';

const MAIN = fileURLToPath(new URL('../../server/dist/cli/main.js', import.meta.url));

const dirs: string[] = [];
const hubs: Hub[] = [];

afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.kill();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-restart-'));
  dirs.push(dir);
  return dir;
}

async function start(data: string, flags: Record<string, string | number> = {}): Promise<Hub> {
  const hub = await startHub({ data, flags });
  hubs.push(hub);
  return hub;
}

function cuehub(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

async function submit(client: RawClient, task: object): Promise<string> {
  const { task_id } = await client.ok('task.submit', { task });
  return task_id;
}

async function readiness(hub: Hub): Promise<{ journal: { recovery: { clean: boolean; tasks: number } } }> {
  const { text } = await hub.http('GET', '/readyz');
  return JSON.parse(text) as { journal: { recovery: { clean: boolean; tasks: number } } };
}

test('everything that was acknowledged is there after a kill, and ends once', async () => {
  const data = newDir();
  let hub = await start(data);
  const producer = await joinHub(hub);
  const ids: string[] = [];
  const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`);
  const asked = keys.map(async (idempotency_key) =>
    ids.push(await submit(producer, { name: 'work', idempotency_key })),
  );
  await Promise.all(asked);
  await hub.kill();

  hub = await start(data);
  expect((await readiness(hub)).journal.recovery).toMatchObject({ clean: false, tasks: 200 });
  const again = await joinHub(hub);
  for (const [i, idempotency_key] of keys.entries()) {
    const reply = await again.ok('task.submit', { task: { name: 'work', idempotency_key } });
    expect(reply).toMatchObject({ task_id: ids[i], duplicate: true, state: 'queued' });
  }
  const worker = await joinHub(hub);
  await worker.ok('worker.register', { names: ['work'] });
  for (let i = 0; i < 5; i += 1) {
    const { task, epoch } = await worker.expectFrame({ type: 'task.dispatch' });
    await worker.ok('task.complete', { task_id: task?.task_id, epoch, result: i });
  }
  await hub.kill();

  hub = await start(data);
  const last = await joinHub(hub);
  for (const [i, task_id] of ids.slice(0, 5).entries()) {
    const { task } = await last.ok('task.get', { task_id });
    expect(task).toMatchObject({ state: 'completed', result: i });
  }
}, 60_000);

test('a worker goes on with its run after a kill, with a new epoch and no chunk lost', async () => {
  const data = newDir();
  let hub = await start(data);
  const worker = await joinHub(hub);
  await worker.ok('worker.register', { names: ['talk'] });
  const task_id = await submit(worker, { name: 'talk' });
  const { epoch } = await worker.expectFrame({ type: 'task.dispatch' });
  worker.send('stream.open', { task_id, epoch });
  for (const [seq, data] of ['one ', 'two ', 'three '].entries())
    worker.send('stream.chunk', { task_id, epoch, seq, data });
  await worker.ok('task.checkpoint', { task_id, epoch, checkpoint: { at: 2 } });
  const { claim } = worker;
  await hub.kill();

  hub = await start(data);
  const back = await joinHub(hub, { resume: claim, holding: [{ task_id, epoch }] });
  expect(back.welcome).toMatchObject({ resumed: true, adopted: [task_id], released: [] });
  const resume = await back.expectFrame({ type: 'task.resume' });
  expect(resume).toMatchObject({ task_id, checkpoint: { at: 2 }, streams: { main: 3 } });
  expect(resume.epoch).toBeGreaterThan(epoch);
  back.send('stream.open', { task_id, epoch: resume.epoch });
  back.send('stream.chunk', { task_id, epoch: resume.epoch, seq: 3, data: 'four' });
  const watcher = await joinHub(hub);
  await watcher.ok('subscribe', { topics: ['text'] });
  await watcher.expectFrame({ type: 'chunk', seq: 3, data: 'four' });
  await back.ok('task.complete', { task_id, epoch: resume.epoch });
}, 60_000);

test('a watcher goes on without a gap after a clean stop, and up to the fork after a kill', async () => {
  const data = newDir();
  let hub = await start(data);
  const producer = await joinHub(hub);
  await submit(producer, { name: 'a' });
  const first = await producer.ok('subscribe', { topics: ['task'] });
  await submit(producer, { name: 'b' });
  expect((await hub.stop()).code).toBe(0);

  hub = await start(data);
  expect((await readiness(hub)).journal.recovery.clean).toBe(true);
  const clean = await joinHub(hub);
  const went_on = await clean.ok('subscribe', { topics: ['task'], since: { log: first.log, seq: first.seq } });
  expect(went_on).toMatchObject({ log: first.log, recovered: true });
  await clean.expectFrame({ type: 'event', seq: Number(first.seq) + 1, event: 'task.queued' });
  await hub.kill();

  hub = await start(data);
  const killed = await joinHub(hub);
  const forked = await killed.ok('subscribe', { topics: ['task'], since: { log: first.log, seq: first.seq } });
  expect(forked.log).not.toBe(first.log);
  expect(forked.recovered).toBe(true);
  await killed.expectFrame({ type: 'event', seq: Number(first.seq) + 1, event: 'task.queued' });
  const past = await joinHub(hub);
  const lost = await past.ok('subscribe', { topics: ['task'], since: { log: first.log, seq: Number(first.seq) + 50 } });
  expect(lost.recovered).toBe(false);
}, 60_000);

type Run = { task_id: string; epoch: number };

interface Since {
  readonly log: string;
  readonly seq: number;
}

/** A task that streamed three chunks, all of them in the journal, and where a watcher of it was then. */
async function streamed(hub: Hub, name: string): Promise<{ run: Run; worker: RawClient; at: Since }> {
  const watcher = await joinHub(hub);
  await watcher.ok('subscribe', { topics: ['task', 'text'] });
  const worker = await joinHub(hub);
  await worker.ok('worker.register', { names: [name] });
  const task_id = await submit(worker, { name });
  const { epoch } = await worker.expectFrame({ type: 'task.dispatch' });
  const run = { task_id, epoch };
  await worker.ok('stream.open', run);
  for (const [seq, data] of ['one ', 'two ', 'three '].entries()) worker.send('stream.chunk', { ...run, seq, data });
  // The text is in the journal before this is answered.
  await worker.ok('task.checkpoint', { ...run, checkpoint: { at: 3 } });
  const { log, seq } = await watcher.expectFrame({ type: 'event', event: 'stream.opened' });
  return { run, worker, at: { log: String(log), seq: Number(seq) } };
}

/** What of the stream `main` comes to a watcher that comes back and had chunks up to `last`. */
async function textAfter(hub: Hub, at: Since, task_id: string, last: number): Promise<unknown[]> {
  const watcher = await joinHub(hub);
  const since = { ...at, streams: { [`${task_id}/main`]: last } };
  const topics = ['task', 'text', 'state'];
  expect(await watcher.ok('subscribe', { topics, since })).toMatchObject({ recovered: true });
  // It comes behind all that was missed.
  await watcher.expectFrame({ type: 'state' });
  expect(watcher.seen({ type: 'gap' })).toEqual([]);
  return watcher.seen({ type: 'chunk', task_id }).map(({ data }) => data);
}

test.each(['stop', 'kill'] as const)(
  'a watcher goes on in the middle of a text after a %s',
  async (how) => {
    const data = newDir();
    let hub = await start(data);
    const ended = await streamed(hub, 'said');
    await ended.worker.ok('task.complete', ended.run);
    const live = await streamed(hub, 'talk');
    await hub[how]();

    hub = await start(data);
    for (const { run, at } of [ended, live]) {
      expect(await textAfter(hub, at, run.task_id, 2)).toEqual([]);
      expect(await textAfter(hub, at, run.task_id, 0)).toEqual(['two ', 'three ']);
    }
  },
  60_000,
);

test('one process a directory: a second one names the first', async () => {
  const data = newDir();
  const hub = await start(data);
  const second = cuehub('serve', '--port', '0', '--data', data);
  expect(second.status).toBe(1);
  expect(second.stderr).toContain(`process ${hub.pid}`);
  expect(cuehub('journal', 'verify', data).stderr).toContain(`process ${hub.pid}`);
  // What a kill leaves behind is no process.
  await hub.kill();
  await start(data);
}, 60_000);

test('a stopped lane stays stopped, and a journal that nobody has can be looked at', async () => {
  const data = newDir();
  let hub = await start(data);
  const operator = await joinHub(hub);
  await operator.ok('lane.stop', {});
  await submit(operator, { name: 'a' });
  await hub.kill();
  const verified = cuehub('journal', 'verify', '--json', data);
  expect(verified).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(verified.stdout)).toMatchObject({ lanes: 1, clean: false, findings: [] });
  hub = await start(data);
  const status = await (await joinHub(hub)).ok('lane.status', {});
  expect(status).toMatchObject({ state: { started: false, tasks_queued: 1 } });
}, 60_000);

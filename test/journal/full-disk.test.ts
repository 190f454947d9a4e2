// Owns: a hub whose disk is full, or takes no more writes (issue: PROTOCOL §8 and `journal_unavailable`), as a process.
// Leaves to others: the same with a store that fails on command (server/src/journal/disk/disk.test.ts).
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type Hub, joinHub, startHub } from '../conformance/harness.js';
import { mountTmpfs, type SmallDisk, smallDisk, unmount } from './full-disk.js';

const MAIN = fileURLToPath(new URL('../../server/dist/cli/main.js', import.meta.url));
const ARGS = { text: 'x'.repeat(30_000) };
/** Far more than the disk has room for. */
const SUBMITS_MAX = 2_000;

let disk: SmallDisk | null = null;
let hub: Hub | null = null;

afterEach(async () => {
  await hub?.kill();
  disk?.remove();
  hub = null;
  disk = null;
});

test('a full disk refuses submits, acknowledges nothing, lets what runs go on, and heals by itself', async () => {
  disk = smallDisk();
  const how = disk.kind === 'mounted' ? 'a mounted tmpfs' : 'one whose writes the system refuses';
  process.stdout.write(`the disk is ${how}\n`);
  const data = join(disk.dir, 'data');
  hub = await startHub({ data });
  const producer = await joinHub(hub);
  const worker = await joinHub(hub);
  const watcher = await joinHub(hub);
  await worker.ok('worker.register', { names: ['talk'] });
  await watcher.ok('subscribe', { topics: ['text', 'task'] });
  const submit = async (name: string): Promise<string> =>
    (await producer.ok('task.submit', { task: { name, args: ARGS } })).task_id;
  const acknowledged = [await submit('talk'), await submit('talk')];
  const run = await worker.expectFrame({ type: 'task.dispatch' });
  worker.send('stream.open', { task_id: run.task?.task_id, epoch: run.epoch });

  disk.fill(hub.pid);
  let refusal: { code?: string; retryable?: boolean } | null = null;
  for (let n = 0; n < SUBMITS_MAX && refusal === null; n += 1) {
    const reply = await producer.request('task.submit', { task: { name: 'wait', args: ARGS } });
    if (reply.type === 'ok') acknowledged.push(reply.task_id);
    else refusal = reply;
  }
  expect(refusal).toMatchObject({ code: 'journal_unavailable', retryable: true });
  const over_http = await hub.http('POST', '/v1/lanes/main/tasks', { body: { name: 'wait' } });
  expect([over_http.status, over_http.body.error.code]).toEqual([503, 'journal_unavailable']);
  const unready = await hub.http('GET', '/readyz');
  expect([unready.status, unready.body.error.code]).toEqual([503, 'journal_unavailable']);
  expect((await hub.http('GET', '/healthz')).status).toBe(200);

  // What runs goes on: its words are told, its end frees the floor, and the next one has it.
  worker.send('stream.chunk', { task_id: run.task?.task_id, epoch: run.epoch, seq: 0, data: 'still here' });
  await watcher.expectFrame({ type: 'chunk', data: 'still here' });
  let ended = false;
  const end = worker.ok('task.complete', { task_id: run.task?.task_id, epoch: run.epoch }, 30_000).then((reply) => {
    ended = true;
    return reply;
  });
  const next = await worker.expectFrame({ type: 'task.dispatch' });
  expect(next.task?.task_id).toBe(acknowledged[1]);
  expect((await hub.http('GET', '/readyz')).status).toBe(503);
  expect(ended).toBe(false);

  disk.empty(hub.pid);
  await end;
  await expect.poll(async () => (await hub?.http('GET', '/readyz'))?.status, { timeout: 20_000 }).toBe(200);
  acknowledged.push(await submit('wait'));
  await hub.kill();

  hub = await startHub({ data });
  const back = await joinHub(hub);
  for (const [i, task_id] of acknowledged.entries()) {
    const { task } = await back.ok('task.get', { task_id });
    expect(task.state).toBe(i === 0 ? 'completed' : i === 1 ? 'paused' : 'queued');
  }
}, 90_000);

test('a directory that cannot be written is said in one line', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-readonly-'));
  const is_mounted = mountTmpfs(dir, 'size=1m,ro');
  const data = join(dir, 'data');
  try {
    if (!is_mounted) {
      mkdirSync(data);
      chmodSync(data, 0o555);
    }
    // Whom no mode keeps out, and who cannot mount, is shown a place where nobody can write.
    const where = is_mounted || process.getuid?.() !== 0 ? [data, dir] : ['/proc/cuehub'];
    for (const path of [...where, '/proc/cuehub/data']) {
      const command = [MAIN, 'serve', '--port', '0', '--data', path];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 20_000 });
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^cuehub: the journal cannot be kept in .*: (the file system is read-only|this user may not|no directory can be made)/,
      );
    }
  } finally {
    if (is_mounted) unmount(dir);
    chmodSync(dir, 0o700);
    rmSync(dir, { recursive: true, force: true });
  }
}, 60_000);

test('a start on a disk that is full says in one line where there is no space', (context) => {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-full-'));
  if (!mountTmpfs(dir, 'size=1m')) {
    rmSync(dir, { recursive: true, force: true });
    return context.skip('this machine lets nobody mount a file system');
  }
  try {
    // No room for a token; for that but not for a lock; for that but not for a store.
    for (const left of [0, 4_096, 20_480, 40_960]) {
      const data = join(dir, 'data');
      rmSync(data, { recursive: true, force: true });
      writeFileSync(join(dir, 'filler'), Buffer.alloc(1024 ** 2 - left));
      const command = [MAIN, 'serve', '--port', '0', '--data', data];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 20_000 });
      const line = `cuehub: the journal cannot be kept in ${data}: no space is left on the device\n`;
      expect([left, status, stdout, stderr]).toEqual([left, 1, '', line]);
    }
  } finally {
    unmount(dir);
    rmSync(dir, { recursive: true, force: true });
  }
}, 60_000);

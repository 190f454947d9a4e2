// A task that has left memory is told from the journal, as far as history is kept there (PROTOCOL §4).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Access } from '../auth/access.js';
import { passing } from '../config/testing/fake-clock.js';
import { DiskJournal } from '../journal/disk/disk.js';
import { MemoryJournal } from '../journal/memory.js';
import type { Journal } from '../journal/port.js';
import type { Outcome, PlainRequest } from './port.js';
import { TestHub, turnEnds } from './testing/test-hub.js';

const SOURCE = { session_id: 'http', client_name: 'http', kind: 'http' };
const dirs: string[] = [];
const hubs: TestHub[] = [];

afterEach(async () => {
  for (const { hub } of hubs.splice(0)) await hub.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function opened(options: Parameters<typeof TestHub.open>[0] = {}, kept?: Journal): Promise<TestHub> {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-passed-'));
  dirs.push(dir);
  const t = await TestHub.open(options, kept ?? new DiskJournal({ dir, durability: 'process' }));
  hubs.push(t);
  return t;
}

async function asks(t: TestHub, message: PlainRequest, access: Access = t.access): Promise<Outcome> {
  return t.hub.request(message, access, SOURCE);
}

/** A task from its submission to its end. */
async function passes(t: TestHub, lane = 'main', key?: string): Promise<string> {
  const task = { name: 'talk', args: { say: 'hello' }, ...(key === undefined ? {} : { idempotency_key: key }) };
  const submitted = await asks(t, { type: 'task.submit', lane, task });
  if ('error' in submitted) throw new Error(submitted.error.message);
  const task_id = String(submitted.ok['task_id']);
  const worker = t.client();
  await new Promise((resolve) => {
    t.hub.executors.register(worker.session, { type: 'worker.register', lane, names: ['talk'] }, resolve);
  });
  await turnEnds();
  const { epoch } = worker.last('task.dispatch');
  await new Promise((resolve) => {
    t.hub.executors.frame(worker.session, { type: 'task.complete', id: 1, task_id, epoch, result: 'done' }, resolve);
  });
  t.hub.sessions.left(worker.session, worker, true);
  return task_id;
}

function inMemory(t: TestHub, lane: string, task_id: string): boolean {
  return t.hub.lanesInMemory.inMemory(lane)?.lane.tasks.has(task_id) ?? false;
}

test('a task that ended long ago is told with its payload and result, whichever lane it was of', async () => {
  const t = await opened();
  const ids = [await passes(t, 'main'), await passes(t, 'stage')];
  t.clock.advance(15 * 60_000);
  await turnEnds();
  for (const [i, task_id] of ids.entries()) {
    const lane = ['main', 'stage'][i]!;
    expect(inMemory(t, lane, task_id)).toBe(false);
    const told = { task_id, lane, state: 'completed', args: { say: 'hello' }, result: 'done', attempt: 1 };
    expect(await asks(t, { type: 'task.get', id: 1, task_id })).toMatchObject({ ok: { task: told } });
    expect(await asks(t, { type: 'task.get', id: 1, lane, task_id })).toMatchObject({ ok: { task: told } });
    const waited = await asks(t, { type: 'task.wait', id: 1, task_id });
    expect(waited).toMatchObject({ ok: { task: { task_id, state: 'completed', result: 'done' } } });
    expect(waited).not.toHaveProperty('ok.task.args');
    expect(await asks(t, { type: 'task.get', id: 1, lane: 'other', task_id })).toMatchObject({
      error: { code: 'not_found' },
    });
  }
  const narrow = { ...t.access, grants: { ...t.access.grants, lanes: ['main'] } };
  expect(await asks(t, { type: 'task.get', id: 1, task_id: ids[1]! }, narrow)).toMatchObject({
    error: { code: 'forbidden' },
  });
  expect(await asks(t, { type: 'task.get', id: 1, task_id: `${ids[0]}0` })).toMatchObject({
    error: { code: 'not_found' },
  });
});

test('a key answers for its task while it lives, also when the task itself had to leave memory', async () => {
  const t = await opened({ limits: { ended_tasks_max: 1 } });
  const task_id = await passes(t, 'main', 'once');
  const others = await passing(
    t.clock,
    Promise.all(Array.from({ length: 600 }, () => asks(t, { type: 'task.submit', task: { name: 'never' } }))),
  );
  const ids = others.map((one) => String('ok' in one ? one.ok['task_id'] : ''));
  await passing(t.clock, Promise.all(ids.map((id) => asks(t, { type: 'task.cancel', task_id: id }))));
  t.clock.advance(1_000);
  await turnEnds();
  expect(inMemory(t, 'main', task_id)).toBe(false);
  const by_key = { type: 'task.get', id: 1, lane: 'main', idempotency_key: 'once' } as const;
  expect(await asks(t, by_key)).toMatchObject({ ok: { task: { task_id, state: 'completed', result: 'done' } } });
  t.clock.advance(15 * 60_000);
  await turnEnds();
  expect(await asks(t, by_key)).toMatchObject({ error: { code: 'not_found' } });
});

test('a journal in memory has nothing of it', async () => {
  const t = await opened({}, new MemoryJournal());
  const task_id = await passes(t);
  t.clock.advance(15 * 60_000);
  await turnEnds();
  expect(await asks(t, { type: 'task.get', id: 1, task_id })).toMatchObject({ error: { code: 'not_found' } });
});

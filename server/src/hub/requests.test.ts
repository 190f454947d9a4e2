import { expect, test } from 'vitest';
import type { Outcome, PlainRequest } from './port.js';
import { SlowJournal } from './testing/slow-journal.js';
import { codeOf, TestHub } from './testing/test-hub.js';

const HTTP = { session_id: 'http', client_name: 'http', kind: 'http' };

/** Performs, and tells the outcomes as they come. */
function perform(t: TestHub, message: PlainRequest): Outcome[] {
  const outcomes: Outcome[] = [];
  t.hub.requests.perform(message, { access: t.access, source: HTTP, waits: true }, (outcome) => outcomes.push(outcome));
  return outcomes;
}

test('a submit is acknowledged when the journal has it, not before; the dispatch does not wait', async () => {
  const journal = new SlowJournal();
  const t = await TestHub.open({}, journal);
  const worker = t.client();
  worker.register(['x']);
  const outcomes = perform(t, { type: 'task.submit', task: { name: 'x' } });
  expect(worker.last('task.dispatch').task.name).toBe('x');
  expect(outcomes).toEqual([]);
  await journal.flush();
  expect(outcomes).toMatchObject([{ ok: { state: 'running' } }]);
});

test('a repeat of a submit that is not in the journal yet waits for it too', async () => {
  const journal = new SlowJournal();
  const t = await TestHub.open({}, journal);
  const message: PlainRequest = { type: 'task.submit', task: { name: 'x', idempotency_key: 'k' } };
  const first = perform(t, message);
  const repeat = perform(t, message);
  expect([first, repeat]).toEqual([[], []]);
  await journal.flush();
  expect(repeat).toMatchObject([{ ok: { duplicate: true } }]);
});

test('what the journal does not take is refused, and the hub says that it is not ready', async () => {
  const journal = new SlowJournal();
  const t = await TestHub.open({}, journal);
  const outcomes = perform(t, { type: 'task.submit', task: { name: 'x' } });
  await journal.fail();
  expect(outcomes.map(codeOf)).toEqual(['journal_unavailable']);
  expect(t.hub.readiness()).toMatchObject({ ready: false, reason: expect.stringContaining('the disk is full') });
});

test('an error does not wait for the journal', async () => {
  const journal = new SlowJournal();
  const t = await TestHub.open({}, journal);
  perform(t, { type: 'task.submit', task: { name: 'x', idempotency_key: 'k' } });
  const conflict = perform(t, { type: 'task.submit', task: { name: 'y', idempotency_key: 'k' } });
  expect(conflict.map(codeOf)).toEqual(['idempotency_conflict']);
});

test('the end of a task is told to who waits for it when it is in the journal, early or late', async () => {
  const journal = new SlowJournal();
  const t = await TestHub.open({}, journal);
  const submitted = perform(t, { type: 'task.submit', task: { name: 'x' } });
  await journal.flush();
  const task_id = String((submitted[0] as { ok: Record<string, unknown> }).ok['task_id']);
  const early = perform(t, { type: 'task.wait', task_id });
  perform(t, { type: 'task.cancel', task_id });
  const late = perform(t, { type: 'task.wait', task_id });
  expect([early, late]).toEqual([[], []]);
  await journal.flush();
  expect(early).toMatchObject([{ ok: { task: { state: 'cancelled' } } }]);
  expect(late).toMatchObject([{ ok: { task: { state: 'cancelled' } } }]);
  expect(perform(t, { type: 'task.wait', task_id })).toHaveLength(1);
});

test('whoever goes away while waiting costs nothing more', async () => {
  const t = await TestHub.open();
  const task_id = t.submit({ name: 'x' });
  const controller = new AbortController();
  const waiting = t.hub.request({ type: 'task.wait', task_id }, t.access, HTTP, controller.signal);
  expect(t.hub.stats().waits).toBe(1);
  controller.abort();
  expect('error' in (await waiting)).toBe(true);
  expect(t.hub.stats().waits).toBe(0);
});

test('a task is found by its key only by who submitted it', async () => {
  const tokens = [
    { name: 'owner', token: 'token-of-owner' },
    { name: 'other', token: 'token-of-other' },
  ];
  const t = await TestHub.open({ tokens });
  const task_id = t.submit({ name: 'x', idempotency_key: 'k' });
  const get: PlainRequest = { type: 'task.get', idempotency_key: 'k' };
  expect(t.request(get)).toMatchObject({ ok: { task: { task_id } } });
  const other = t.hub.authenticate('token-of-other') ?? t.access;
  expect(codeOf(t.request(get, undefined, other))).toBe('not_found');
});

test('a task is not in a lane it is not in, and not seen by who may not see its lane', async () => {
  const t = await TestHub.open();
  const task_id = t.submit({ name: 'x' }, 'stage');
  expect(codeOf(t.request({ type: 'task.get', task_id }))).toBe('ok');
  expect(codeOf(t.request({ type: 'task.get', task_id, lane: 'main' }))).toBe('not_found');
  const narrow = { ...t.access, grants: { ...t.access.grants, lanes: ['main'] } };
  for (const type of ['task.get', 'task.cancel', 'task.wait'] as const) {
    expect(codeOf(t.request({ type, task_id }, undefined, narrow))).toBe('forbidden');
  }
});

test('a producer cancels what its principal submitted, an operator everything', async () => {
  const producer = { roles: ['producer' as const] };
  const tokens = [
    { name: 'owner', token: 'token-of-owner', ...producer },
    { name: 'other', token: 'token-of-other', ...producer },
    { name: 'boss', token: 'token-of-boss', roles: ['operator' as const] },
  ];
  const t = await TestHub.open({ tokens });
  const task_id = t.submit({ name: 'x' });
  const as = (token: string) => t.hub.authenticate(token) ?? t.access;
  expect(codeOf(t.request({ type: 'task.cancel', task_id }, undefined, as('token-of-other')))).toBe('forbidden');
  expect(codeOf(t.request({ type: 'task.cancel', task_id }, undefined, as('token-of-boss')))).toBe('ok');
  expect(codeOf(t.request({ type: 'task.cancel', task_id: t.submit({ name: 'x' }) }))).toBe('ok');
});

test('executor self needs a session', async () => {
  const t = await TestHub.open();
  const task = { name: 'x', executor: 'self' as const, idempotency_key: 'k' };
  expect(t.request({ type: 'task.submit', task })).toMatchObject({
    error: { code: 'invalid_message', issues: [{ path: 'task.executor' }] },
  });
  const client = t.client();
  const task_id = t.submit(task, 'main', client);
  expect(client.last('task.dispatch')).toMatchObject({ task: { task_id, idempotency_key: 'k' } });
});

test('a lane that nobody made has a status and no tasks', async () => {
  const t = await TestHub.open();
  expect(t.request({ type: 'lane.status', lane: 'none' })).toMatchObject({
    ok: { lane: 'none', state: { mode: 'idle' } },
  });
  expect(t.request({ type: 'task.list', lane: 'none' })).toEqual({ ok: { tasks: [] } });
  expect(t.hub.lanes(t.access)).toEqual([]);
});

test('a hub that goes away takes nothing new, answers what waits, and still tells what it knows', async () => {
  const t = await TestHub.open();
  const task_id = t.submit({ name: 'x' });
  const waiting = perform(t, { type: 'task.wait', task_id });
  t.hub.stop();
  expect(waiting.map(codeOf)).toEqual(['shutting_down']);
  expect(codeOf(t.request({ type: 'task.submit', task: { name: 'x' } }))).toBe('shutting_down');
  expect(codeOf(t.request({ type: 'task.get', task_id }))).toBe('ok');
  expect(t.hub.readiness().ready).toBe(false);
});

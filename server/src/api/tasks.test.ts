import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

const TASKS = '/v1/lanes/main/tasks';

test('a task is submitted with 201 and answered whole', async () => {
  const { ask, hub } = makeApi();
  const body = { name: 'voice_command', args: { command: 'lights on' }, priority: 'URGENT' };
  const answer = await ask(TASKS, { method: 'POST', body });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ task_id: 't1', ...body, state: 'queued', position: 1, duplicate: false });
  expect(hub.requests[0]).toEqual({ type: 'task.submit', lane: 'main', task: body });
});

test('the body may be wrapped as on the WebSocket', async () => {
  const { ask, hub } = makeApi();
  const task = { name: 'x', priority: 'LOW' };
  expect((await ask(TASKS, { method: 'POST', body: { task } })).status).toBe(201);
  expect(hub.requests[0]).toEqual({ type: 'task.submit', lane: 'main', task });
  const wrong = await ask(TASKS, { method: 'POST', body: { task: { name: 'x', priority: 'URGNT' } } });
  expect([wrong.status, wrong.body.error.issues[0].path]).toEqual([400, 'priority']);
});

test('the body is read as JSON also when curl calls it a form', async () => {
  const { ask } = makeApi();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  expect((await ask(TASKS, { method: 'POST', body: '{"name":"x"}', headers })).status).toBe(201);
});

test('a body that is not JSON, or empty, is 400 with a message that says so', async () => {
  const { ask, hub } = makeApi();
  const broken = await ask(TASKS, { method: 'POST', body: '{"name":' });
  expect([broken.status, broken.body.error.code]).toEqual([400, 'invalid_message']);
  expect(broken.body.error.message).toMatch(/not JSON/);
  const empty = await ask(TASKS, { method: 'POST' });
  expect([empty.status, empty.body.error.message]).toEqual([400, expect.stringMatching(/empty/)]);
  expect(hub.requests).toEqual([]);
});

test('a body that is not UTF-8 is 400, and nothing of it is kept', async () => {
  const { ask, hub } = makeApi();
  const body = new Uint8Array([...Buffer.from('{"name":"x","args":"'), 0xe9, ...Buffer.from('"}')]);
  const { status, body: answer } = await ask(TASKS, { method: 'POST', body });
  expect([status, answer.error.code]).toEqual([400, 'invalid_message']);
  expect(answer.error.message).toMatch(/not UTF-8/);
  expect(hub.requests).toEqual([]);
});

test('a wrong field is 400 and named', async () => {
  const { ask } = makeApi();
  const { status, body } = await ask(TASKS, { method: 'POST', body: { name: 'x', priority: 'URGNT' } });
  expect(status).toBe(400);
  expect(body.error.issues).toEqual([{ path: 'priority', message: expect.stringContaining('URGENT') }]);
});

test('args past their limit are 413', async () => {
  const { ask } = makeApi();
  const { status, body } = await ask(TASKS, { method: 'POST', body: { name: 'x', args: 'y'.repeat(70_000) } });
  expect([status, body.error.code, body.error.issues[0].path]).toEqual([413, 'too_large', 'args']);
});

test('the header Idempotency-Key is the key of the task, and must agree with the body', async () => {
  const { ask, hub } = makeApi();
  const headers = { 'Idempotency-Key': 'k1' };
  await ask(TASKS, { method: 'POST', body: { name: 'x' }, headers });
  expect(hub.requests[0]).toMatchObject({ task: { name: 'x', idempotency_key: 'k1' } });
  expect((await ask(TASKS, { method: 'POST', body: { name: 'x', idempotency_key: 'k1' }, headers })).status).toBe(201);
  const differs = await ask(TASKS, { method: 'POST', body: { name: 'x', idempotency_key: 'k2' }, headers });
  expect([differs.status, differs.body.error.issues[0].path]).toEqual([400, 'idempotency_key']);
});

test('a header Idempotency-Key that cannot be a key is refused like one in the body', async () => {
  const { ask } = makeApi();
  const headers = { 'Idempotency-Key': 'k'.repeat(300) };
  const { status, body } = await ask(TASKS, { method: 'POST', body: { name: 'x' }, headers });
  expect([status, body.error.issues[0].path]).toEqual([400, 'idempotency_key']);
});

test('executor self is refused over HTTP, where no session could run the task', async () => {
  const { ask } = makeApi();
  const body = { name: 'x', executor: 'self', idempotency_key: 'k1' };
  const answer = await ask(TASKS, { method: 'POST', body });
  expect([answer.status, answer.body.error.issues[0].path]).toEqual([400, 'executor']);
});

test('wait=result answers when the task has ended', async () => {
  const { ask, hub } = makeApi();
  const asked = ask(`${TASKS}?wait=result`, { method: 'POST', body: { name: 'x' } });
  await expect.poll(() => hub.requests.at(-1)?.type).toBe('task.wait');
  hub.end('t1', { state: 'completed', result: { said: 'done' } });
  const { status, body } = await asked;
  expect([status, body.state, body.result, body.position]).toEqual([201, 'completed', { said: 'done' }, null]);
});

test('a client that goes away while it waits ends the waiting, not the task', async () => {
  const { fetch, hub } = makeApi();
  const gone = new AbortController();
  const asked = fetch(`${TASKS}?wait=result`, { method: 'POST', body: { name: 'x' }, signal: gone.signal });
  await expect.poll(() => hub.requests.at(-1)?.type).toBe('task.wait');
  gone.abort();
  expect((await asked).status).toBe(500);
  expect(hub.tasks.get('t1')?.state).toBe('queued');
});

test('a wait for anything else than the result is 400', async () => {
  const { ask } = makeApi();
  const { status, body } = await ask(`${TASKS}?wait=forever`, { method: 'POST', body: { name: 'x' } });
  expect([status, body.error.issues[0].path]).toEqual([400, 'wait']);
});

test('one task is looked at and cancelled by its id; an unknown one is 404', async () => {
  const { ask } = makeApi();
  await ask(TASKS, { method: 'POST', body: { name: 'x' } });
  expect((await ask(`${TASKS}/t1`)).body).toMatchObject({ task_id: 't1', state: 'queued' });
  expect((await ask(`${TASKS}/t1`, { method: 'DELETE' })).body).toMatchObject({ task_id: 't1', state: 'cancelled' });
  expect((await ask(`${TASKS}/t9`)).status).toBe(404);
  expect((await ask(`${TASKS}/t9`, { method: 'DELETE' })).body.error.code).toBe('not_found');
});

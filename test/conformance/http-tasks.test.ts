// Owns: tasks over HTTP (§7): submit, wait, read, list, cancel, and the status code of each refusal.
// Leaves to others: 401 (http.test.ts), 429 of a full queue (once.test.ts).
//
// "201 with the task" leaves open whether the task is the body or its field `task`, so these tests take both.
import { describe, expect, it } from 'vitest';
import { type HttpReply } from './hub-process.js';
import { type Task, useHub } from './harness.js';

const handle = useHub();

function taskOf(reply: HttpReply): Task {
  return reply.body.task ?? reply.body;
}

function submit(lane: string, task: unknown, options: { query?: string; headers?: Record<string, string> } = {}) {
  const { query = '', headers = {} } = options;
  return handle.hub.http('POST', `/v1/lanes/${lane}/tasks${query}`, { body: task, headers });
}

describe('POST tasks', () => {
  it('takes a task and answers 201 with it', async () => {
    const stage = handle.stage();
    const watcher = await stage.watcher();
    const reply = await submit(stage.lane, { name: 'nobody', args: { a: 'ü' }, priority: 'HIGH', meta: { m: 1 } });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('content-type')).toContain('application/json');
    const task = taskOf(reply);
    expect(task).toMatchObject({ task_id: expect.any(String), state: 'queued' });
    expect((await watcher.fact('task.queued', task.task_id)).task).toMatchObject({
      name: 'nobody',
      args: { a: 'ü' },
      meta: { m: 1 },
      priority: 'HIGH',
    });
  });

  it('takes the task also wrapped as on the socket', async () => {
    const { lane } = handle.stage();
    const reply = await submit(lane, { task: { name: 'nobody', args: [1], priority: 'LOW' } });
    expect(reply.status).toBe(201);
    expect(taskOf(reply)).toMatchObject({ name: 'nobody', priority: 'LOW', state: 'queued', lane });
    const wrong = await submit(lane, { task: { priority: 'LOW' } });
    expect(wrong.status).toBe(400);
    expect(wrong.body.error.issues.map(({ path }) => path.replace(/^task\./, ''))).toContain('name');
  });

  it('interrupts and is ordered like any other submit', async () => {
    const { boss, other, run } = await handle.stage().running();
    const { task_id } = taskOf(await submit(boss.lane, { name: 'other', priority: 'URGENT' }));
    await run.pausesWhenAsked();
    await (await other.dispatched({ task_id })).complete();
    await run.resumed();
  });

  it('wait=result answers when the task is terminal, with its result', async () => {
    const stage = handle.stage();
    const worker = await stage.worker('ask');
    const answer = submit(stage.lane, { name: 'ask', args: 'why' }, { query: '?wait=result' });
    const run = await worker.dispatched({ name: 'ask' });
    await run.complete({ because: 42 });
    const reply = await answer;
    expect(reply.status).toBeLessThan(300);
    expect(taskOf(reply)).toMatchObject({ task_id: run.task_id, state: 'completed', result: { because: 42 } });
  });

  it('wait=result tells of a failure too', async () => {
    const stage = handle.stage();
    const worker = await stage.worker('ask');
    const answer = submit(stage.lane, { name: 'ask' }, { query: '?wait=result' });
    await (await worker.dispatched()).fail('no_idea');
    expect(taskOf(await answer)).toMatchObject({ state: 'failed', error: { code: 'no_idea' } });
  });

  it('Idempotency-Key makes it safe to repeat, and a conflict is 409', async () => {
    const { lane } = handle.stage();
    const headers = { 'idempotency-key': 'order-7' };
    const first = await submit(lane, { name: 'nobody', args: 1 }, { headers });
    const again = await submit(lane, { name: 'nobody', args: 1 }, { headers });
    expect(first.status).toBe(201);
    expect([200, 201]).toContain(again.status);
    expect(taskOf(again).task_id).toBe(taskOf(first).task_id);
    const conflict = await submit(lane, { name: 'nobody', args: 2 }, { headers });
    expect(conflict.status).toBe(409);
    expect(conflict.body.error.code).toBe('idempotency_conflict');
  });

  it('shares its keys with the socket: they belong to the lane and the principal', async () => {
    const boss = await handle.stage().join();
    const first = await boss.submit({ name: 'nobody', idempotency_key: 'either way' });
    const again = await submit(boss.lane, { name: 'nobody', idempotency_key: 'either way' });
    expect(taskOf(again).task_id).toBe(first.task_id);
  });

  it.each([
    [{ name: 'nobody', priority: 'SOON' }, 'priority'],
    [{ args: 1 }, 'name'],
    [{ name: 'nobody', ttl_ms: 'soon' }, 'ttl_ms'],
    [{ name: 'nobody', dedupe: { key: 'k', mode: 'maybe' } }, 'dedupe.mode'],
  ])('%j is 400 with the path of what is wrong', async (task, path) => {
    const { lane } = handle.stage();
    const { status, body } = await submit(lane, task);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_message', message: expect.any(String) });
    const paths: string[] = body.error.issues.map((issue: { path: string }) => issue.path);
    expect(paths.map((found) => found.replace(/^task\./, ''))).toContain(path);
  });

  it('a body that is no JSON is 400', async () => {
    const { lane } = handle.stage();
    for (const text of ['{"name":', 'name=nobody', '', '[]', 'null', '"nobody"']) {
      const { status, body } = await handle.hub.http('POST', `/v1/lanes/${lane}/tasks`, { text });
      expect(status, text).toBe(400);
      expect(body.error.code).toBe('invalid_message');
    }
  });

  it('executor self is 400: there is no session', async () => {
    const { lane } = handle.stage();
    const { status, body } = await submit(lane, { name: 'mine', executor: 'self', idempotency_key: 'k' });
    expect(status).toBe(400);
    expect(body.error.code).toBe('invalid_message');
  });

  it('a call is 403: only the session of the parent may', async () => {
    const { boss, run } = await handle.stage().running();
    const { status, body } = await submit(boss.lane, { name: 'other', parent_id: run.task_id, call: true });
    expect(status).toBe(403);
    expect(body.error.code).toBe('forbidden');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
  });

  it('what is too large is 413', async () => {
    const { lane } = handle.stage();
    for (const size of [66_000, 2_000_000]) {
      const { status, body } = await submit(lane, { name: 'nobody', args: 'x'.repeat(size) });
      expect(status).toBe(413);
      expect(body.error.code).toBe('too_large');
    }
  });
});

describe('GET tasks', () => {
  it('reads one with its args, and 404 where there is none', async () => {
    const stage = handle.stage();
    const { lane } = stage;
    const { task_id } = taskOf(await submit(lane, { name: 'nobody', args: [1, 2], meta: { m: 1 } }));
    const found = await handle.hub.http('GET', `/v1/lanes/${lane}/tasks/${task_id}`);
    expect(found.status).toBe(200);
    expect(taskOf(found)).toMatchObject({ task_id, lane, args: [1, 2], meta: { m: 1 }, state: 'queued' });
    for (const path of [`/v1/lanes/${lane}/tasks/never-existed`, `/v1/lanes/${stage.beside().lane}/tasks/${task_id}`]) {
      const missing = await handle.hub.http('GET', path);
      expect(missing.status).toBe(404);
      expect(missing.body.error.code).toBe('not_found');
    }
  });

  it('lists those of the lane, without args', async () => {
    const { lane } = handle.stage();
    const made = new Set<string>();
    for (let at = 0; at < 3; at += 1) made.add(taskOf(await submit(lane, { name: 'nobody', args: at })).task_id);
    const { status, body } = await handle.hub.http('GET', `/v1/lanes/${lane}/tasks`);
    expect(status).toBe(200);
    const tasks: Task[] = body.tasks;
    expect(new Set(tasks.map((task) => task.task_id))).toEqual(made);
    for (const task of tasks) expect(task).not.toHaveProperty('args');
    const first = await handle.hub.http('GET', `/v1/lanes/${lane}/tasks?limit=2`);
    expect(first.body.tasks).toHaveLength(2);
    expect(first.body.next ?? null).not.toBeNull();
  });
});

describe('DELETE tasks', () => {
  it('cancels what waits at once, and once more is no error', async () => {
    const { lane } = handle.stage();
    const { task_id } = taskOf(await submit(lane, { name: 'nobody' }));
    for (let times = 0; times < 2; times += 1) {
      const reply = await handle.hub.http('DELETE', `/v1/lanes/${lane}/tasks/${task_id}`);
      expect(reply.status).toBe(200);
      expect(taskOf(reply)).toMatchObject({ task_id, state: 'cancelled' });
    }
  });

  it('asks the executor of what runs', async () => {
    const { boss, run } = await handle.stage().running({ pause_grace_ms: 5_000 });
    const reply = await handle.hub.http('DELETE', `/v1/lanes/${boss.lane}/tasks/${run.task_id}`);
    expect(taskOf(reply)).toMatchObject({ state: 'cancelling' });
    await run.told('task.cancel');
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
  });

  it('of an unknown task is 404', async () => {
    const { lane } = handle.stage();
    const { status, body } = await handle.hub.http('DELETE', `/v1/lanes/${lane}/tasks/never-existed`);
    expect(status).toBe(404);
    expect(body.error.code).toBe('not_found');
  });
});

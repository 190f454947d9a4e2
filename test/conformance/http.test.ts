// Owns: HTTP beside tasks (§7): who may come in, the lanes, the three orchestrator routes, health, metrics, documents,
// pages, and how errors look.
// Leaves to others: tasks over HTTP (http-tasks.test.ts), events (http-events.test.ts).
import { describe, expect, it } from 'vitest';
import { TOKEN, useHub } from './harness.js';

const handle = useHub();
const get = (path: string, options = {}) => handle.hub.http('GET', path, options);
const post = (path: string, options = {}) => handle.hub.http('POST', path, options);

describe('who may come in', () => {
  it.each([
    ['GET', '/clone/orchestrator/status'],
    ['POST', '/clone/orchestrator/stop'],
    ['GET', '/v1/lanes'],
    ['GET', '/v1/lanes/main/tasks'],
    ['POST', '/v1/lanes/main/tasks'],
    ['GET', '/v1/lanes/main/events'],
    ['DELETE', '/v1/lanes/main/tasks/some-task'],
  ])('%s %s without the right token is 401', async (method, path) => {
    const wrong = [
      { token: null },
      { token: 'wrong' },
      { token: `${TOKEN}x` },
      { token: null, query: `?token=${TOKEN}` },
    ];
    for (const { token, query = '' } of wrong) {
      const { status, body } = await handle.hub.http(method, path + query, { token });
      expect(status).toBe(401);
      expect(body.error).toMatchObject({ code: 'unauthenticated', message: expect.any(String) });
    }
  });

  it('a route that is not there is 404', async () => {
    expect((await get('/v1/nothing/here')).status).toBe(404);
  });
});

describe('/clone/orchestrator', () => {
  it('status tells of lane main, start and stop steer it', async () => {
    const status = await get('/clone/orchestrator/status');
    expect(status.status).toBe(200);
    expect(status.headers.get('content-type')).toContain('application/json');
    expect(status.body).toMatchObject({
      state: { mode: 'idle', streaming: false, can_interrupt: true, tasks_queued: 0, tasks_completed: 0 },
      current_task: null,
      queue_size: 0,
      paused_tasks: 0,
    });

    const worker = await handle.stage().client();
    await worker.ok('worker.register', { lane: 'main', names: ['chat'] });
    expect((await post('/clone/orchestrator/stop')).status).toBe(200);
    await worker.ok('task.submit', { lane: 'main', task: { name: 'chat', priority: 'HIGH' } });
    expect((await get('/clone/orchestrator/status')).body).toMatchObject({
      state: { started: false, tasks_queued: 1 },
      current_task: null,
      queue_size: 1,
    });
    expect((await post('/clone/orchestrator/start')).status).toBe(200);
    const { task, epoch } = await worker.expectFrame({ type: 'task.dispatch' });
    const busy = (await get('/clone/orchestrator/status')).body;
    expect(busy).toMatchObject({
      state: { mode: 'busy', started: true, tasks_queued: 0 },
      current_task: { name: 'chat', priority: 'HIGH', interruptible: true, task_id: task.task_id, state: 'running' },
      queue_size: 0,
    });
    expect(busy.current_task.running_for).toBeGreaterThanOrEqual(0);
    expect(busy.current_task.running_for).toBeLessThan(30);
    await worker.ok('task.complete', { task_id: task.task_id, epoch });
    expect((await get('/clone/orchestrator/status')).body).toMatchObject({
      state: { mode: 'idle', tasks_completed: 1 },
    });
  });
});

describe('/v1/lanes', () => {
  it('names the lanes there are', async () => {
    const { lane, client } = await handle.stage().join();
    expect((await get('/v1/lanes')).text).not.toContain(`"${lane}"`);
    await client.ok('task.submit', { lane, task: { name: 'nobody' } });
    const lanes = await get('/v1/lanes');
    expect(lanes.status).toBe(200);
    expect(lanes.text).toContain(`"${lane}"`);
  });

  it('tells of one lane what lane.status tells', async () => {
    const { boss, run } = await handle.stage().running();
    const { status, body } = await get(`/v1/lanes/${boss.lane}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: { mode: 'busy', started: true },
      current_task: { task_id: run.task_id, name: 'chat' },
      queue_size: 0,
      paused_tasks: 0,
    });
  });

  it('stops and starts one lane', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const worker = await stage.worker('job');
    expect((await post(`/v1/lanes/${stage.lane}/stop`)).status).toBe(200);
    const { task_id } = await boss.submit({ name: 'job' });
    expect(await boss.get(task_id)).toMatchObject({ waiting_for: 'start' });
    expect((await post(`/v1/lanes/${stage.lane}/start`)).status).toBe(200);
    await worker.dispatched({ task_id });
  });

  it('stop with drain lets the holder finish', async () => {
    const { boss, run } = await handle.stage().running();
    expect((await post(`/v1/lanes/${boss.lane}/stop`, { body: { drain: true } })).status).toBe(200);
    expect(await boss.status()).toMatchObject({ state: { started: false } });
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    await run.complete();
  });

  it('a name that no lane can have is 400', async () => {
    for (const path of ['/v1/lanes/no%20good/start', `/v1/lanes/${'x'.repeat(65)}/start`]) {
      const { status, body } = await post(path);
      expect(status).toBe(400);
      expect(body.error.code).toBe('invalid_message');
    }
  });
});

describe('for those who run it', () => {
  it('/healthz and /readyz say 200', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });

  it('/metrics speaks Prometheus', async () => {
    const { status, text, headers } = await get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    expect(text).toMatch(/^# TYPE \w+ (counter|gauge|histogram)$/m);
    expect(text).not.toContain(TOKEN);
  });

  it('/openapi.json describes the routes', async () => {
    const { status, body } = await get('/openapi.json');
    expect(status).toBe(200);
    expect(body.openapi).toMatch(/^3\./);
    const paths = Object.keys(body.paths).map((path) => path.replaceAll(/\{\w+\}/g, '{}'));
    for (const path of [
      '/clone/orchestrator/status',
      '/clone/orchestrator/start',
      '/clone/orchestrator/stop',
      '/v1/lanes',
      '/v1/lanes/{}',
      '/v1/lanes/{}/start',
      '/v1/lanes/{}/stop',
      '/v1/lanes/{}/tasks',
      '/v1/lanes/{}/tasks/{}',
      '/v1/lanes/{}/events',
    ]) {
      expect(paths).toContain(path);
    }
  });

  it('/asyncapi.json describes the messages', async () => {
    const { status, body, text } = await get('/asyncapi.json');
    expect(status).toBe(200);
    expect(body.asyncapi).toMatch(/^\d+\.\d+/);
    for (const type of ['hello', 'welcome', 'task.submit', 'task.dispatch', 'stream.chunk', 'subscribe']) {
      expect(text).toContain(`"${type}"`);
    }
  });

  it('/overlay is a page that opens without a token: that comes in its fragment', async () => {
    const { status, headers, text } = await get('/overlay', { token: null });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(text).not.toContain(TOKEN);
  });
});

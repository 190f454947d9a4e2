import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

test('the orchestrator status has the mode, the holder and the queue of lane main', async () => {
  const { ask } = makeApi();
  const { status, body } = await ask('/clone/orchestrator/status');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    lane: 'main',
    state: { mode: 'idle', streaming: false, can_interrupt: true, tasks_queued: 0, tasks_completed: 0 },
    current_task: null,
    queue_size: 0,
    paused_tasks: 0,
  });
});

test('orchestrator stop and start steer lane main and answer with its status afterwards', async () => {
  const { ask, hub } = makeApi();
  const stopped = await ask('/clone/orchestrator/stop', { method: 'POST' });
  expect([stopped.status, stopped.body.state.started]).toEqual([200, false]);
  const started = await ask('/clone/orchestrator/start', { method: 'POST' });
  expect([started.status, started.body.state.started]).toEqual([200, true]);
  expect(hub.requests.filter(({ type }) => type !== 'lane.status')).toEqual([
    { type: 'lane.stop', lane: 'main', drain: false },
    { type: 'lane.start', lane: 'main' },
  ]);
});

test('a lane is stopped with drain when the body says so, and a wrong drain is refused', async () => {
  const { ask, hub } = makeApi();
  await ask('/v1/lanes/stage/stop', { method: 'POST', body: { drain: true } });
  expect(hub.requests[0]).toEqual({ type: 'lane.stop', lane: 'stage', drain: true });
  const wrong = await ask('/v1/lanes/stage/stop', { method: 'POST', body: { drain: 'yes' } });
  expect([wrong.status, wrong.body.error.issues[0].path]).toEqual([400, 'drain']);
});

test('a lane name that cannot be one is 400 and names the parameter', async () => {
  const { ask, hub } = makeApi();
  expect((await ask('/v1/lanes/__proto__')).body.error.issues[0].message).toContain('not __proto__');
  const { status, body } = await ask('/v1/lanes/no%20such');
  expect([status, body.error.code, body.error.issues[0].path]).toEqual([400, 'invalid_message', 'lane']);
  expect(hub.requests).toEqual([]);
});

test('lanes are listed with their places in their logs, to those who may watch', async () => {
  const { ask, hub } = makeApi();
  expect((await ask('/v1/lanes')).body.lanes).toEqual([
    expect.objectContaining({ lane: 'main', log: 'log-1', seq: 7 }),
  ]);
  hub.access = { principal: 'bridge', grants: { roles: ['producer'], lanes: ['*'], max_priority: 'URGENT' } };
  expect((await ask('/v1/lanes')).status).toBe(403);
});

test('what the hub forbids is 403', async () => {
  const { ask, hub } = makeApi();
  hub.refuse = { code: 'forbidden', message: 'needs operator' };
  const { status, body } = await ask('/v1/lanes/main/start', { method: 'POST' });
  expect([status, body]).toEqual([403, { error: { code: 'forbidden', message: 'needs operator' } }]);
});

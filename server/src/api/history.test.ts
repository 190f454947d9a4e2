import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

const TASKS = '/v1/lanes/main/tasks';

test('tasks are asked for by state, name, source and time', async () => {
  const { ask, hub } = makeApi();
  const answer = await ask(
    `${TASKS}?state=completed,failed&name=talk&source=twitch&since=2026-01-31&until=1800000000000&limit=5`,
  );
  expect([answer.status, answer.body]).toEqual([200, { tasks: [] }]);
  expect(hub.histories).toEqual([
    {
      lane: 'main',
      states: ['completed', 'failed'],
      name: 'talk',
      source: 'twitch',
      since: Date.UTC(2026, 0, 31),
      until: 1_800_000_000_000,
      limit: 5,
      before: undefined,
    },
  ]);
});

test('states and before ask as they always did', async () => {
  const { ask, hub } = makeApi();
  await ask(`${TASKS}?states=queued,running&before=t3`);
  expect(hub.histories).toEqual([{ lane: 'main', states: ['queued', 'running'], limit: 100, before: 't3' }]);
});

test('a cursor leads to the next page, and so does next; state and cursor go before states and before', async () => {
  const { ask, hub } = makeApi();
  hub.past = { ok: { tasks: [], next: 't7' } };
  const { body } = await ask(TASKS);
  expect(body).toEqual({ tasks: [], next: 't7', cursor: expect.stringMatching(/^[\w-]+$/) });
  await ask(`${TASKS}?cursor=${body.cursor}&before=t3&state=failed&states=queued`);
  expect(hub.histories[1]).toMatchObject({ before: 't7', states: ['failed'] });
});

test.each([
  ['state=waiting', 'state.0'],
  ['states=waiting', 'states.0'],
  ['limit=0', 'limit'],
  ['limit=501', 'limit'],
  ['limit=many', 'limit'],
  ['name=', 'name'],
  ['source=', 'source'],
  ['since=yesterday', 'since'],
  ['until=2026-13-01', 'until'],
  ['since=2&until=2', 'until'],
  ['cursor=abc', 'cursor'],
  [`cursor=${Buffer.from('["stage","t1"]').toString('base64url')}`, 'cursor'],
  [`cursor=${Buffer.from('["main",1]').toString('base64url')}`, 'cursor'],
])('%s is 400 and named', async (query, path) => {
  const { ask, hub } = makeApi();
  const { status, body } = await ask(`${TASKS}?${query}`);
  expect([status, body.error.issues?.[0].path]).toEqual([400, path]);
  expect(hub.histories).toEqual([]);
});

test('a state that there is not is told, with the one that was meant', async () => {
  const { ask } = makeApi();
  const { body } = await ask(`${TASKS}?state=failed,complete`);
  expect(body.error.issues[0].message).toMatch(/got "complete": did you mean "completed"\?$/);
});

test('the timeline of a task comes in pages, each of which says how to go on', async () => {
  const { ask, hub } = makeApi();
  hub.past = { ok: { facts: [{ event: 'task.queued' }], complete: true, next: 4 } };
  const { body } = await ask(`${TASKS}/t1/timeline?limit=1`);
  const { cursor, ...page } = body;
  expect(page).toEqual({ lane: 'main', task_id: 't1', facts: [{ event: 'task.queued' }], complete: true });
  await ask(`${TASKS}/t1/timeline?cursor=${cursor}`);
  expect(hub.histories).toEqual([
    { lane: 'main', task_id: 't1', limit: 1, after: undefined },
    { lane: 'main', task_id: 't1', limit: 500, after: 4 },
  ]);
  const elsewhere = await ask(`${TASKS}/t2/timeline?cursor=${cursor}`);
  expect([elsewhere.status, elsewhere.body.error.issues[0].path]).toEqual([400, 'cursor']);
});

test('a task of which nothing is kept is 404', async () => {
  const { ask } = makeApi();
  const { status, body } = await ask(`${TASKS}/t9/timeline`);
  expect([status, body.error.code]).toEqual([404, 'not_found']);
});

import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

test('a hub that is not ready says so with 503 and the reason, and is healthy all the same', async () => {
  const { ask, hub } = makeApi();
  hub.ready = { ready: false, reason: 'the journal is not there yet' };
  const { status, headers, body } = await ask('/readyz', { token: null });
  expect([status, headers.get('Retry-After'), body.reason]).toEqual([503, '1', 'the journal is not there yet']);
  expect((await ask('/healthz', { token: null })).body).toMatchObject({ status: 'ok', instance_id: 'instance-1' });
});

test('metrics need a token unless they were opened', async () => {
  const metrics = async () => 'cuehub_up 1\n';
  const closed = makeApi({ metrics });
  expect((await closed.ask('/metrics', { token: null })).status).toBe(401);
  const { status, headers, body } = await closed.ask('/metrics');
  expect([status, headers.get('Content-Type'), body]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'cuehub_up 1\n',
  ]);
  expect((await makeApi({ metrics, metrics_open: true }).ask('/metrics', { token: null })).status).toBe(200);
});

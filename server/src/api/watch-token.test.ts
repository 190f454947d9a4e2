import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

test('an operator of all lanes is told the watch-only token, and no cache keeps it', async () => {
  const { ask } = makeApi({ watch_token: 'only-watching' });
  const { status, body, headers } = await ask('/v1/watch-token');
  expect([status, body]).toEqual([200, { token: 'only-watching' }]);
  expect(headers.get('Cache-Control')).toBe('no-store');
});

test('nobody else is told, and everybody is told why', async () => {
  const { ask, hub } = makeApi({ watch_token: 'only-watching' });
  expect((await ask('/v1/watch-token', { token: null })).status).toBe(401);
  const grants = { roles: ['operator' as const], lanes: ['side'], max_priority: 'URGENT' as const };
  for (const access of [
    { principal: 'one lane', grants },
    { principal: 'producer', grants: { ...grants, roles: ['producer' as const, 'observer' as const], lanes: ['*'] } },
  ]) {
    hub.authenticate = () => access;
    const { status, body } = await ask('/v1/watch-token');
    expect([status, body.error.code], access.principal).toEqual([403, 'forbidden']);
    expect(JSON.stringify(body)).not.toContain('only-watching');
  }
});

test('a hub without one says how it gets one', async () => {
  const { status, body } = await makeApi().ask('/v1/watch-token');
  expect([status, body.error.message]).toEqual([404, expect.stringContaining('--watch-token')]);
});

import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

test('without a token everything but probes, documents and pages is 401, with the way to mend it', async () => {
  const { ask, hub } = makeApi();
  for (const path of ['/v1/lanes', '/v1/lanes/main/tasks', '/clone/orchestrator/status', '/metrics', '/v1/nothing']) {
    const { status, headers, body } = await ask(path, { token: null });
    expect([path, status]).toEqual([path, 401]);
    expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
    expect(body.error).toEqual({ code: 'unauthenticated', message: expect.stringContaining('Authorization: Bearer') });
  }
  for (const path of ['/healthz', '/readyz', '/openapi.json']) {
    expect((await ask(path, { token: null })).status).toBe(200);
  }
  expect(hub.requests).toEqual([]);
});

test('a wrong token is 401 and is not repeated in the answer', async () => {
  const { ask } = makeApi();
  const { status, body } = await ask('/v1/lanes', { token: 'guess-guess' });
  expect(status).toBe(401);
  expect(JSON.stringify(body)).not.toContain('guess-guess');
});

test('a token in the query string opens nothing', async () => {
  const { ask } = makeApi();
  expect((await ask('/v1/lanes?token=a-good-token&access_token=a-good-token', { token: null })).status).toBe(401);
});

test('a change asked for by a page of another origin is 403, by our own or a loopback page it is done', async () => {
  const { ask, hub } = makeApi();
  const start = (headers: Record<string, string>) => ask('/v1/lanes/main/start', { method: 'POST', headers });
  const foreign = await start({ Origin: 'https://evil.example', Host: 'hub.local:8787' });
  expect([foreign.status, foreign.body.error.code]).toEqual([403, 'forbidden']);
  expect(hub.requests).toEqual([]);
  expect((await start({ Origin: 'http://hub.local:8787', Host: 'hub.local:8787' })).status).toBe(200);
  expect((await start({ Origin: 'http://localhost:5173', Host: 'hub.local:8787' })).status).toBe(200);
  expect((await start({})).status).toBe(200);
});

test('no answer may be read by a page of another origin', async () => {
  const { ask } = makeApi();
  const { headers } = await ask('/v1/lanes', { headers: { Origin: 'https://evil.example' } });
  expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
});

test('every answer carries the security headers, errors too', async () => {
  const { ask } = makeApi();
  for (const path of ['/healthz', '/v1/lanes', '/nothing', '/', '/overlay/setup', '/overlay/x', '/console', '/voice']) {
    const { headers } = await ask(path);
    expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
    expect(headers.get('Content-Security-Policy')).not.toContain('unsafe');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  }
});

test('the overlay alone takes styles that are put into it, for that is how OBS brings Custom CSS', async () => {
  const { ask } = makeApi();
  for (const path of ['/overlay', '/overlay.html', '/overlay?theme=comic']) {
    const policy = (await ask(path)).headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("; style-src 'self' 'unsafe-inline' data:; ");
    expect(policy).toContain("; script-src 'self'; ");
    expect(policy.match(/unsafe/g)).toEqual(['unsafe']);
  }
});

test('an unknown route is 404 in the shape of all errors', async () => {
  const { ask } = makeApi();
  const { status, body } = await ask('/v1/tasks');
  expect([status, body]).toEqual([404, { error: { code: 'not_found', message: 'there is nothing at /v1/tasks' } }]);
});

test('a method that a route does not take is 405 and says which it takes', async () => {
  const { ask } = makeApi();
  const { status, headers, body } = await ask('/clone/orchestrator/start');
  expect([status, headers.get('Allow')]).toEqual([405, 'POST']);
  expect(body.error.message).toContain('it takes POST');
  expect((await ask('/v1/lanes/main/tasks/t1', { method: 'PUT' })).headers.get('Allow')).toBe('DELETE, GET, HEAD');
});

test('a body past the limit is 413', async () => {
  const { ask } = makeApi();
  const body = { name: 'x', args: 'y'.repeat(300_000) };
  const { status, body: answer } = await ask('/v1/lanes/main/tasks', { method: 'POST', body });
  expect([status, answer.error.code]).toEqual([413, 'too_large']);
});

test('a mistake of the hub is 500 without its details, which are logged', async () => {
  const { ask, hub, errors } = makeApi();
  hub.broken = new Error('secret detail');
  const { status, body } = await ask('/v1/lanes/main');
  expect([status, body.error.code]).toEqual([500, 'internal']);
  expect(JSON.stringify(body)).not.toContain('secret detail');
  expect(errors).toEqual([expect.objectContaining({ path: '/v1/lanes/main', method: 'GET' })]);
});

test('an error that is worth trying again says when', async () => {
  const { ask, hub } = makeApi();
  const submit = () => ask('/v1/lanes/main/tasks', { method: 'POST', body: { name: 'x' } });
  hub.refuse = { code: 'queue_full', message: 'full', retry_after_ms: 2_300 };
  const full = await submit();
  expect([full.status, full.headers.get('Retry-After')]).toEqual([429, '3']);
  hub.refuse = { code: 'journal_unavailable', message: 'the disk is full' };
  const unavailable = await submit();
  expect([unavailable.status, unavailable.headers.get('Retry-After')]).toEqual([503, '1']);
});

test('each connection has its own allowance of requests', async () => {
  const { app } = makeApi({});
  const socket = {};
  const ask = (connection: object) => app.request('/healthz', {}, { incoming: { socket: connection } });
  let last = await ask(socket);
  for (let n = 0; n < 400 && last.status === 200; n++) last = await ask(socket);
  // The allowance fills up while the machine is busy, so the refusal itself is asked, and not one after it.
  expect([last.status, last.headers.get('Retry-After')]).toEqual([429, '1']);
  expect((await ask({})).status).toBe(200);
});

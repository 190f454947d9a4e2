import { expect, test } from 'vitest';
import { ConnectionClosed } from './errors.js';
import type { ConnectionChange } from './session.js';
import { settled } from './testing/fake-clock.js';
import { connected, outcomeOf, start } from './testing/setup.js';

test('connect returns at once, says hello first and is ready after the welcome', async () => {
  const { hub, fake } = start();
  expect(hub.connection).toBe('connecting');
  expect(await outcomeOf(hub.ready)).toEqual({ value: undefined });
  expect(fake.connection.received[0]).toEqual({
    type: 'hello',
    client: { name: 'test', kind: 'unit' },
    token: 'secret',
    holding: [],
  });
  expect(fake.connection.url).toBe('ws://hub/ws');
  expect(hub.connection).toBe('connected');
  expect(hub.welcome?.session_id).toBe('session-1');
  expect(JSON.stringify(hub.welcome)).not.toContain('resume-1');
});

test('after a lost connection the session is resumed with its latest token', async () => {
  const { hub, fake, clock } = await connected();
  const changes: ConnectionChange[] = [];
  hub.on('connection', (change) => changes.push(change));
  fake.connection.drop();
  expect(hub.connection).toBe('waiting');
  await clock.advance(750);
  expect(fake.hello.resume).toEqual({ session_id: 'session-1', resume_token: 'resume-1' });
  expect(changes.map(({ status }) => status)).toEqual(['waiting', 'connecting', 'connected']);
  expect(changes[0]).toMatchObject({ retry_in_ms: 750, error: { close_code: 1006, retryable: true } });
  expect(changes[2]).toMatchObject({ resumed: true });
  fake.connection.drop();
  await clock.advance(2_000);
  expect(fake.hello.resume?.resume_token).toBe('resume-2');
});

test('tries grow apart while the hub is away, and are quick again after a connection that lasted', async () => {
  const { hub, fake, clock } = await connected();
  const waits: unknown[] = [];
  hub.on('connection', (change) => change.status === 'waiting' && waits.push(change.retry_in_ms));
  fake.open = false;
  fake.connection.drop();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await clock.advance(Number(waits.at(-1)));
    fake.connection.drop();
  }
  expect(waits).toEqual([750, 1_000, 1_500, 2_500]);
  fake.open = true;
  await clock.advance(2_500);
  await clock.advance(5_000);
  fake.connection.drop();
  expect(waits.at(-1)).toBe(750);
});

test('a connection that ends right after its welcome does not start the backoff anew', async () => {
  const { hub, fake, clock } = await connected();
  const waits: unknown[] = [];
  hub.on('connection', (change) => change.status === 'waiting' && waits.push(change.retry_in_ms));
  for (let attempt = 0; attempt < 3; attempt += 1) {
    fake.connection.drop(4429);
    await clock.advance(Number(waits.at(-1)));
    expect(hub.connection).toBe('connected');
  }
  expect(waits).toEqual([750, 1_000, 1_500]);
});

test('a hub that goes away says when to come back, and it is so', async () => {
  const { fake, clock } = await connected();
  fake.connection.say({ type: 'going_away', reason: 'restart', reconnect_after_ms: 4_321 });
  fake.connection.drop(1012);
  fake.wake?.();
  await clock.advance(4_320);
  expect(fake.connections).toHaveLength(1);
  await clock.advance(1);
  expect(fake.connections).toHaveLength(2);
});

test('a refusal that says how long to wait is waited for', async () => {
  const { fake, clock } = await connected();
  fake.connection.say({
    type: 'error',
    code: 'rate_limited',
    message: 'slow down',
    retryable: true,
    retry_after_ms: 9_000,
  });
  fake.connection.drop(4429);
  await clock.advance(8_999);
  expect(fake.connections).toHaveLength(1);
  await clock.advance(1);
  expect(fake.connections).toHaveLength(2);
});

test.each([4500, 4501, 4503, 4504, 4505, 4507, 4509, 4510])(
  'close code %i ends the client with a typed error',
  async (code) => {
    const { hub, fake, clock } = start();
    const closed: ConnectionClosed[] = [];
    hub.on('closed', (error) => closed.push(error));
    await hub.ready;
    fake.on('task.submit', () => undefined);
    fake.on('client.remove', () => undefined);
    const waiting = Promise.allSettled([
      hub.submit({ name: 'chat' }),
      hub.task('t').result(),
      hub.watch().next(),
      hub.remove('s'),
    ]);
    await settled();
    fake.connection.drop(code, 'because');
    const outcomes = [...(await waiting), ...(await Promise.allSettled([hub.submit({ name: 'later' })]))];
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    // The watch had its first snapshot; everything else fails.
    expect(failures).toHaveLength(4);
    for (const failure of failures)
      expect(failure).toMatchObject({ close_code: code, reason: 'because', retryable: false });
    expect(closed).toHaveLength(1);
    expect(closed[0]).toBeInstanceOf(ConnectionClosed);
    await clock.advance(100_000);
    expect(fake.connections).toHaveLength(1);
  },
);

test('a client that was never let in fails ready', async () => {
  const { hub, fake } = start();
  fake.open = false;
  await settled();
  fake.connection.drop(4501, 'a token is needed');
  expect(await outcomeOf(hub.ready)).toMatchObject({ error: { name: 'ConnectionClosed', close_code: 4501 } });
});

test.each([1000, 1001, 1006, 1012, 4400, 4401, 4408, 4415, 4429])(
  'close code %i is followed by another try',
  async (code) => {
    const { hub, fake, clock } = await connected();
    fake.connection.drop(code);
    await clock.advance(20_000);
    expect(fake.connections).toHaveLength(2);
    expect(hub.connection).toBe('connected');
  },
);

test('a ping is answered in the same turn', async () => {
  const { fake } = await connected();
  fake.connection.say({ type: 'ping', at: 42 });
  expect(fake.connection.received.at(-1)).toEqual({ type: 'pong', at: 42 });
});

test('a silent hub is left after one and a half heartbeats, with a code that keeps the session', async () => {
  const { hub, fake, clock } = await connected();
  const first = fake.connection;
  await clock.advance(29_000);
  first.say({ type: 'ping', at: 1 });
  await clock.advance(29_000);
  expect(hub.connection).toBe('connected');
  await clock.advance(1_100);
  expect(first.closedWith?.code).toBe(4415);
  await clock.advance(1_000);
  expect(fake.hello.resume?.session_id).toBe('session-1');
});

test('a hub that accepts and never welcomes is tried again', async () => {
  const { fake, clock } = start();
  fake.open = false;
  await clock.advance(10_000);
  expect(fake.connection.closedWith?.code).toBe(4402);
  await clock.advance(1_000);
  expect(fake.connections).toHaveLength(2);
});

test('when the network is back or the page is shown, the next try comes at once', async () => {
  const { hub, fake } = await connected();
  fake.connection.drop();
  fake.wake?.();
  await settled();
  await settled();
  expect(fake.connections).toHaveLength(2);
  expect(hub.connection).toBe('connected');
  fake.wake?.();
  expect(fake.connections).toHaveLength(2);
});

test('a function is asked for a token before every connection', async () => {
  let asked = 0;
  const { fake, clock } = await connected({ token: async () => `token-${++asked}` });
  expect(fake.hello.token).toBe('token-1');
  fake.connection.drop(4401);
  await clock.advance(1_000);
  expect(fake.hello.token).toBe('token-2');
});

test('a refreshed token is used from then on', async () => {
  const { hub, fake, clock } = await connected();
  fake.on('auth.refresh', () => ({ grants: { roles: [], lanes: [], max_priority: 'LOW' } }));
  expect(await hub.refreshToken('fresh')).toMatchObject({ max_priority: 'LOW' });
  await fake.restart(clock);
  expect(fake.hello.token).toBe('fresh');
});

test('close ends the session with 1000, and whatever waits with a typed error', async () => {
  const { hub, fake, clock } = await connected();
  const waiting = hub.task('t').result();
  hub.close();
  expect(fake.connection.closedWith?.code).toBe(1000);
  expect(await outcomeOf(waiting)).toMatchObject({
    error: { name: 'ConnectionClosed', close_code: 1000, retryable: false },
  });
  expect(await outcomeOf(hub.status())).toMatchObject({ error: { close_code: 1000 } });
  // Nothing is left that would keep a process alive.
  expect(clock.nextIn).toBeUndefined();
  await clock.advance(100_000);
  expect(fake.connections).toHaveLength(1);
});

test('a client that is closed while it waits for its next try makes none', async () => {
  const { hub, fake, clock } = await connected();
  fake.connection.drop();
  hub.close();
  await clock.advance(100_000);
  expect(fake.connections).toHaveLength(1);
  expect(hub.connection).toBe('closed');
});

test('a frame that cannot be decoded ends the connection, not the client', async () => {
  const { fake, clock } = await connected();
  const first = fake.connection;
  first.sayRaw('{');
  expect(first.closedWith?.code).toBe(4400);
  await clock.advance(1_000);
  expect(fake.connections).toHaveLength(2);
});

test('types, fields and events that are not known are ignored', async () => {
  const { hub, fake } = await connected();
  const tasks: unknown[] = [];
  hub.on('task', (fact) => tasks.push(fact.event));
  await settled();
  fake.connection.say({ type: 'weather', sunny: true });
  fake.connection.say({ type: 'event', lane: 'main', log: 'log-1', seq: 1, at: 1, event: 'task.dreamt', new_field: 1 });
  await settled();
  expect(tasks).toEqual(['task.dreamt']);
  expect(hub.connection).toBe('connected');
});

test('a URL that no link can be made for ends the client at once', async () => {
  const { hub } = start({
    transport: {
      connect: () => {
        throw new SyntaxError('Invalid URL');
      },
    },
  });
  expect(await outcomeOf(hub.ready)).toMatchObject({ error: { name: 'ConnectionClosed', retryable: false } });
});

import { expect, test } from 'vitest';
import { OutboxFull, RequestError } from './errors.js';
import { settled } from './testing/fake-clock.js';
import { errorOf, taskView } from './testing/fake-hub.js';
import { connected, outcomeOf, start } from './testing/setup.js';

test('a request before the connection waits for it', async () => {
  const { hub, fake } = start();
  const handle = await hub.submit({ name: 'chat', args: { text: 'hi' }, priority: 'LOW' });
  expect(handle).toMatchObject({ id: 'task-1', state: 'queued', duplicate: false });
  expect(fake.connection.last('task.submit')).toMatchObject({
    lane: 'main',
    task: { name: 'chat', args: { text: 'hi' }, priority: 'LOW', idempotency_key: 'key-1' },
  });
});

test('a refused request says why, where, and whether to try again', async () => {
  const { hub, fake } = await connected();
  fake.on('task.submit', () => ({
    ...errorOf('invalid_message'),
    issues: [{ path: 'task.priority', message: 'is no priority' }],
  }));
  const { error } = (await outcomeOf(hub.submit({ name: 'chat' }))) as { error: RequestError };
  expect(error).toBeInstanceOf(RequestError);
  expect(error).toMatchObject({
    code: 'invalid_message',
    retryable: false,
    issues: [{ path: 'task.priority', message: 'is no priority' }],
  });
  fake.on('task.submit', () => ({ ...errorOf('queue_full', true), retry_after_ms: 250 }));
  expect(await outcomeOf(hub.submit({ name: 'chat' }))).toMatchObject({
    error: { code: 'queue_full', retryable: true, retry_after_ms: 250 },
  });
});

test('a submit whose answer was lost is sent again under the same key, and is one task', async () => {
  const { hub, fake, clock } = await connected();
  let lost = 0;
  fake.on('task.submit', ({ task }, connection) => {
    if (connection === fake.connections[0]) return void (lost += 1);
    return { task_id: `task-of-${task.idempotency_key}`, state: 'running', position: null, duplicate: true };
  });
  const submitted = hub.submit({ name: 'chat' });
  await settled();
  expect(lost).toBe(1);
  await fake.restart(clock);
  expect(await submitted).toMatchObject({ id: 'task-of-key-1', duplicate: true });
});

test('what a hub that goes away refuses is asked again of the hub that comes back', async () => {
  const { hub, fake, clock } = await connected();
  const handle = await hub.submit({ name: 'chat' });
  const first = fake.connection;
  for (const type of ['task.wait', 'task.submit', 'client.remove'] as const) {
    fake.on(type, (_message, connection) =>
      connection === first
        ? errorOf('shutting_down', true)
        : { task: taskView({ state: 'completed', result: 'told' }) },
    );
  }
  const asked = Promise.all([handle.result(), hub.remove('session-9'), hub.submit({ name: 'chat' })]);
  asked.catch(() => {});
  await settled();
  await fake.restart(clock);
  expect((await asked)[0]).toBe('told');
  for (const type of ['task.wait', 'task.submit', 'client.remove'] as const) {
    expect(fake.connection.all(type)).toHaveLength(1);
  }
});

test("a caller's own idempotency key is kept", async () => {
  const { hub, fake } = await connected();
  await hub.submit({ name: 'chat', idempotency_key: 'mine' });
  expect(fake.connection.last('task.submit').task.idempotency_key).toBe('mine');
});

test('what waits for answers goes out again in its order, results last', async () => {
  const { hub, fake, clock } = await connected();
  const answers = Promise.allSettled([hub.task('a').result(), hub.status(), hub.cancel('b'), hub.start(), hub.list()]);
  await settled();
  for (const type of ['lane.status', 'task.cancel', 'lane.start', 'task.list'] as const) fake.on(type, () => undefined);
  const first = fake.connection.received.slice(1).map(({ type }) => type);
  expect(first).toEqual(['task.wait', 'lane.status', 'task.cancel', 'lane.start', 'task.list']);
  hub.close();
  await answers;
  const again = await connected();
  again.fake.open = false;
  again.fake.connection.drop();
  const waiting = Promise.allSettled([again.hub.task('a').result(), again.hub.status(), again.hub.cancel('b')]);
  again.fake.open = true;
  await again.clock.advance(1_000);
  expect(again.fake.connection.received.map(({ type }) => type)).toEqual([
    'hello',
    'lane.status',
    'task.cancel',
    'task.wait',
  ]);
  again.hub.close();
  await waiting;
  await clock.advance(0);
});

test('a request that may not be repeated fails with its connection, and may be made again', async () => {
  const { hub, fake, clock } = await connected();
  fake.on('client.remove', () => undefined);
  const removed = hub.remove('session-9');
  await settled();
  const failed = outcomeOf(removed);
  await fake.restart(clock);
  expect(await failed).toMatchObject({ error: { name: 'ConnectionClosed', retryable: true } });
  expect(fake.connection.all('client.remove')).toHaveLength(0);
});

test('a result is waited for through lost connections', async () => {
  const { hub, fake, clock } = await connected();
  const handle = await hub.submit({ name: 'chat' });
  const result = handle.result();
  await settled();
  fake.on('task.wait', () => ({ task: taskView({ state: 'completed', result: { said: 'hi' } }) }));
  await fake.restart(clock);
  expect(await result).toEqual({ said: 'hi' });
  expect(handle.state).toBe('completed');
});

test('the outbox is bounded in items and in bytes; what is refused was not sent', async () => {
  const { hub, fake } = start({ limits: { outbox_items_max: 2, outbox_bytes_max: 10_000 } });
  fake.open = false;
  const waiting = Promise.allSettled([hub.status(), hub.status()]);
  const { error } = (await outcomeOf(hub.status())) as { error: OutboxFull };
  expect(error).toBeInstanceOf(OutboxFull);
  expect(error).toMatchObject({ code: 'outbox_full', retryable: true });
  hub.close();
  await waiting;

  const other = start({ limits: { outbox_bytes_max: 1_000 } });
  expect(await outcomeOf(other.hub.submit({ name: 'chat', args: { text: 'x'.repeat(2_000) } }))).toMatchObject({
    error: { name: 'OutboxFull' },
  });
});

test('answered requests leave the outbox', async () => {
  const { hub } = await connected({ limits: { outbox_items_max: 1 } });
  for (let round = 0; round < 5; round += 1) await hub.status();
  expect(await outcomeOf(hub.start())).toEqual({ value: undefined });
});

test('results that are waited for do not fill the outbox, but are bounded too', async () => {
  const { hub } = await connected({ limits: { outbox_items_max: 1, waits_max: 2 } });
  const waiting = Promise.allSettled([hub.task('a').result(), hub.task('b').result()]);
  expect(await outcomeOf(hub.status())).toMatchObject({ value: {} });
  expect(await outcomeOf(hub.task('c').result())).toMatchObject({ error: { name: 'OutboxFull' } });
  hub.close();
  await waiting;
});

test('a result that has come makes room for another', async () => {
  const { hub, fake } = await connected({ limits: { waits_max: 1 } });
  fake.on('task.wait', () => ({ task: taskView({ state: 'completed', result: 1 }) }));
  for (const id of ['a', 'b', 'c']) expect(await hub.task(id).result()).toBe(1);
});

test('a message larger than the hub takes fails here, and costs no connection', async () => {
  const { hub, fake } = await connected();
  const submitted = hub.submit({ name: 'chat', args: { text: 'x'.repeat(300_000) } });
  expect(await outcomeOf(submitted)).toMatchObject({ error: { code: 'too_large' } });
  expect(fake.connection.all('task.submit')).toHaveLength(0);
});

test('requests keep to the rate that the hub told, and none is lost', async () => {
  const { hub, fake, clock } = start();
  fake.welcomes = { limits: { frame_bytes_max: 262_144, requests_per_s: 10, requests_burst: 20 } };
  await hub.ready;
  const answers = Promise.all(Array.from({ length: 30 }, () => hub.status()));
  await settled();
  expect(fake.connection.all('lane.status')).toHaveLength(16);
  await clock.advance(1_000);
  expect(fake.connection.all('lane.status').length).toBeLessThanOrEqual(26);
  await clock.advance(2_000);
  expect(await answers).toHaveLength(30);
});

test('a rate_limited request is made again by itself after the wait', async () => {
  const { hub, fake, clock } = await connected();
  let refused = 0;
  fake.on('lane.status', () =>
    refused++ === 0 ? { ...errorOf('rate_limited', true), retry_after_ms: 400 } : { queue_size: 3 },
  );
  const status = hub.status();
  expect(await outcomeOf(status)).toBe('pending');
  await clock.advance(399);
  expect(fake.connection.all('lane.status')).toHaveLength(1);
  await clock.advance(1);
  expect(await status).toMatchObject({ queue_size: 3 });
});

test('a hub that only ever says rate_limited is believed in the end', async () => {
  const { hub, fake, clock } = await connected({ limits: { rate_limited_retries_max: 2 } });
  fake.on('lane.status', () => errorOf('rate_limited', true));
  const refusal = hub.status().catch((error: unknown) => error);
  await clock.advance(10_000);
  expect(fake.connection.all('lane.status')).toHaveLength(3);
  expect(await refusal).toMatchObject({ code: 'rate_limited', retryable: true });
});

test('payloads are what JSON makes of them, in both encodings', async () => {
  for (const encoding of ['json', 'msgpack'] as const) {
    const { hub, fake } = await connected({ encoding });
    await hub.submit({
      name: 'chat',
      args: { at: new Date(0), gone: undefined, nan: Number.NaN } as never,
      ttl_ms: undefined as never,
    });
    expect(fake.connection.last('task.submit').task).toEqual({
      name: 'chat',
      args: { at: '1970-01-01T00:00:00.000Z', nan: null },
      idempotency_key: 'key-1',
    });
  }
});

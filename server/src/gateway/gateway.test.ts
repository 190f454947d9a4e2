import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createHub, type CreateHubOptions, type HubServer } from '../create-hub.js';
import { RawClient, type RawOptions } from './testing/raw-client.js';

const TOKEN = 'test-token-0123456789';
const hubs: HubServer[] = [];
const clients: RawClient[] = [];

async function start(options: CreateHubOptions = {}): Promise<string> {
  const hub = await createHub({ token: TOKEN, ...options });
  hubs.push(hub);
  const { ws_url } = await hub.listen({ port: 0 });
  return ws_url;
}

async function hello(url: string, fields: Record<string, unknown> = {}, options: RawOptions = {}) {
  const client = await RawClient.hello(url, TOKEN, fields, options);
  clients.push(client);
  return client;
}

async function open(url: string, options: RawOptions = {}): Promise<RawClient> {
  const client = await RawClient.open(url, options);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.ws.terminate();
  await Promise.all(hubs.splice(0).map((hub) => hub.close({ graceful: false })));
});

test('a task goes from a producer to a worker and its end back to the producer', async () => {
  const url = await start();
  const worker = await hello(url, {}, { encoding: 'msgpack' });
  const producer = await hello(url);
  expect(await worker.request({ type: 'worker.register', names: ['chat'] })).toMatchObject({ type: 'ok' });
  const submitted = await producer.request({ type: 'task.submit', task: { name: 'chat', args: { text: 'hi' } } });
  expect(submitted).toMatchObject({ type: 'ok', state: 'running', position: null, duplicate: false });
  const wait = producer.request({ type: 'task.wait', task_id: submitted.task_id });
  const dispatch = await worker.next('task.dispatch');
  expect(dispatch).toMatchObject({ lane: 'main', attempt: 1, resume: null, task: { args: { text: 'hi' } } });
  const { epoch } = dispatch;
  const end = { type: 'task.complete', task_id: submitted.task_id, epoch, result: { said: 'hello' } };
  expect(await worker.request(end)).toMatchObject({ type: 'ok' });
  expect((await wait).task).toMatchObject({ state: 'completed', result: { said: 'hello' } });
});

test('a client that ends on purpose leaves nothing behind, one that is lost may come back', async () => {
  const url = await start();
  const producer = await hello(url);
  for (const [leave, state] of [
    [(client: RawClient) => client.close(1000), 'failed'],
    [(client: RawClient) => client.close(), 'failed'],
    [(client: RawClient) => client.close(1001), 'paused'],
    [(client: RawClient) => client.drop(), 'paused'],
  ] as const) {
    const watcher = await hello(url);
    await watcher.request({ type: 'subscribe', topics: ['task'] });
    const worker = await hello(url);
    await worker.request({ type: 'worker.register', names: ['chat'] });
    const { task_id } = await producer.request({ type: 'task.submit', task: { name: 'chat' } });
    await worker.next('task.dispatch');
    await leave(worker);
    const fact = await watcher.next((message) => message.task?.task_id === task_id && message.task.state === state);
    expect(fact.task).toMatchObject({ reason: 'executor_lost' });
    await producer.request({ type: 'task.cancel', task_id });
    await watcher.close();
  }
});

test('a goodbye counts when it arrives, also from a client that does not hang up', async () => {
  const url = await start();
  const { hostname, port } = new URL(url);
  const watcher = await hello(url);
  await watcher.request({ type: 'subscribe', topics: ['client'] });
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const headers = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
  const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`;
  socket.write(`GET /ws HTTP/1.1\r\nHost: ${hostname}\r\n${[...headers, key].join('\r\n')}\r\n\r\n`);
  const said = JSON.stringify({ type: 'hello', client: { name: 'rude' }, token: TOKEN });
  // Masked with zeros, which changes nothing.
  socket.write(Buffer.concat([Buffer.of(0x81, 0x80 | said.length, 0, 0, 0, 0), Buffer.from(said)]));
  await watcher.next((message) => message.event === 'client.joined' && message.client.name === 'rude');
  const asked = performance.now();
  socket.write(Buffer.of(0x88, 0x82, 0, 0, 0, 0, 1_000 >> 8, 1_000 & 0xff));
  await watcher.next((message) => message.event === 'client.left');
  // A socket whose owner does not hang up is cut off after two seconds.
  expect(performance.now() - asked).toBeLessThan(1_500);
  socket.destroy();
});

test('a token may come with the upgrade', async () => {
  const url = await start();
  const client = await open(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  client.send({ type: 'hello', client: { name: 'c' } });
  expect(await client.next('welcome')).toMatchObject({ protocol: 1, grants: { lanes: ['*'] } });
});

test('a bad token is closed with 4501, another version with 4505', async () => {
  const url = await start();
  const bad = await open(`${url}?token=${TOKEN}`);
  bad.send({ type: 'hello', client: { name: 'c' } });
  expect((await bad.closed).code).toBe(4501);
  const other = await open(url);
  other.send({ type: 'hello', protocol: 2, token: TOKEN, client: { name: 'c' } });
  expect((await other.closed).code).toBe(4505);
});

test.each([
  ['cuehub.v1.json', 'cuehub.v1.json'],
  ['cuehub.v1.msgpack', 'cuehub.v1.msgpack'],
  [null, ''],
])('with %s offered the subprotocol is %j', async (subprotocol, chosen) => {
  const client = await open(await start(), { subprotocol });
  expect(client.ws.protocol).toBe(chosen);
});

test('only unknown subprotocols, another path and a hub that is full are refused before the upgrade', async () => {
  const url = await start({ connections_max: 1 });
  await expect(open(url, { subprotocol: 'cuehub.v2.json' })).rejects.toThrow('400');
  await expect(open(url.replace('/ws', '/elsewhere'))).rejects.toThrow('404');
  await hello(url);
  await expect(open(url)).rejects.toThrow('503');
});

test('a page of a foreign origin is closed with 4503, one of loopback or of the hub is not', async () => {
  const url = await start({ allowed_origins: ['https://app.example'] });
  const foreign = await open(url, { headers: { origin: 'https://evil.example' } });
  expect((await foreign.closed).code).toBe(4503);
  const { host } = new URL(url);
  for (const origin of ['http://localhost:5173', `http://${host}`, 'https://app.example']) {
    expect((await hello(url, {}, { headers: { origin } })).welcome.type).toBe('welcome');
  }
});

test('a frame that is too large closes with 1009 and costs nobody else anything', async () => {
  const url = await start();
  const other = await hello(url);
  const client = await hello(url);
  client.raw(JSON.stringify({ type: 'ping', id: 1, x: 'x'.repeat(256 * 1024) }));
  expect((await client.closed).code).toBe(1009);
  await other.settle();
});

test('who resumes a session takes it over: the other socket is closed with 4509', async () => {
  const url = await start();
  const first = await hello(url);
  const { session_id, resume_token } = first.welcome;
  const second = await hello(url, { resume: { session_id, resume_token } });
  expect((await first.closed).code).toBe(4509);
  expect(second.welcome).toMatchObject({ resumed: true, session_id });
  expect(second.welcome.resume_token).not.toBe(resume_token);
});

test('an operator removes a client with 4510', async () => {
  const url = await start();
  const operator = await hello(url);
  const guest = await hello(url, { client: { name: 'guest', kind: 'page' } });
  const { clients: listed } = await operator.request({ type: 'client.list' });
  expect(listed).toMatchObject([{ name: 'test' }, { name: 'guest', kind: 'page', connected: true }]);
  await operator.request({ type: 'client.remove', session_id: guest.welcome.session_id });
  expect((await guest.closed).code).toBe(4510);
});

test('a hub that goes away says so, with a time to come back, and closes with 1012', async () => {
  const url = await start();
  const client = await hello(url, {}, { encoding: 'msgpack' });
  const [hub] = hubs;
  const closing = hub?.close();
  expect(await client.next('going_away')).toMatchObject({ reason: 'shutdown', reconnect_after_ms: expect.any(Number) });
  expect((await client.closed).code).toBe(1012);
  await closing;
  await expect(open(url)).rejects.toThrow('ECONNREFUSED');
});

test('a hub closes in time although a client reads nothing', async () => {
  const url = await start();
  const client = await hello(url);
  client.ws.pause();
  const [hub] = hubs;
  await hub?.close();
  client.ws.resume();
  expect([1006, 1012]).toContain((await client.closed).code);
});

test('a client in the same process uses the same hub without a socket', async () => {
  const hub = await createHub({ token: TOKEN });
  hubs.push(hub);
  const worker = hub.client({ client: { name: 'worker' } });
  worker.worker('greet', (task) => `hello ${(task.args as { who: string }).who}`);
  const producer = hub.client();
  await producer.ready;
  const task = await producer.submit({ name: 'greet', args: { who: 'you' } });
  expect(await task.result()).toBe('hello you');
  const ended = new Promise((resolve) => producer.on('closed', resolve));
  await hub.close();
  await ended;
  expect(() => hub.client()).toThrow('closed');
});

test('a client in the same process sees what one outside does', async () => {
  const url = await start();
  const [hub] = hubs;
  const inside = hub?.client();
  await inside?.ready;
  const outside = await hello(url);
  await outside.request({ type: 'worker.register', names: ['chat'] });
  const task = await inside?.submit({ name: 'chat', args: { text: 'hi' } });
  const { epoch } = await outside.next('task.dispatch');
  await outside.request({ type: 'task.complete', task_id: task?.id, epoch, result: 1 });
  expect(await task?.result()).toBe(1);
});

test('sockets that come and go by the hundred leave nothing behind', async () => {
  const url = await start({ session_ttl_ms: 20 });
  const [hub] = hubs;
  const watcher = await hello(url);
  await watcher.request({ type: 'subscribe', topics: ['client'] });
  for (let round = 0; round < 5; round++) {
    const crowd = await Promise.all(Array.from({ length: 20 }, () => hello(url)));
    await Promise.all(crowd.map((client) => client.request({ type: 'subscribe', lane: '*' })));
    await Promise.all(crowd.map((client, at) => (at % 2 === 0 ? client.close() : client.drop())));
  }
  let left = 0;
  while (left < 100) {
    await watcher.next((message) => message.event === 'client.left');
    left += 1;
  }
  while ((hub?.port.stats().sessions ?? 0) > 1) await new Promise((resolve) => setImmediate(resolve));
  expect(hub?.port.stats()).toMatchObject({ connections: 1, sessions: 1, waits: 0 });
});

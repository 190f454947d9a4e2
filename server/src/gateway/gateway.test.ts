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

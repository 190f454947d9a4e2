import { connect } from 'node:net';
import type { EventMessage } from '@cuehub/protocol';
import { afterEach, expect, test } from 'vitest';
import { TOKEN } from './testing/fake-hub.js';
import { listen } from './testing/listen.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

async function start() {
  const api = await listen();
  open.push(api);
  return api;
}

const headers = { Authorization: `Bearer ${TOKEN}` };

test('a client that hangs up while it waits for a result ends the waiting', async () => {
  const { url, hub } = await start();
  const gone = new AbortController();
  const asked = fetch(`${url}/v1/lanes/main/tasks?wait=result`, {
    method: 'POST',
    headers,
    body: '{"name":"x"}',
    signal: gone.signal,
  });
  await expect.poll(() => hub.requests.at(-1)?.type).toBe('task.wait');
  gone.abort();
  await expect(asked).rejects.toThrow('aborted');
  await expect.poll(() => hub.waits_given_up).toBe(1);
  expect(hub.tasks.get('t1')?.state).toBe('queued');
});

test('an event reader that hangs up ends its watch', async () => {
  const { url, hub } = await start();
  const gone = new AbortController();
  const response = await fetch(`${url}/v1/lanes/main/events`, { headers, signal: gone.signal });
  expect(response.status).toBe(200);
  gone.abort();
  await expect.poll(() => hub.watches[0]?.over).toBe(true);
});

test('events arrive while the stream is open', async () => {
  const { url, hub } = await start();
  const response = await fetch(`${url}/v1/lanes/main/events?last_event_id=log-1:7`, { headers });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  hub.watches[0]?.sink({ type: 'event', lane: 'main', log: 'log-1', seq: 8, at: 1, event: 'lane.stopped' });
  while (!text.includes('lane.stopped')) text += decoder.decode((await reader.read()).value);
  expect(text).toContain('id: log-1:8');
  await reader.cancel();
});

test('a reader that stops reading is cut off, socket and all', async () => {
  const { port, hub } = await start();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write(
    `GET /v1/lanes/main/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
  );
  await expect.poll(() => hub.watches.length).toBe(1);
  const fact: EventMessage = {
    type: 'event',
    lane: 'x'.repeat(60_000),
    log: 'l',
    seq: 8,
    at: 1,
    event: 'lane.started',
  };
  // Each turn lets the server hand on what the kernel still takes; then its bounded queue fills.
  await expect.poll(() => hub.watches[0]?.sink(fact), { interval: 0, timeout: 10_000 }).toBe(false);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.resume();
  await closed;
  expect(hub.watches[0]?.over).toBe(true);
});

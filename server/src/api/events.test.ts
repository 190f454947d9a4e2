import type { EventMessage, StateMessage } from '@cuehub/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { EventCursor, parseEventId } from './events.js';
import { SSE_HEARTBEAT_MS } from './sse.js';
import { makeApi } from './testing/ask.js';

const EVENTS = '/v1/lanes/main/events';
const fact = (seq: number): EventMessage => ({
  type: 'event',
  lane: 'main',
  log: 'log-1',
  seq,
  at: seq,
  event: 'lane.started',
});

/** Reads until `count` events have come. */
async function read(response: Response, count: number): Promise<string[]> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (text.split('\n\n').length <= count) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value);
  }
  reader.releaseLock();
  return text.split('\n\n').filter(Boolean);
}

afterEach(() => {
  vi.useRealTimers();
});

test('a reader gets a snapshot first, then facts under their names with log:seq as their ids', async () => {
  const { fetch, hub } = makeApi();
  const response = await fetch(EVENTS);
  expect(response.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
  hub.watches[0]?.sink(fact(8));
  const [retry, snapshot, event] = await read(response, 3);
  expect(retry).toMatch(/^retry: \d+$/);
  expect(snapshot).toMatch(/^event: snapshot\nid: log-1:7\ndata: \{"type":"snapshot"/);
  expect(event).toBe(`event: lane.started\nid: log-1:8\ndata: ${JSON.stringify(fact(8))}`);
});

test('Last-Event-ID, or last_event_id, says from where to go on; the header wins', async () => {
  const { fetch, hub } = makeApi();
  await fetch(EVENTS, { headers: { 'Last-Event-ID': 'a:b:41' } });
  await fetch(`${EVENTS}?last_event_id=log-1:3`);
  await fetch(`${EVENTS}?last_event_id=log-1:3`, { headers: { 'Last-Event-ID': 'log-1:5' } });
  expect(hub.watches.map(({ options }) => options.since)).toEqual([
    { log: 'a:b', seq: 41 },
    { log: 'log-1', seq: 3 },
    { log: 'log-1', seq: 5 },
  ]);
});

test('an id that never was one is 400', async () => {
  const { ask, hub } = makeApi();
  for (const id of ['41', ':41', 'log:', 'log:-1', 'log:1.5']) {
    const { status, body } = await ask(EVENTS, { headers: { 'Last-Event-ID': id } });
    expect([id, status, body.error.issues[0].path]).toEqual([id, 400, 'last_event_id']);
  }
  expect(hub.watches).toEqual([]);
  expect(parseEventId('log-1:0')).toEqual({ log: 'log-1', seq: 0 });
});

test('state carries the id of the last fact before it, so that nobody who resumes from it misses one', () => {
  const cursor = new EventCursor('log-1', 5);
  const state = { type: 'state', lane: 'main', log: 'log-1', seq: 9 } as StateMessage;
  expect(cursor.toEvent(state)).toEqual({ event: 'state', id: 'log-1:5', data: state });
  cursor.toEvent(fact(9));
  expect(cursor.toEvent(state).id).toBe('log-1:9');
});

test('topics are state and task, and text on request; audio has no place here', async () => {
  const { fetch, ask, hub } = makeApi();
  await fetch(EVENTS);
  await fetch(`${EVENTS}?topics=text`);
  expect(hub.watches.map(({ options }) => options.topics)).toEqual([['state', 'task'], ['text']]);
  expect((await ask(`${EVENTS}?topics=audio`)).body.error.issues[0].path).toBe('topics.0');
});

test('a reader that goes away ends its watch', async () => {
  const { fetch, hub } = makeApi();
  const response = await fetch(EVENTS);
  await response.body?.cancel();
  expect(hub.watches[0]?.over).toBe(true);
  expect(hub.watches[0]?.sink(fact(8))).toBe(false);
});

test('a reader that takes nothing is broken off before it costs memory', async () => {
  const { fetch, hub } = makeApi();
  const response = await fetch(EVENTS);
  const long: EventMessage = { ...fact(8), log: 'x'.repeat(100_000) };
  let taken = 0;
  while (hub.watches[0]?.sink(long) === true && taken < 100) taken += 1;
  expect(taken).toBeGreaterThan(5);
  expect(taken).toBeLessThan(20);
  expect(hub.watches[0]?.over).toBe(true);
  await expect(response.text()).rejects.toThrow('too slow');
});

test('a reader that stopped reading is broken off at the second heartbeat, one that reads is kept', async () => {
  vi.useFakeTimers();
  const { fetch, hub } = makeApi();
  await fetch(EVENTS);
  const reader = await fetch(EVENTS);
  await read(reader, 2);
  await vi.advanceTimersByTimeAsync(SSE_HEARTBEAT_MS);
  expect(await read(reader, 1)).toEqual([': still here']);
  await vi.advanceTimersByTimeAsync(SSE_HEARTBEAT_MS);
  expect(hub.watches.map(({ over }) => over)).toEqual([true, false]);
});

test('the stream ends when the hub ends the watch', async () => {
  const { fetch, hub } = makeApi();
  const response = await fetch(EVENTS);
  hub.watches[0]?.closed?.();
  expect(await response.text()).toContain('event: snapshot');
});

test('HEAD opens no watch', async () => {
  const { fetch, hub } = makeApi();
  const response = await fetch(EVENTS, { method: 'HEAD' });
  expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  expect(hub.watches).toEqual([]);
});

test('what the hub refuses is an ordinary error', async () => {
  const { ask, hub } = makeApi();
  hub.refuse = { code: 'forbidden', message: 'not yours' };
  expect((await ask(EVENTS)).status).toBe(403);
});

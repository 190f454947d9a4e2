/** Connections on a wire that the test holds in its hands: slow readers, silence, limits. */
import { expect, test } from 'vitest';
import type { HubOptions } from '../config/config.js';
import { TestHub, TOKEN, type TestClient, turnEnds } from '../hub/testing/test-hub.js';
import type { Connection } from './connection.js';
import { Gateway } from './gateway.js';
import { FakeWire } from './testing/fake-wire.js';
import type { AnyMessage } from './testing/raw-client.js';

interface Wired {
  readonly t: TestHub;
  readonly gateway: Gateway;
}

async function start(options: HubOptions = {}): Promise<Wired> {
  const t = await TestHub.open(options);
  return { t, gateway: new Gateway(t.hub) };
}

class Peer {
  readonly wire = new FakeWire();
  readonly connection: Connection;
  #id = 0;

  constructor({ gateway }: Wired) {
    this.connection = gateway.connect(this.wire);
  }

  say(message: object): void {
    this.connection.frame(JSON.stringify(message), false);
  }

  hello(fields: object = {}): this {
    this.say({ type: 'hello', client: { name: 'c' }, token: TOKEN, ...fields });
    return this;
  }

  async ask(message: object): Promise<AnyMessage> {
    const id = ++this.#id;
    this.say({ ...message, id });
    await turnEnds();
    return this.wire.written.find(({ re }) => re === id);
  }

  of(type: string): AnyMessage[] {
    return this.wire.written.filter((message) => message.type === type);
  }
}

const small = { unsent_low_bytes: 2_000, unsent_high_bytes: 8_000, unsent_hard_bytes: 40_000 };

/** A worker that streams, and somebody who reads it. */
async function watched(limits: object = small): Promise<Wired & { peer: Peer; chunk: (seq: number) => void }> {
  const wired = await start({ limits });
  const { t } = wired;
  const worker: TestClient = t.client();
  worker.register(['x']);
  const task_id = t.submit({ name: 'x' });
  const { epoch } = worker.last('task.dispatch');
  worker.says({ type: 'stream.open', task_id, epoch });
  const peer = new Peer(wired).hello();
  await peer.ask({ type: 'subscribe', topics: ['state', 'task', 'text'] });
  return {
    ...wired,
    peer,
    chunk: (seq) => void worker.says({ type: 'stream.chunk', task_id, epoch, seq, data: 'x'.repeat(900) }),
  };
}

test('a reader that lags is spared chunks and state, gets every fact, then a gap, a snapshot and what is live', async () => {
  const { t, peer, chunk } = await watched();
  peer.wire.stuck = true;
  for (let seq = 0; seq < 30; seq++) chunk(seq);
  for (let at = 0; at < 4; at++) {
    t.submit({ name: 'nobody' });
    await turnEnds();
  }
  peer.wire.unstick();
  await turnEnds();
  const chunks = peer.of('chunk').map(({ seq }) => seq);
  const dropped_from = chunks.length;
  expect(chunks).toEqual(Array.from({ length: dropped_from }, (_, at) => at));
  expect(dropped_from).toBeLessThan(15);
  expect(peer.of('gap')).toMatchObject([
    { lane: 'main', reason: 'lag', facts: null, streams: [{ stream: 'main', from_seq: dropped_from, to_seq: 29 }] },
  ]);
  const order = peer.wire.written.map(({ type }) => type);
  expect(order.lastIndexOf('event')).toBeLessThan(order.indexOf('gap'));
  expect(order.indexOf('snapshot')).toBe(order.indexOf('gap') + 1);
  expect(peer.of('snapshot')[0]).toMatchObject({ queue_size: 4, streams: [{ next_seq: 30 }] });
  expect(peer.of('event').map(({ event }) => event)).toEqual(Array.from({ length: 4 }, () => 'task.queued'));
  expect(peer.of('state').at(-1)).toMatchObject({ queue_size: 4 });
  chunk(30);
  await turnEnds();
  expect(peer.of('chunk').at(-1)?.seq).toBe(30);
});

test('a mere watcher that is far behind is closed with 4408', async () => {
  const { t, peer } = await watched();
  peer.wire.stuck = true;
  for (let at = 0; at < 60; at++) t.submit({ name: 'nobody', args: 'x'.repeat(1_000) });
  await turnEnds();
  expect(peer.wire.closed?.code).toBe(4408);
  expect(t.hub.stats().connections).toBe(0);
});

test('a watcher that is 15 s behind is closed, also when nothing more is sent to it', async () => {
  const { t, peer } = await watched();
  peer.wire.stuck = true;
  t.submit({ name: 'nobody' });
  await turnEnds();
  t.clock.advance(15_000);
  await turnEnds();
  expect(peer.wire.closed).toBeNull();
  t.clock.advance(2_000);
  await turnEnds();
  expect(peer.wire.closed?.code).toBe(4408);
});

test('an executor that is far behind loses its subscriptions and keeps its socket', async () => {
  const { t, peer } = await watched();
  await peer.ask({ type: 'worker.register', names: ['mine'] });
  peer.wire.stuck = true;
  for (let at = 0; at < 60; at++) t.submit({ name: 'nobody', args: 'x'.repeat(1_000) });
  await turnEnds();
  expect(peer.wire.closed).toBeNull();
  expect(peer.of('unsubscribed')).toEqual([{ type: 'unsubscribed', lane: 'main', reason: 'lag' }]);
  peer.wire.unstick();
  const facts = peer.of('event').length;
  t.flip();
  expect(await peer.ask({ type: 'ping' })).toMatchObject({ type: 'ok' });
  expect(peer.of('event')).toHaveLength(facts);
});

test('a long replay is no reason to be closed', async () => {
  const { t, gateway } = await start({ limits: small });
  const log = t.watcher().reply?.log ?? '';
  for (let at = 0; at < 200; at++) t.submit({ name: 'nobody', args: 'x'.repeat(1_000) });
  const peer = new Peer({ t, gateway }).hello();
  peer.wire.stuck = true;
  peer.say({ type: 'subscribe', since: { log, seq: 0 } });
  await turnEnds();
  expect(peer.wire.closed).toBeNull();
  peer.wire.unstick();
  await turnEnds();
  expect(peer.of('event').map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
});

test('a page that is hidden gets nothing, and a gap and a snapshot when it is back', async () => {
  const { t, peer, chunk } = await watched();
  expect(await peer.ask({ type: 'watch.pause' })).toEqual({ type: 'ok', re: 2 });
  const before = peer.wire.written.length;
  chunk(0);
  t.submit({ name: 'nobody' });
  await turnEnds();
  expect(peer.wire.written).toHaveLength(before);
  await peer.ask({ type: 'watch.resume' });
  expect(peer.wire.written.slice(before)).toMatchObject([
    { type: 'ok', re: 3 },
    { type: 'gap', reason: 'paused', streams: [{ from_seq: 0, to_seq: 0 }] },
    { type: 'snapshot', queue_size: 1, streams: [{ next_seq: 1 }] },
    { type: 'state', queue_size: 1 },
  ]);
  const gap = peer.of('gap')[0];
  expect(gap.facts.to_seq).toBe(peer.of('snapshot')[0]?.seq);
});

test('a page that missed nothing while hidden gets a snapshot alone', async () => {
  const { peer } = await watched();
  await peer.ask({ type: 'watch.pause' });
  const before = peer.wire.written.length;
  await peer.ask({ type: 'watch.resume' });
  expect(peer.wire.written.slice(before).map(({ type }) => type)).toEqual(['ok', 'snapshot', 'state']);
});

test('the last subscription to a lane replaces the one before, and what was on its way for that', async () => {
  const { t, peer } = await watched();
  t.submit({ name: 'nobody' });
  peer.say({ type: 'subscribe', id: 90, topics: ['task'] });
  await turnEnds();
  expect(peer.of('event')).toEqual([]);
  expect(peer.wire.written.at(-1)).toMatchObject({ re: 90, snapshot: { queue_size: 1 } });
  t.submit({ name: 'nobody' });
  await turnEnds();
  expect(peer.of('event')).toHaveLength(1);
});

test('all lanes and single ones replace each other', async () => {
  const { t, peer } = await watched();
  await peer.ask({ type: 'subscribe', lane: '*', topics: ['task'] });
  t.flip('other');
  await turnEnds();
  expect(peer.of('event').map(({ lane }) => lane)).toEqual(['other']);
  await peer.ask({ type: 'subscribe', lane: 'main', topics: ['task'] });
  t.flip('other');
  t.submit({ name: 'nobody' });
  await turnEnds();
  expect(peer.of('event').map(({ lane }) => lane)).toEqual(['other', 'main']);
});

test('after unsubscribe nothing of the lane comes any more', async () => {
  const { t, peer } = await watched();
  t.flip();
  expect(await peer.ask({ type: 'unsubscribe' })).toMatchObject({ type: 'ok' });
  t.flip();
  await turnEnds();
  expect(peer.of('event')).toEqual([]);
});

test('no more subscriptions than there may be, but one more of the same lane', async () => {
  const wired = await start({ limits: { subscriptions_max: 2 } });
  const peer = new Peer(wired).hello();
  const lanes = ['a', 'b', 'c', 'a'];
  const codes: string[] = [];
  for (const lane of lanes) {
    const { code, type } = await peer.ask({ type: 'subscribe', lane });
    codes.push(code ?? type);
  }
  expect(codes).toEqual(['ok', 'ok', 'too_many_subscriptions', 'ok']);
  expect(await peer.ask({ type: 'subscribe', lane: '*' })).toMatchObject({ type: 'ok' });
});

test('a hub that hears nothing from a client pings it and gives it up after 45 s', async () => {
  const { t, gateway } = await start();
  const peer = new Peer({ t, gateway }).hello();
  for (let at = 0; at < 44; at++) {
    t.clock.advance(1_000);
    await turnEnds();
  }
  expect(peer.of('ping').map(({ at }) => at)).toHaveLength(2);
  expect(peer.wire.closed).toBeNull();
  t.clock.advance(1_000);
  expect(peer.wire.closed?.code).toBe(4415);
});

test('any frame is a sign of life, and so is a ping of the socket itself', async () => {
  const { t, gateway } = await start();
  const peer = new Peer({ t, gateway }).hello();
  t.clock.advance(40_000);
  peer.say({ type: 'nonsense' });
  t.clock.advance(40_000);
  peer.connection.alive();
  t.clock.advance(40_000);
  expect(peer.wire.closed).toBeNull();
  t.clock.advance(5_000);
  expect(peer.wire.closed?.code).toBe(4415);
});

test('who says nothing is closed with 4402, who says something else first with 4507', async () => {
  const { t, gateway } = await start();
  const silent = new Peer({ t, gateway });
  const rude = new Peer({ t, gateway });
  rude.say({ type: 'ping', id: 1 });
  expect(rude.wire.closed?.code).toBe(4507);
  t.clock.advance(9_999);
  expect(silent.wire.closed).toBeNull();
  t.clock.advance(1);
  expect(silent.wire.closed?.code).toBe(4402);
});

test('a hello that is not well formed may be said again', async () => {
  const { t, gateway } = await start();
  const peer = new Peer({ t, gateway });
  peer.say({ type: 'hello', id: 7, client: {} });
  await turnEnds();
  expect(peer.wire.written).toMatchObject([
    { type: 'error', re: 7, code: 'invalid_message', issues: [{ path: 'client.name' }] },
  ]);
  peer.hello({ id: 8 });
  await turnEnds();
  expect(peer.of('welcome')).toMatchObject([{ re: 8, protocol: 1, resumed: false }]);
});

test('requests past the burst are refused with a time to wait; what a run needs is free', async () => {
  const wired = await start({ rate_limit: 10 });
  const peer = new Peer(wired).hello();
  for (let id = 1; id <= 21; id++) peer.say({ type: 'ping', id });
  for (let at = 0; at < 50; at++) {
    peer.say({ type: 'task.progress', task_id: 'gone', epoch: 1 });
    peer.say({ type: 'pong' });
  }
  await turnEnds();
  expect(peer.of('ok')).toHaveLength(20);
  const errors = peer.of('error');
  expect(errors.filter(({ code }) => code === 'rate_limited')).toMatchObject([
    { re: 21, retryable: true, retry_after_ms: 100 },
  ]);
  // Late frames of one run are told once.
  expect(errors.filter(({ code }) => code === 'stale_epoch')).toMatchObject([{ task_id: 'gone', epoch: 1 }]);
});

test('a client that is limited for 10 s is closed with 4429', async () => {
  const wired = await start({ rate_limit: 10 });
  const peer = new Peer(wired).hello();
  for (let at = 0; at < 200 && peer.wire.closed === null; at++) {
    for (let times = 0; times < 10; times++) peer.say({ type: 'ping' });
    await turnEnds();
    wired.t.clock.advance(100);
  }
  expect(peer.wire.closed?.code).toBe(4429);
});

test('a token that ends closes with 4401, unless it is renewed', async () => {
  const wired = await start({
    tokens: [
      { name: 'owner', token: TOKEN },
      { name: 'guest', token: 'token-of-guest', expires_at: 1_700_000_000_000 + 1_000 },
      { name: 'guest', token: 'token-of-guest-2' },
    ],
  });
  const hello = { token: 'token-of-guest' };
  const ends = new Peer(wired).hello(hello);
  const renews = new Peer(wired).hello(hello);
  wired.t.clock.advance(999);
  expect(await renews.ask({ type: 'auth.refresh', token: 'token-of-guest-2' })).toMatchObject({
    grants: { max_priority: 'URGENT' },
  });
  expect(await renews.ask({ type: 'auth.refresh', token: TOKEN })).toMatchObject({ code: 'forbidden' });
  expect(await renews.ask({ type: 'auth.refresh', token: 'no' })).toMatchObject({ code: 'unauthenticated' });
  expect(ends.wire.closed).toBeNull();
  wired.t.clock.advance(1);
  expect(ends.wire.closed?.code).toBe(4401);
  expect(renews.wire.closed).toBeNull();
});

test('a renewed token that sees less ends the subscriptions it does not allow', async () => {
  const wired = await start({
    tokens: [
      { name: 'owner', token: TOKEN },
      { name: 'owner', token: 'narrow-token', lanes: ['stage'] },
    ],
  });
  const peer = new Peer(wired).hello();
  await peer.ask({ type: 'subscribe', lane: 'main' });
  await peer.ask({ type: 'subscribe', lane: 'stage', topics: ['task'] });
  await peer.ask({ type: 'auth.refresh', token: 'narrow-token' });
  expect(peer.of('unsubscribed')).toEqual([{ type: 'unsubscribed', lane: 'main', reason: 'forbidden' }]);
  wired.t.flip('stage');
  await turnEnds();
  expect(peer.of('event')).toMatchObject([{ lane: 'stage' }]);
});

test('orders that come of hello itself come after welcome', async () => {
  const wired = await start();
  const first = new Peer(wired).hello();
  await first.ask({ type: 'worker.register', names: ['x'] });
  const task_id = wired.t.submit({ name: 'x' });
  await turnEnds();
  const { epoch } = first.of('task.dispatch')[0];
  const [{ session_id, resume_token }] = first.of('welcome');
  first.connection.ended(1006);
  const second = new Peer(wired).hello({ resume: { session_id, resume_token }, holding: [{ task_id, epoch }] });
  await turnEnds();
  expect(second.wire.written.map(({ type }) => type)).toEqual(['welcome', 'task.resume']);
  expect(second.wire.written[0]).toMatchObject({ resumed: true, adopted: [task_id] });
});

test('nothing is answered after the end, and waits are given up', async () => {
  const wired = await start();
  const peer = new Peer(wired).hello();
  const task_id = wired.t.submit({ name: 'x' });
  await peer.ask({ type: 'task.wait', task_id });
  expect(wired.t.hub.stats().waits).toBe(1);
  peer.connection.ended(1000);
  expect(wired.t.hub.stats().waits).toBe(0);
  const before = peer.wire.written.length;
  peer.say({ type: 'ping', id: 99 });
  await turnEnds();
  expect(peer.wire.written).toHaveLength(before);
});

test.each([
  ['a message of no known type', { type: 'task.sumbit', id: 4 }, { re: 4, code: 'unknown_type' }],
  [
    'a message that is wrong in a field',
    { type: 'task.submit', id: 4, task: { name: 'x', priority: 'SOON' } },
    { re: 4, code: 'invalid_message', issues: [{ path: 'task.priority' }] },
  ],
  ['a second hello', { type: 'hello', id: 4, client: { name: 'c' } }, { re: 4, code: 'already_said_hello' }],
  [
    'audio on a JSON connection',
    { type: 'subscribe', id: 4, topics: ['audio'] },
    { re: 4, code: 'encoding_unsupported' },
  ],
  [
    'bytes in JSON',
    { type: 'stream.chunk', id: 4, task_id: 't', epoch: 1, seq: 0, data: [1, 2] },
    { re: 4, code: 'encoding_unsupported' },
  ],
  ['a list', [1], { code: 'invalid_message' }],
] as const)('%s is an error, and the connection stays', async (_what, message, error) => {
  const peer = new Peer(await start()).hello();
  peer.say(message);
  await turnEnds();
  expect(peer.of('error')).toMatchObject([error]);
  expect(await peer.ask({ type: 'ping' })).toMatchObject({ type: 'ok', at: expect.any(Number) });
});

test('what cannot be decoded closes with 4500, the wrong kind of frame with 4504', async () => {
  const wired = await start();
  for (const [frame, binary, code] of [
    ['{"type":', false, 4500],
    [Uint8Array.of(0x22, 0xff, 0x22), false, 4500],
    [Uint8Array.of(0x80), true, 4504],
  ] as const) {
    const peer = new Peer(wired).hello();
    peer.connection.frame(frame, binary);
    expect(peer.wire.closed?.code).toBe(code);
  }
});

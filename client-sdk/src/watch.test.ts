import type { LaneSnapshot } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import type { WatchEvent } from './lane-view.js';
import { settled } from './testing/fake-clock.js';
import { emptySnapshot, errorOf, type FakeHub, taskView } from './testing/fake-hub.js';
import { connected, outcomeOf, start } from './testing/setup.js';
import type { WatchQueue } from './watch-queue.js';

interface Said {
  type: string;
  [field: string]: unknown;
}

const fact = (seq: number, lane = 'main'): Said => ({
  type: 'event',
  lane,
  log: 'log-1',
  seq,
  at: seq,
  event: 'task.queued',
  task: taskView({ lane }),
});
const state = (queue_size: number): Said => ({ ...emptySnapshot(), type: 'state', queue_size });
const chunk = (seq: number): Said => ({
  type: 'chunk',
  lane: 'main',
  task_id: 'task-1',
  stream: 'main',
  epoch: 1,
  seq,
  data: `w${seq}`,
});

/** Collects what a watch gives, in short. */
function collect(watch: WatchQueue): string[] {
  const seen: string[] = [];
  void (async () => {
    for await (const event of watch) seen.push(brief(event));
    seen.push('done');
  })().catch((error: unknown) => seen.push(`failed ${(error as { code: string }).code}`));
  return seen;
}
function brief(event: WatchEvent): string {
  if (event.type === 'event' || event.type === 'chunk') return `${event.type} ${event.seq}`;
  if (event.type === 'gap') return `gap ${event.reason} ${JSON.stringify(event.facts)}`;
  if (event.type === 'snapshot') return `snapshot ${event.seq}`;
  return event.type;
}
function snapshots(fake: FakeHub, snapshot: Partial<LaneSnapshot>): void {
  fake.on('subscribe', ({ lane = 'main' }) => ({
    lane,
    log: 'log-1',
    seq: snapshot.seq ?? 0,
    recovered: false,
    snapshot: emptySnapshot({ lane, ...snapshot }),
  }));
}

test('a watch begins with a snapshot and gives its topics in order', async () => {
  const { hub, fake } = await connected();
  const seen = collect(hub.watch({ topics: ['task', 'text'] }));
  await settled();
  expect(fake.connection.last('subscribe')).toMatchObject({ lane: 'main', topics: ['task', 'text'] });
  for (const message of [fact(1), state(1), chunk(0), fact(1), fact(2)]) fake.connection.say(message);
  await settled();
  expect(seen).toEqual(['snapshot 0', 'event 1', 'chunk 0', 'event 2']);
});

test('ready means that watches made before it are subscribed', async () => {
  const { hub, fake } = start();
  let answer: (() => void) | undefined;
  fake.on('subscribe', (message, connection) => {
    answer = () =>
      connection.say({
        type: 'ok',
        re: Number(message.id),
        lane: 'main',
        log: 'log-1',
        seq: 0,
        recovered: false,
        snapshot: emptySnapshot(),
      });
    return undefined;
  });
  collect(hub.watch());
  expect(await outcomeOf(hub.ready)).toBe('pending');
  answer?.();
  expect(await outcomeOf(hub.ready)).toEqual({ value: undefined });
});

test('frames that come in the same turn as the answer are not lost and not early', async () => {
  const { hub, fake } = await connected();
  const seen = collect(hub.watch());
  await settled();
  fake.on('subscribe', () => undefined);
  const other = collect(hub.watch({ lane: 'side' }));
  await settled();
  const { id } = fake.connection.last('subscribe');
  fake.connection.say({
    type: 'ok',
    re: Number(id),
    lane: 'side',
    log: 'log-1',
    seq: 4,
    recovered: false,
    snapshot: emptySnapshot({ lane: 'side', seq: 4 }),
  });
  fake.connection.say(fact(5, 'side'));
  await settled();
  expect(other).toEqual(['snapshot 4', 'event 5']);
  expect(seen).toEqual(['snapshot 0']);
});

test('several watchers of a lane share one subscription with all their topics', async () => {
  const { hub, fake } = await connected();
  const tasks = collect(hub.watch({ topics: ['task'] }));
  const texts: unknown[] = [];
  const states: unknown[] = [];
  hub.on('text', ({ data }) => texts.push(data));
  const stop = hub.on('state', ({ queue_size }) => states.push(queue_size));
  await settled();
  expect([...(fake.connection.last('subscribe').topics ?? [])].sort()).toEqual(['state', 'task', 'text']);
  for (const message of [fact(1), chunk(0), state(3)]) fake.connection.say(message);
  await settled();
  expect(tasks).toEqual(['snapshot 0', 'event 1']);
  expect(texts).toEqual(['w0']);
  expect(states).toContain(3);
  stop();
  await settled();
  expect([...(fake.connection.last('subscribe').topics ?? [])].sort()).toEqual(['task', 'text']);
});

test('who was there before does not get the snapshot of a newcomer, nor what it repeats', async () => {
  const { hub, fake } = await connected();
  const first = collect(hub.watch());
  await settled();
  fake.connection.say(fact(1));
  snapshots(fake, { seq: 1 });
  const second = collect(hub.watch({ topics: ['state', 'task', 'text'] }));
  await settled();
  fake.connection.say(fact(2));
  await settled();
  expect(first).toEqual(['snapshot 0', 'event 1', 'event 2']);
  expect(second).toEqual(['snapshot 1', 'event 2']);
});

test('leaving the loop unsubscribes', async () => {
  const { hub, fake } = await connected();
  for await (const event of hub.watch()) {
    expect(event.type).toBe('snapshot');
    break;
  }
  await settled();
  expect(fake.connection.last('unsubscribe').lane).toBe('main');
});

test('after a lost connection it goes on after what was seen', async () => {
  const { hub, fake, clock } = await connected();
  const seen = collect(hub.watch({ topics: ['task', 'text'] }));
  await settled();
  for (const message of [fact(1), fact(2), chunk(0), chunk(1)]) fake.connection.say(message);
  await fake.restart(clock);
  expect(fake.connection.last('subscribe').since).toEqual({ log: 'log-1', seq: 2, streams: { 'task-1/main': 1 } });
  for (const message of [fact(2), fact(3), chunk(1), chunk(2)]) fake.connection.say(message);
  await settled();
  expect(seen).toEqual(['snapshot 0', 'event 1', 'event 2', 'chunk 0', 'chunk 1', 'event 3', 'chunk 2']);
});

test('a newcomer whose subscription was lost on its way still begins with a snapshot', async () => {
  const { hub, fake, clock } = await connected();
  collect(hub.watch());
  await settled();
  fake.connection.say(fact(1));
  fake.on('subscribe', () => undefined);
  const newcomer = collect(hub.watch());
  await settled();
  snapshots(fake, { seq: 1 });
  await fake.restart(clock);
  expect(newcomer).toEqual(['snapshot 1']);
});

test('what cannot be recovered is announced as a gap, then comes a snapshot', async () => {
  const { hub, fake, clock } = await connected();
  const seen = collect(hub.watch());
  await settled();
  fake.connection.say(fact(1));
  snapshots(fake, { seq: 9 });
  await fake.restart(clock);
  fake.connection.say(fact(10));
  await settled();
  expect(seen).toEqual([
    'snapshot 0',
    'event 1',
    'gap not_recovered {"from_seq":2,"to_seq":9}',
    'snapshot 9',
    'event 10',
  ]);
});

test('a gap that the hub announces is passed on, and the view goes on from its snapshot', async () => {
  const { hub, fake } = await connected();
  const seen = collect(hub.watch());
  await settled();
  fake.connection.say({ type: 'gap', lane: 'main', reason: 'lag', facts: { from_seq: 1, to_seq: 6 }, streams: [] });
  fake.connection.say({ ...emptySnapshot({ seq: 6, queue_size: 5 }), type: 'snapshot' });
  fake.connection.say(fact(6));
  fake.connection.say(fact(7));
  await settled();
  expect(seen).toEqual(['snapshot 0', 'gap lag {"from_seq":1,"to_seq":6}', 'snapshot 6', 'event 7']);
});

test('a subscription that the hub ended for lag is made again from where it was', async () => {
  const { hub, fake, clock } = await connected();
  const seen = collect(hub.watch());
  await settled();
  fake.connection.say(fact(1));
  fake.connection.say({ type: 'unsubscribed', lane: 'main', reason: 'lag' });
  await clock.advance(1_000);
  expect(fake.connection.last('subscribe').since).toMatchObject({ seq: 1 });
  fake.connection.say(fact(2));
  await settled();
  expect(seen).toEqual(['snapshot 0', 'event 1', 'gap lag null', 'event 2']);
});

test('a consumer that falls behind gets one gap and then a snapshot, not an endless buffer', async () => {
  const { hub, fake } = await connected({ limits: { watch_items_max: 3 } });
  const watch = hub.watch();
  await settled();
  for (let seq = 1; seq <= 10; seq += 1) fake.connection.say(fact(seq));
  snapshots(fake, { seq: 10 });
  expect(await watch.next()).toMatchObject({ value: { type: 'gap', reason: 'slow_watcher' } });
  await settled();
  fake.connection.say(fact(11));
  expect(await watch.next()).toMatchObject({ value: { type: 'snapshot', seq: 10 } });
  expect(await watch.next()).toMatchObject({ value: { type: 'event', seq: 11 } });
});

test('all lanes are watched by one subscription, which serves watchers of single ones too', async () => {
  const { hub, fake, clock } = await connected();
  const single = collect(hub.watch({ lane: 'side', topics: ['task'] }));
  await settled();
  fake.on('subscribe', ({ since }, connection) => {
    if (since) return { lane: '*', lanes: { side: { log: 'log-1', seq: 1, recovered: true } } };
    queueMicrotask(() => connection.say({ ...emptySnapshot({ lane: 'side', seq: 0 }), type: 'snapshot' }));
    return { lane: '*', lanes: { side: { log: 'log-1', seq: 0, recovered: false } } };
  });
  const all = collect(hub.watch({ lane: '*', topics: ['task'] }));
  await settled();
  expect(fake.connection.last('subscribe').lane).toBe('*');
  expect(fake.connection.all('unsubscribe')).toHaveLength(0);
  fake.connection.say(fact(1, 'side'));
  fake.connection.say(fact(1, 'new'));
  await settled();
  expect(single.at(-1)).toBe('event 1');
  expect(all).toEqual(['snapshot 0', 'event 1', 'event 1']);
  await fake.restart(clock);
  expect(fake.connection.last('subscribe').since).toMatchObject({ side: { seq: 1 }, new: { seq: 1 } });
});

test('a refused watch fails, and the others go on', async () => {
  const { hub, fake } = await connected();
  const seen = collect(hub.watch({ topics: ['task'] }));
  await settled();
  fake.on('subscribe', ({ topics = [], since }) =>
    topics.includes('audio')
      ? errorOf('encoding_unsupported')
      : { lane: 'main', log: 'log-1', seq: since?.['seq'] ?? 0, recovered: true },
  );
  const refused = collect(hub.watch({ topics: ['audio'] }));
  await settled();
  fake.connection.say(fact(1));
  await settled();
  expect(refused).toEqual(['failed encoding_unsupported']);
  expect(seen).toEqual(['snapshot 0', 'event 1']);
});

test('a subscription that is refused for now is tried again', async () => {
  const { hub, fake, clock } = await connected();
  let refused = 0;
  const answer = { lane: 'main', log: 'log-1', seq: 0, recovered: false, snapshot: emptySnapshot() };
  fake.on('subscribe', () => (refused++ === 0 ? errorOf('internal', true) : answer));
  const seen = collect(hub.watch());
  await settled();
  expect(seen).toEqual([]);
  await clock.advance(1_000);
  expect(seen).toEqual(['snapshot 0']);
});

test('closing the client ends its watches quietly, a terminal close code does not', async () => {
  const quiet = await connected();
  const closed = collect(quiet.hub.watch());
  await settled();
  quiet.hub.close();
  await settled();
  expect(closed).toEqual(['snapshot 0', 'done']);

  const loud = await connected();
  const failed = collect(loud.hub.watch());
  await settled();
  loud.fake.connection.drop(4510);
  await settled();
  expect(failed).toEqual(['snapshot 0', 'failed connection_closed']);
});

test('hub.state is the latest state of the lane, watched from the first look', async () => {
  const { hub, fake } = await connected();
  expect(hub.state).toBeUndefined();
  await settled();
  expect(fake.connection.last('subscribe').topics).toEqual(['state']);
  fake.connection.say(state(7));
  expect(hub.state).toMatchObject({ queue_size: 7 });
  expect(fake.connection.all('subscribe')).toHaveLength(1);
});

test('a listener for the state that comes late is told what is known', async () => {
  const { hub, fake } = await connected();
  hub.on('state', () => {});
  await settled();
  fake.connection.say(state(7));
  const late: unknown[] = [];
  hub.on('state', ({ queue_size }) => late.push(queue_size));
  await settled();
  expect(late).toEqual([7]);
});

test('presence, gaps, cuts, progress and snapshots have listeners too', async () => {
  const { hub, fake } = await connected();
  const seen: string[] = [];
  for (const event of ['presence', 'gap', 'cut', 'progress', 'snapshot'] as const)
    hub.on(event, () => seen.push(event));
  await settled();
  seen.length = 0;
  for (const message of [
    { type: 'presence', event: 'client.joined', client: {} },
    { type: 'gap', lane: 'main', reason: 'lag', facts: null, streams: [] },
    { type: 'progress', lane: 'main', task_id: 't' },
    chunk(0),
    { ...chunk(0), epoch: 2 },
    { ...emptySnapshot(), type: 'snapshot' },
  ]) {
    fake.connection.say(message);
  }
  expect(seen).toEqual(['presence', 'gap', 'progress', 'cut', 'snapshot']);
});

test('what was heard is reported, and the latest of it after a lost connection', async () => {
  const { hub, fake, clock } = await connected();
  hub.heard({ task_id: 't', seq: 3 });
  expect(fake.connection.last('stream.heard')).toEqual({
    type: 'stream.heard',
    lane: 'main',
    task_id: 't',
    stream: 'main',
    seq: 3,
  });
  fake.connection.drop();
  hub.heard({ task_id: 't', seq: 4, sink: 'speaker' });
  hub.heard({ task_id: 't', seq: 5, sink: 'speaker' });
  await clock.advance(1_000);
  expect(fake.connection.all('stream.heard').map(({ seq }) => seq)).toEqual([5]);
});

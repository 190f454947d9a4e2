import { expect, test } from 'vitest';
import type { WatchEvent } from './lane-view.js';
import { settled } from './testing/fake-clock.js';
import { emptySnapshot, type FakeHub } from './testing/fake-hub.js';
import { connected } from './testing/setup.js';
import type { WatchQueue } from './watch-queue.js';

function collect(watch: WatchQueue): string[] {
  const seen: string[] = [];
  const brief = (event: WatchEvent) => (event.type === 'gap' ? `gap ${event.reason}` : event.type);
  void (async () => {
    for await (const event of watch) seen.push(brief(event));
  })();
  return seen;
}

/** Types of what the client asked for on its latest connection, `hello` aside. */
const asked = (fake: FakeHub) => fake.connection.received.map(({ type }) => type).filter((type) => type !== 'hello');

test('a paused client asks the hub for silence, and goes on with its snapshot', async () => {
  const { hub, fake } = await connected();
  const seen = collect(hub.watch());
  await settled();
  hub.pauseWatching();
  hub.pauseWatching();
  await settled();
  expect(asked(fake)).toEqual(['subscribe', 'watch.pause']);
  hub.resumeWatching();
  hub.resumeWatching();
  await settled();
  expect(asked(fake)).toEqual(['subscribe', 'watch.pause', 'watch.resume']);
  fake.connection.say({ type: 'gap', lane: 'main', reason: 'paused', facts: null, streams: [] });
  fake.connection.say({ ...emptySnapshot({ seq: 9 }), type: 'snapshot' });
  await settled();
  expect(seen).toEqual(['snapshot', 'gap paused', 'snapshot']);
});

test('what is watched during a pause is asked for after it', async () => {
  const { hub, fake } = await connected();
  collect(hub.watch());
  await settled();
  hub.pauseWatching();
  const seen = collect(hub.watch({ lane: 'side' }));
  await settled();
  expect(asked(fake)).toEqual(['subscribe', 'watch.pause']);
  hub.resumeWatching();
  await settled();
  expect(asked(fake).slice(2)).toEqual(['watch.resume', 'subscribe']);
  expect(fake.connection.last('subscribe')).toMatchObject({ lane: 'side' });
  expect(seen).toEqual(['snapshot']);
});

test('what is let go during a pause is not watched after it', async () => {
  const { hub, fake } = await connected();
  const watch = hub.watch();
  await settled();
  hub.pauseWatching();
  await watch.return();
  hub.resumeWatching();
  await settled();
  expect(asked(fake)).toEqual(['subscribe', 'watch.pause', 'watch.resume', 'unsubscribe']);
});

test('a connection that is made during a pause is subscribed to nothing before its end, and then from a snapshot', async () => {
  const { hub, fake, clock } = await connected();
  const seen = collect(hub.watch());
  await settled();
  hub.pauseWatching();
  fake.connection.drop();
  await clock.advance(5_000);
  await settled();
  expect(fake.connections).toHaveLength(2);
  expect(asked(fake)).toEqual([]);
  hub.resumeWatching();
  await settled();
  expect(asked(fake)).toEqual(['subscribe']);
  expect(fake.connection.last('subscribe')).not.toHaveProperty('since');
  expect(seen).toEqual(['snapshot', 'snapshot']);
});

test('a client that is paused from the start watches nothing, and is ready all the same', async () => {
  const { hub, fake } = await connected();
  hub.pauseWatching();
  const seen = collect(hub.watch());
  await settled();
  expect(asked(fake)).toEqual([]);
  hub.resumeWatching();
  await settled();
  expect(seen).toEqual(['snapshot']);
});

test('a pause that ends while there is no connection leaves nothing behind', async () => {
  const { hub, fake, clock } = await connected();
  const seen = collect(hub.watch());
  await settled();
  hub.pauseWatching();
  await settled();
  fake.connection.drop();
  hub.resumeWatching();
  await clock.advance(5_000);
  await settled();
  expect(asked(fake)).toEqual(['subscribe']);
  expect(seen).toEqual(['snapshot', 'snapshot']);
});

import { DEFAULT_TOPICS, type Topic, type WatchMessage } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import { Audience } from './audience.js';
import type { Batch } from './batch.js';
import { Broadcast } from './broadcast.js';
import { Feed } from './feed.js';
import { Subscription } from './subscription.js';

const access = { principal: 'p', grants: { roles: [], lanes: ['a'], max_priority: 'LOW' as const } };

class Reader {
  readonly batches: Batch[] = [];
  readonly subscription: Subscription;

  constructor(topics: readonly Topic[], lane = 'a', lanes = ['a']) {
    const allowed = { ...access, grants: { ...access.grants, lanes } };
    const watcher = { take: () => {}, takeBatch: (batch: Batch) => void this.batches.push(batch) };
    this.subscription = new Subscription(watcher, allowed, lane, topics);
  }

  get told(): string[] {
    return this.batches.map(({ broadcasts }) => broadcasts.map(({ kind }) => kind).join());
  }
}

function make(...readers: Reader[]): { feed: Feed; gathering: Set<Feed> } {
  const wildcards = new Audience();
  const gathering = new Set<Feed>();
  const feed = new Feed({ lane: 'a', wildcards, gathering });
  for (const { subscription } of readers) (subscription.all ? wildcards : feed.audience).add(subscription);
  return { feed, gathering };
}

const broadcast = (message: object): Broadcast => new Broadcast({ lane: 'a', ...message } as WatchMessage);
const fact = (): Broadcast => broadcast({ type: 'event' });
const chunk = (data: string | Uint8Array): Broadcast => broadcast({ type: 'chunk', data });

test('what a turn brought is one batch for all who want the same, in whatever order they named it', () => {
  const a = new Reader(['task', 'text']);
  const b = new Reader(['text', 'task', 'text']);
  const c = new Reader(['text']);
  const { feed } = make(a, b, c);
  feed.push(fact());
  feed.push(chunk('x'));
  feed.push(chunk(new Uint8Array(1)));
  expect(a.batches).toEqual([]);
  feed.flush();
  expect(a.told).toEqual(['fact,text']);
  expect(b.batches[0]).toBe(a.batches[0]);
  expect(c.told).toEqual(['text']);
});

test('watchers of all lanes share it with those of the lane, as far as their token goes', () => {
  const one = new Reader(DEFAULT_TOPICS);
  const all = new Reader(DEFAULT_TOPICS, '*', ['*']);
  const elsewhere = new Reader(DEFAULT_TOPICS, '*', ['b']);
  const { feed } = make(one, all, elsewhere);
  feed.push(fact());
  feed.flush();
  expect(all.batches[0]).toBe(one.batches[0]);
  expect(all.told).toEqual(['fact']);
  expect(elsewhere.told).toEqual([]);
});

test('nobody is told of what nobody of theirs wants, and nothing is gathered where nobody watches', () => {
  const audio = new Reader(['audio']);
  const { feed, gathering } = make(audio);
  feed.push(fact());
  expect(gathering.has(feed)).toBe(true);
  feed.flush();
  expect(audio.batches).toEqual([]);
  expect(gathering.size).toBe(0);
  feed.audience.delete(audio.subscription);
  feed.push(fact());
  expect(gathering.size).toBe(0);
});

test('megabytes of one turn go on before its end, a piece at a time', () => {
  const reader = new Reader(['text']);
  const { feed } = make(reader);
  for (let at = 0; at < 100; at++) feed.push(chunk('x'.repeat(10_000)));
  expect(reader.batches.length).toBeGreaterThan(10);
  feed.flush();
  expect(reader.batches.flatMap(({ broadcasts }) => broadcasts)).toHaveLength(100);
});

test('who comes in the middle of a turn is told what comes after, who leaves is told nothing more', () => {
  const early = new Reader(['task']);
  const late = new Reader(['task']);
  const { feed } = make(early);
  feed.push(fact());
  feed.flush();
  feed.audience.add(late.subscription);
  feed.push(fact());
  feed.push(fact());
  feed.audience.delete(early.subscription);
  feed.flush();
  expect(early.told).toEqual(['fact']);
  expect(late.told).toEqual(['fact,fact']);
});

test('an audience knows its size and its members, however often they are named', () => {
  const reader = new Reader(['task']);
  const audience = new Audience();
  audience.add(reader.subscription);
  audience.add(reader.subscription);
  expect([audience.size, [...audience]]).toEqual([1, [reader.subscription]]);
  audience.delete(reader.subscription);
  audience.delete(reader.subscription);
  expect([audience.size, audience.has(reader.subscription), [...audience]]).toEqual([0, false, []]);
});

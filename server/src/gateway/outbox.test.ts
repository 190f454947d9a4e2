import type { EventMessage } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import { FakeClock } from '../config/testing/fake-clock.js';
import { Broadcast } from '../hub/broadcast.js';
import { Subscription } from '../hub/subscription.js';
import { turnEnds } from '../hub/testing/test-hub.js';
import { Turn } from '../hub/turn.js';
import { Outbox } from './outbox.js';
import { FakeWire } from './testing/fake-wire.js';

const access = { principal: 'p', grants: { roles: [], lanes: ['*'], max_priority: 'LOW' as const } };
const subscription = new Subscription({ take: () => {}, takeBatch: () => {} }, access, 'main', ['task']);

function fact(seq: number, bytes = 0): Broadcast {
  const message = {
    type: 'event',
    lane: 'main',
    log: 'x'.repeat(bytes),
    seq,
    at: 0,
    event: 'lane.started',
  } as EventMessage;
  return new Broadcast(message);
}

function make(): {
  outbox: Outbox;
  wire: FakeWire;
  clock: FakeClock;
  overflows: () => number;
  delivered: () => number;
} {
  const wire = new FakeWire();
  const clock = new FakeClock();
  let overflows = 0;
  let delivered = 0;
  const outbox = new Outbox({
    wire,
    clock,
    turn: new Turn(new FakeClock(), (error) => {
      throw error;
    }),
    drained: () => {},
    delivered: (messages) => {
      delivered += messages;
    },
    overflow: () => {
      overflows += 1;
    },
  });
  return { outbox, wire, clock, overflows: () => overflows, delivered: () => delivered };
}

test('what one turn produced is one write, answers before what is watched', async () => {
  const { outbox, wire } = make();
  outbox.watch(fact(1), subscription, false);
  outbox.control({ type: 'ok', re: 1 });
  outbox.watch(fact(2), subscription, false);
  outbox.control({ type: 'ok', re: 2 });
  expect(wire.writes).toBe(0);
  await turnEnds();
  expect(wire.writes).toBe(1);
  expect(wire.written.map(({ re, seq }) => re ?? seq)).toEqual([1, 2, 1, 2]);
  expect(outbox.idle).toBe(true);
});

test('an order overtakes a megabyte of facts', async () => {
  const { outbox, wire } = make();
  wire.stuck = true;
  for (let seq = 1; seq <= 100; seq++) outbox.watch(fact(seq, 10_000), subscription, false);
  await turnEnds();
  const before = wire.written.length;
  expect(before).toBeLessThan(20);
  outbox.control({ type: 'task.pause' });
  await turnEnds();
  expect(wire.written[before]?.type).toBe('task.pause');
  wire.unstick();
  while (!outbox.idle) await turnEnds();
  const rest = wire.written.filter(({ type }) => type === 'event').map(({ seq }) => seq);
  expect(rest).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
});

test('an order goes before the turn ends, behind the answers that came first; what is watched waits', async () => {
  const { outbox, wire } = make();
  outbox.watch(fact(1), subscription, false);
  outbox.control({ type: 'ok', re: 1 });
  outbox.order({ type: 'task.dispatch' });
  outbox.control({ type: 'ok', re: 2 });
  expect(wire.writes).toBe(0);
  await new Promise<void>((resolve) => process.nextTick(resolve));
  expect(wire.writes).toBe(1);
  expect(wire.written.map(({ re, type }) => re ?? type)).toEqual([1, 'task.dispatch', 2]);
  await turnEnds();
  expect(wire.writes).toBe(2);
  expect(wire.written.at(-1)?.seq).toBe(1);
});

// Megabytes of one turn once made a lagging reader of everybody, before anything had been written to them.
test('a burst goes out a window at a time before its turn is over, so that who reads is not behind', async () => {
  const { outbox, wire } = make();
  wire.stuck = true;
  for (let seq = 1; seq <= 300; seq++) {
    outbox.watch(fact(seq, 10_000), subscription, false);
    wire.leave();
    expect(outbox.unsent.unsent_bytes).toBeLessThan(256 * 1024);
  }
  wire.unstick();
  while (!outbox.idle) await turnEnds();
  expect(wire.written.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
});

test('unsent is what waits and what has not left; a replay does not count', async () => {
  const { outbox, wire } = make();
  wire.stuck = true;
  const bytes = (count: number): number => outbox.unsent.unsent_bytes / count;
  outbox.watch(fact(1, 100_000), subscription, true);
  expect(outbox.unsent.unsent_bytes).toBe(0);
  outbox.watch(fact(2, 1_000), subscription, false);
  outbox.control({ type: 'ok', text: 'y'.repeat(1_000) });
  expect(bytes(2)).toBeGreaterThan(1_000);
  const waiting = outbox.unsent.unsent_bytes;
  await turnEnds();
  expect(outbox.unsent.unsent_bytes).toBe(waiting);
  wire.unstick();
  expect(outbox.unsent.unsent_bytes).toBe(0);
});

test('behind is the age of the oldest that has not left', async () => {
  const { outbox, wire, clock } = make();
  wire.stuck = true;
  outbox.watch(fact(1), subscription, false);
  await turnEnds();
  clock.advance(1_000);
  outbox.watch(fact(2), subscription, false);
  clock.advance(500);
  expect(outbox.unsent.behind_ms).toBe(1_500);
  wire.unstick();
  await turnEnds();
  expect(outbox.unsent.behind_ms).toBe(0);
});

test('a replay that makes progress holds nobody behind', async () => {
  const { outbox, wire, clock } = make();
  wire.stuck = true;
  for (let seq = 1; seq <= 4; seq++) outbox.watch(fact(seq, 200_000), subscription, true);
  outbox.watch(fact(5), subscription, false);
  for (let at = 0; at < 3; at++) {
    await turnEnds();
    clock.advance(10_000);
    expect(outbox.unsent.behind_ms).toBe(10_000);
    wire.leave();
  }
  expect(outbox.unsent.behind_ms).toBe(0);
});

test('what waits for a subscription that is over is forgotten, the rest is not', async () => {
  const { outbox, wire } = make();
  const other = new Subscription({ take: () => {}, takeBatch: () => {} }, access, 'other', ['task']);
  outbox.watch(fact(1), subscription, false);
  outbox.watch(fact(2), other, false);
  outbox.watch(fact(3), subscription, true);
  const { unsent_bytes } = outbox.unsent;
  outbox.purge(subscription);
  expect(outbox.unsent.unsent_bytes).toBe(unsent_bytes / 2);
  await turnEnds();
  expect(wire.written.map(({ seq }) => seq)).toEqual([2]);
});

test('a client that asks and never reads is cut off', () => {
  const { outbox, overflows } = make();
  for (let at = 0; at < 20; at++) outbox.control({ type: 'ok', text: 'y'.repeat(1024 * 1024) });
  expect(overflows()).toBeGreaterThan(0);
});

test('a message for many is encoded once a codec', async () => {
  const broadcast = fact(1);
  const a = make();
  const b = make();
  a.outbox.watch(broadcast, subscription, false);
  const { json } = broadcast;
  b.outbox.watch(broadcast, subscription, false);
  expect(json).not.toBeNull();
  expect(broadcast.json).toBe(json);
  expect(broadcast.msgpack).toBeNull();
});

import { expect, test } from 'vitest';
import { FakeClock } from '../config/testing/fake-clock.js';
import { Turn } from './turn.js';

test('lanes end their turn before outboxes, each once however often it asked', async () => {
  const done: string[] = [];
  const turn = new Turn(new FakeClock(), () => {});
  const lane = { due: false, endTurn: () => void done.push('lane') };
  const outbox = { due: false, endTurn: () => void done.push('outbox') };
  turn.outbox(outbox);
  turn.lane(lane);
  turn.lane(lane);
  expect(done).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toEqual(['lane', 'outbox']);
});

test('a job that fails costs the others nothing', async () => {
  const done: unknown[] = [];
  const turn = new Turn(new FakeClock(), (error) => done.push((error as Error).message));
  turn.lane({
    due: false,
    endTurn: () => {
      throw new Error('a bug');
    },
  });
  turn.lane({ due: false, endTurn: () => void done.push('next') });
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toEqual(['a bug', 'next']);
});

test('a job that asks again while it runs has another turn', async () => {
  let runs = 0;
  const turn = new Turn(new FakeClock(), () => {});
  const job = {
    due: false,
    endTurn: () => {
      runs += 1;
      if (runs < 3) turn.outbox(job);
    },
  };
  turn.outbox(job);
  for (let at = 0; at < 5; at++) await new Promise((resolve) => setImmediate(resolve));
  expect(runs).toBe(3);
});

test('what is urgent goes once the input is dealt with, before the turn ends', async () => {
  const done: string[] = [];
  const turn = new Turn(new FakeClock(), (error) => done.push((error as Error).message));
  const urgent = { goAhead: () => void done.push('urgent') };
  const input = (): void => {
    turn.outbox({ due: false, endTurn: () => void done.push('outbox') });
    turn.urgent({
      goAhead: () => {
        throw new Error('a bug');
      },
    });
    turn.urgent(urgent);
    turn.urgent(urgent);
    done.push('input');
  };
  setImmediate(input);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(done).toEqual(['input', 'a bug', 'urgent', 'outbox']);
});

test('a read with the words of many executors does not keep the first waiting for the last', async () => {
  const done: string[] = [];
  const turn = new Turn(new FakeClock(), () => {});
  const input = (): void => {
    for (let message = 1; message <= 20; message += 1) {
      turn.nextMessage();
      turn.urgent({ goAhead: () => void done.push(`order ${message}`) });
      if (message % 8 === 0) done.push(`${message} dealt with`);
    }
    done.push('all dealt with');
  };
  setImmediate(input);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  const orders = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, n) => `order ${from + n}`);
  expect(done).toEqual([
    '8 dealt with',
    ...orders(1, 8),
    '16 dealt with',
    ...orders(9, 16),
    'all dealt with',
    ...orders(17, 20),
  ]);
});

test('after a long round of telling watchers they wait as long for the next, and nobody else does', async () => {
  const clock = new FakeClock();
  const done: string[] = [];
  const turn = new Turn(clock, () => {});
  const watcher = { due: false, watch_due: false, endTurn: () => void done.push('watcher') };
  const busy = {
    due: false,
    endTurn: () => {
      clock.advance(4);
      turn.watcher(watcher);
    },
  };
  const lane = { due: false, endTurn: () => void done.push('lane') };
  const outbox = { due: false, endTurn: () => void done.push('outbox') };
  const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  turn.lane(busy);
  await turnEnd();
  expect(done.splice(0)).toEqual(['watcher']);
  turn.lane(lane);
  turn.watcher(watcher);
  turn.outbox(outbox);
  clock.advance(3);
  await turnEnd();
  await turnEnd();
  expect(done.splice(0)).toEqual(['outbox']);
  clock.advance(1);
  await turnEnd();
  expect(done.splice(0)).toEqual(['lane', 'watcher']);
});

test.each([
  ['a short round holds up nobody', 1, 0],
  ['the longest wait has a bound', 500, 10],
])('%s', async (_what, took_ms, wait_ms) => {
  const clock = new FakeClock();
  let told = 0;
  const turn = new Turn(clock, () => {});
  turn.lane({ due: false, endTurn: () => clock.advance(took_ms) });
  await new Promise((resolve) => setImmediate(resolve));
  turn.lane({ due: false, endTurn: () => void (told += 1) });
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toBe(wait_ms === 0 ? 1 : 0);
  clock.advance(wait_ms);
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toBe(1);
});

import { expect, test } from 'vitest';
import { Turn } from './turn.js';

test('lanes end their turn before outboxes, each once however often it asked', async () => {
  const done: string[] = [];
  const turn = new Turn(() => {});
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
  const turn = new Turn((error) => done.push((error as Error).message));
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
  const turn = new Turn(() => {});
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
  const turn = new Turn((error) => done.push((error as Error).message));
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

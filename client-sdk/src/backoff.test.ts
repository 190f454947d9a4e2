import { expect, test } from 'vitest';
import { Backoff } from './backoff.js';

const bounds = { min_ms: 500, max_ms: 20_000 };

test('already the first wait is spread, between the floor and twice the floor', () => {
  expect(new Backoff({ ...bounds, random: () => 0 }).next()).toBe(500);
  expect(new Backoff({ ...bounds, random: () => 0.999 }).next()).toBeGreaterThan(990);
});

test('the range doubles with each try and never passes the ceiling', () => {
  const backoff = new Backoff({ ...bounds, random: () => 1 });
  const waits = Array.from({ length: 8 }, () => backoff.next());
  expect(waits).toEqual([1_000, 1_500, 2_500, 4_500, 8_500, 16_500, 20_000, 20_000]);
});

test('a reset begins at the first range again', () => {
  const backoff = new Backoff({ ...bounds, random: () => 1 });
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(1_000);
});

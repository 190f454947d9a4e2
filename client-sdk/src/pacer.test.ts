import { expect, test } from 'vitest';
import { Pacer } from './pacer.js';

const limits = { requests_per_s: 100, requests_burst: 200 };

test('a burst goes at once, then requests are spaced below the rate of the hub', () => {
  const pacer = new Pacer();
  pacer.reset(limits, 0);
  let sent = 0;
  while (pacer.take(0) === 0) sent += 1;
  expect(sent).toBe(160);
  expect(pacer.take(0)).toBe(13);
  expect(pacer.take(13)).toBe(0);
});

test('over ten seconds no more goes out than the hub takes', () => {
  const pacer = new Pacer();
  pacer.reset(limits, 0);
  let sent = 0;
  for (let at = 0; at < 10_000; at += 1) while (pacer.take(at) === 0) sent += 1;
  expect(sent).toBeLessThanOrEqual(200 + 100 * 10);
});

test('a hub without a rate is not paced', () => {
  const pacer = new Pacer();
  pacer.reset({}, 0);
  for (let sent = 0; sent < 10_000; sent += 1) expect(pacer.take(0)).toBe(0);
});

test('after a refusal nothing goes out until the hub said', () => {
  const pacer = new Pacer();
  pacer.reset(limits, 0);
  pacer.block(700);
  expect(pacer.take(100)).toBe(600);
  expect(pacer.take(700)).toBe(0);
});

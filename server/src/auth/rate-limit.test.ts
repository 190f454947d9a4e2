import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit.js';

const options = { requests_per_s: 10, requests_burst: 20, rate_limited_close_ms: 10_000 };

function burst(limit: RateLimit, now_ms: number, times: number): string[] {
  return Array.from({ length: times }, () => limit.take(now_ms).kind);
}

test('a burst passes, what is past it is told when to try again', () => {
  const limit = new RateLimit(options, 0);
  expect(burst(limit, 0, 20).every((kind) => kind === 'pass')).toBe(true);
  expect(limit.take(0)).toEqual({ kind: 'limited', retry_after_ms: 100, flood: false });
  expect(limit.take(40)).toEqual({ kind: 'limited', retry_after_ms: 60, flood: false });
  expect(limit.take(100)).toEqual({ kind: 'pass' });
  expect(limit.take(101)).toMatchObject({ kind: 'limited' });
});

test('the burst grows back, and no further', () => {
  const limit = new RateLimit(options, 0);
  burst(limit, 0, 20);
  expect(burst(limit, 60_000, 21).filter((kind) => kind === 'pass')).toHaveLength(20);
});

test('being limited without a pause for so long is the end', () => {
  const limit = new RateLimit(options, 0);
  burst(limit, 0, 21);
  for (let now = 50; now < 10_000; now += 50) expect(burst(limit, now, 5)).not.toContain('close');
  expect(burst(limit, 10_050, 5)).toContain('close');
});

test.each([0, 20, 300])('who waits as told, and %i ms more, is never closed', (more_ms) => {
  const limit = new RateLimit(options, 0);
  let refused = 0;
  for (let now = 0; now < 60_000; ) {
    const verdict = limit.take(now);
    expect(verdict.kind).not.toBe('close');
    if (verdict.kind !== 'limited') continue;
    refused += 1;
    now += verdict.retry_after_ms + more_ms;
  }
  expect(refused).toBeGreaterThan(100);
});

test('a client that holds still for a while starts anew', () => {
  const limit = new RateLimit(options, 0);
  burst(limit, 0, 21);
  for (let now = 50; now < 9_000; now += 50) burst(limit, now, 5);
  expect(burst(limit, 12_000, 30)).not.toContain('close');
});

test('a whole burst of refusals is a flood', () => {
  const limit = new RateLimit(options, 0);
  burst(limit, 0, 41);
  expect(limit.take(0)).toMatchObject({ kind: 'limited', flood: true });
});

test('a rate of 0 limits nothing', () => {
  const limit = new RateLimit({ ...options, requests_per_s: 0, requests_burst: 0 }, 0);
  expect(new Set(burst(limit, 0, 10_000))).toEqual(new Set(['pass']));
});

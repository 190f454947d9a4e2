import { expect, test } from 'vitest';
import { retainFlag } from './retain.js';

test('history is bounded by a time, a size, or both', () => {
  expect(retainFlag('7d')).toEqual({ retain_ms: 604_800_000 });
  expect(retainFlag('1GiB')).toEqual({ retain_bytes: 1_073_741_824 });
  expect(retainFlag('12h, 500mb')).toEqual({ retain_ms: 43_200_000, retain_bytes: 500_000_000 });
  expect(retainFlag('0')).toEqual({ retain_ms: 0, retain_bytes: 0 });
});

test('anything else is refused with how to write it', () => {
  for (const wrong of ['', '7', 'd', '7 days', '1GiB;7d', '-1d', '1TiB']) {
    expect(() => retainFlag(wrong), wrong).toThrow(/7d,1GiB/);
  }
});

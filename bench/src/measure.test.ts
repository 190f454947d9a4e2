import { expect, test } from 'vitest';
import { median, percentile, ratio, rounded, spread, spreadFigures } from './measure.js';

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test('a percentile is a value that was measured, by nearest rank', () => {
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile(hundred, 1)).toBe(100);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([1, 1000], 0.5)).toBe(1);
});

test('values are ordered as numbers', () => {
  expect(median([9, 10, 100])).toBe(10);
});

test('a percentile of nothing is refused, since any figure would be made up', () => {
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});

test('a spread is rounded to three digits and leaves what was measured as it is', () => {
  const values = [3.000_01, 1.234_56, 2];
  expect(spread(values)).toEqual({ p50: 2, p99: 3, max: 3 });
  expect(values).toEqual([3.000_01, 1.234_56, 2]);
  expect(rounded(0.012_345)).toBe(0.0123);
});

test('a ratio to nothing is no number', () => {
  expect(ratio(1, 3)).toBe(0.333);
  expect(ratio(1, 0)).toBeNaN();
});

test('figures carry their unit in the name', () => {
  expect(spreadFigures('switch', { p50: 1, p99: 2, max: 3 })).toEqual({
    switch_p50_ms: 1,
    switch_p99_ms: 2,
    switch_max_ms: 3,
  });
});

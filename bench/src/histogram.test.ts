import { expect, test } from 'vitest';
import { Histogram } from './histogram.js';

test('a percentile is the upper end of the step that has the value of its rank', () => {
  const histogram = new Histogram();
  for (let ms = 1; ms <= 100; ms += 1) histogram.add(ms - 0.05);
  expect([histogram.percentile(0.5), histogram.percentile(0.99), histogram.percentile(1)]).toEqual([50, 99, 100]);
});

test('those of several processes are counted together, and nothing falls out at the ends', () => {
  const [a, b] = [new Histogram(), new Histogram()];
  a.add(-3);
  b.add(1e9);
  b.add(5);
  a.merge(b.counts);
  expect(a.size).toBe(3);
  expect(a.percentile(0.01)).toBe(0.1);
});

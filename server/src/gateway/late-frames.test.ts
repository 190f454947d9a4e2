import { expect, test } from 'vitest';
import { LateFrames } from './late-frames.js';

test('a run is told once that it is late, each of its epochs anew', () => {
  const late = new LateFrames();
  expect(late.first('t', 1)).toBe(true);
  expect(late.first('t', 1)).toBe(false);
  expect(late.first('t', 2)).toBe(true);
  expect(late.first('u', 1)).toBe(true);
});

test('the memory of it is bounded: the oldest run may be told again', () => {
  const late = new LateFrames();
  for (let epoch = 0; epoch < 257; epoch++) late.first('t', epoch);
  expect(late.first('t', 256)).toBe(false);
  expect(late.first('t', 0)).toBe(true);
});

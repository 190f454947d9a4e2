import { expect, test } from 'vitest';
import { paceOf } from './backpressure.js';

const limits = { unsent_low_bytes: 256, unsent_high_bytes: 1_024, unsent_hard_bytes: 4_096, unsent_behind_ms: 15_000 };

test.each([
  ['live', 0, 0, 'live'],
  ['live', 1_024, 0, 'live'],
  ['live', 1_025, 0, 'lagging'],
  ['lagging', 1_000, 0, 'lagging'],
  ['lagging', 256, 0, 'lagging'],
  ['lagging', 255, 0, 'live'],
  ['live', 4_097, 0, 'dropped'],
  ['lagging', 4_096, 0, 'lagging'],
  ['lagging', 4_097, 0, 'dropped'],
  ['live', 10, 15_000, 'live'],
  ['live', 10, 15_001, 'dropped'],
] as const)('%s with %i bytes unsent for %i ms is %s', (pace, unsent_bytes, behind_ms, then) => {
  expect(paceOf(pace, { unsent_bytes, behind_ms }, limits)).toBe(then);
});

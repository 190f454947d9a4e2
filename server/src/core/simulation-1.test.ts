import { describe } from 'vitest';
import { schedules } from './testing/schedules.js';

// Two files, so that two cores share the work.
describe('simulated schedules, first half', () => {
  schedules(1, 600);
});

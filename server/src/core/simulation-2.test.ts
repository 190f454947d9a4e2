import { describe } from 'vitest';
import { schedules } from './testing/schedules.js';

describe('simulated schedules, second half', () => {
  schedules(1_001, 1_000);
});

import { describe } from 'vitest';
import { schedules } from './testing/schedules.js';

describe('simulated schedules, second half', () => {
  schedules(601, 600);
});

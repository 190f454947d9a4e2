import { describe, expect, it } from 'vitest';
import { CLOSE_CODES, shouldReconnect } from './errors.js';

describe('shouldReconnect', () => {
  it('says yes up to 4499 and no from 4500 on', () => {
    expect([1000, 1006, 1012, 4000, 4400, 4408, 4499].map(shouldReconnect)).toEqual(Array(7).fill(true));
    expect([4500, 4509, 4999].map(shouldReconnect)).toEqual([false, false, false]);
  });

  it('lets a client back after its token ended, and not after an operator removed it', () => {
    expect(shouldReconnect(CLOSE_CODES.token_ended)).toBe(true);
    expect(shouldReconnect(CLOSE_CODES.removed)).toBe(false);
  });
});

import { expect, test } from 'vitest';
import { KeptToken } from './kept-token.js';

test('a token is kept for the next page of the tab, until it is forgotten', () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  new KeptToken(() => store).keep('abc');
  const next = new KeptToken(() => store);
  expect(next.token).toBe('abc');
  next.forget();
  expect([next.token, new KeptToken(() => store).token, kept.size]).toEqual([null, null, 0]);
});

test('a browser that blocks storage still keeps it as long as the page', () => {
  const blocked = (): never => {
    throw new Error('SecurityError');
  };
  const locked = { getItem: blocked, setItem: blocked, removeItem: blocked };
  for (const store of [blocked, () => locked]) {
    const token = new KeptToken(store);
    expect(token.token).toBeNull();
    token.keep('abc');
    expect(token.token).toBe('abc');
    token.forget();
    expect(token.token).toBeNull();
  }
});

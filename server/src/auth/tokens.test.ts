import { expect, test } from 'vitest';
import { bearerToken } from './bearer.js';
import { Tokens } from './tokens.js';

const all = { roles: ['producer' as const], lanes: ['*'], max_priority: 'HIGH' as const };

test('a known token speaks for its principal', () => {
  const tokens = new Tokens([
    { name: 'a', token: 'token-of-a', ...all },
    { name: 'b', token: 'token-of-b', ...all, lanes: ['stage'] },
  ]);
  expect(tokens.authenticate('token-of-a', 0)).toEqual({ principal: 'a', grants: all });
  expect(tokens.authenticate('token-of-b', 0)).toMatchObject({ principal: 'b', grants: { lanes: ['stage'] } });
});

test('an unknown token, a part of one and none at all are nobody', () => {
  const tokens = new Tokens([{ name: 'a', token: 'token-of-a', ...all }]);
  for (const token of ['token-of-b', 'token-of-', 'token-of-a ', '', undefined]) {
    expect(tokens.authenticate(token, 0)).toBeNull();
  }
});

test('a token is good until the moment it expires', () => {
  const tokens = new Tokens([{ name: 'a', token: 'token-of-a', ...all, expires_at: 100 }]);
  expect(tokens.authenticate('token-of-a', 99)).toMatchObject({ principal: 'a', expires_at: 100 });
  expect(tokens.authenticate('token-of-a', 100)).toBeNull();
});

test.each([
  ['Bearer abc', 'abc'],
  ['bearer  abc ', 'abc'],
  ['Basic abc', undefined],
  ['Bearer', undefined],
  ['Bearer a b', undefined],
  [undefined, undefined],
])('the header %j holds the token %j', (header, token) => {
  expect(bearerToken(header)).toBe(token);
});

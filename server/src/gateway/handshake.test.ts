import type { HelloMessage } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import type { Access } from '../auth/access.js';
import { judgeHello } from './handshake.js';

const access: Access = { principal: 'p', grants: { roles: [], lanes: [], max_priority: 'LOW' } };
const hello: HelloMessage = { type: 'hello', client: { name: 'c' } };
const authenticate = (token: string | undefined): Access | null => (token === 'good' ? access : null);

test('a good token is welcome, in the message or in the header', () => {
  expect(judgeHello({ ...hello, token: 'good' }, undefined, authenticate)).toEqual({ kind: 'welcome', access });
  expect(judgeHello(hello, 'good', authenticate)).toEqual({ kind: 'welcome', access });
});

test('the token of the message counts before that of the header', () => {
  expect(judgeHello({ ...hello, token: 'bad' }, 'good', authenticate)).toMatchObject({ close: 'not_authenticated' });
  expect(judgeHello({ ...hello, token: 'good' }, 'bad', authenticate)).toMatchObject({ kind: 'welcome' });
});

test('no token and a bad one are told apart in the reason', () => {
  expect(judgeHello(hello, undefined, authenticate)).toMatchObject({
    close: 'not_authenticated',
    reason: expect.stringContaining('needed'),
  });
  expect(judgeHello({ ...hello, token: 'bad' }, undefined, authenticate)).toMatchObject({
    reason: expect.stringContaining('not known'),
  });
});

test('another version of the protocol is refused before the token is looked at', () => {
  expect(judgeHello({ ...hello, protocol: 2, token: 'good' }, undefined, authenticate)).toMatchObject({
    close: 'version',
  });
  expect(judgeHello({ ...hello, protocol: 1, token: 'good' }, undefined, authenticate)).toMatchObject({
    kind: 'welcome',
  });
});

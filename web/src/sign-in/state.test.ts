import { ConnectionClosed, type ConnectionChange } from '@cuehub/client';
import { describe, expect, it } from 'vitest';
import { afterConnection, type SignInState } from './state.js';

const ended = (status: 'waiting' | 'closed', code: number): ConnectionChange => ({
  status,
  error: new ConnectionClosed(code, '', status === 'waiting'),
});
const TRYING: SignInState = { at: 'trying', unreachable: false };
const IN: SignInState = { at: 'signed_in' };

describe('signing in', () => {
  it('is done when the hub welcomes the token', () => {
    expect(afterConnection(TRYING, { status: 'connecting' })).toBe(TRYING);
    expect(afterConnection(TRYING, { status: 'connected' })).toEqual(IN);
  });

  it('goes on while the hub cannot be reached, and says so', () => {
    const away = afterConnection(TRYING, ended('waiting', 1006));
    expect(away).toEqual({ at: 'trying', unreachable: true });
    expect(afterConnection(away, ended('waiting', 1006))).toBe(away);
    expect(afterConnection(away, { status: 'connected' })).toEqual(IN);
  });

  it('fails with a reason when the hub refuses the token or what it is for', () => {
    for (const code of [4501, 4503]) {
      expect(afterConnection(TRYING, ended('closed', code))).toEqual({
        at: 'signed_out',
        problem: expect.stringContaining('token'),
      });
    }
  });
});

describe('somebody who is signed in', () => {
  it('stays so while the hub is away, and when a connection ends for a reason of its own', () => {
    expect(afterConnection(IN, ended('waiting', 1006))).toBe(IN);
    expect(afterConnection(IN, { status: 'connected' })).toBe(IN);
    for (const code of [1000, 4510, 4509]) expect(afterConnection(IN, ended('closed', code))).toBe(IN);
  });

  it('is not any more when the hub does not know the token after a restart', () => {
    expect(afterConnection(IN, ended('closed', 4501))).toMatchObject({ at: 'signed_out' });
  });

  it('is not brought back by a late word of a connection that was left', () => {
    const out: SignInState = { at: 'signed_out', problem: null };
    expect(afterConnection(out, { status: 'connected' })).toBe(out);
  });
});

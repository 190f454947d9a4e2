import { describe, expect, it } from 'vitest';
import { addressToken, watchesOnly } from './rights.js';

const watcher = { token: 'w', grants: { roles: ['observer' as const], lanes: ['*'] } };
const owner = {
  token: 'o',
  grants: { roles: ['producer' as const, 'worker' as const, 'observer' as const, 'operator' as const], lanes: ['*'] },
};

describe('the token of the address', () => {
  it('is the one that was typed when it only watches', () => {
    expect(watchesOnly(watcher.grants)).toBe(true);
    expect(addressToken(watcher, null, false)).toMatchObject({ token: 'w', kind: 'good' });
  });

  it('is the watch-only one of the hub when what was typed may do more', () => {
    expect(watchesOnly(owner.grants)).toBe(false);
    expect(addressToken(owner, 'w', false)).toMatchObject({ token: 'w', kind: 'replaced' });
    expect(addressToken(owner, 'w', true).token).toBe('w');
  });

  it('is none where the hub has no such token, before the streamer was told what it means and wants it', () => {
    const told = addressToken(owner, null, false);
    expect(told).toMatchObject({ token: null, kind: 'warning' });
    expect(told.text).toMatch(/can do more than watch.*stop the hub’s lanes.*--watch-token/);
    expect(addressToken(owner, null, true).token).toBe('o');
    const producer = { token: 'p', grants: { roles: ['producer' as const], lanes: ['main'] } };
    expect(addressToken(producer, null, false).text).toContain('can submit tasks.');
  });
});

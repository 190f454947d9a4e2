import { describe, expect, it } from 'vitest';
import { alertLabel, alertOf, FROM_CHARS_MAX, MESSAGE_CHARS_MAX } from './alert.js';

describe('an alert', () => {
  it.each([
    ['donation', { from: 'Ada', amount: '$20', message: 'Great  show!' }, ['donation', 'Ada', '$20', 'Great show!']],
    ['donation', { user: 'Ada', amount: 5, currency: 'EUR' }, ['donation', 'Ada', '5 EUR', '']],
    ['cheer', { from: 'Ada', bits: 100 }, ['donation', 'Ada', '100 bits', '']],
    ['raid', { from: 'Grace', viewers: 42 }, ['raid', 'Grace', '42 viewers', '']],
    ['raid', { from: 'Grace', viewers: 1 }, ['raid', 'Grace', '1 viewer', '']],
    ['subscription', { name: 'Lin', months: 7, message: '七' }, ['subscription', 'Lin', '7 months', '七']],
    ['voice_command', { command: 'lights on', from: '' }, ['command', '', '', 'lights on']],
  ])('is known by the name of its task: %s %j', (name, args, [kind, from, figure, message]) => {
    expect(alertOf({ name, args })).toEqual({ kind, from, figure, message });
  });

  it('is known by meta too, whose fields win', () => {
    const meta = { alert: 'raid', from: 'Grace Hopper' };
    expect(alertOf({ name: 'say', args: { from: 'grace', viewers: 3 }, meta })).toMatchObject({
      kind: 'raid',
      from: 'Grace Hopper',
      figure: '3 viewers',
    });
    expect(alertOf({ name: 'say', meta: { alert: true, message: 'Hi' } })).toMatchObject({ kind: 'notice' });
    expect(alertOf({ name: 'say', meta: { alert: 'boss_fight' } })).toMatchObject({ kind: 'notice' });
  });

  it('is none when meta says so, or nothing does', () => {
    expect(alertOf({ name: 'voice_command', meta: { alert: false } })).toBeNull();
    expect(alertOf({ name: 'chat_response', args: { from: 'Ada', amount: '$20' } })).toBeNull();
  });

  it('says only its kind when its payload is not known, or is nothing one can read', () => {
    const bare = { kind: 'donation', from: '', figure: '', message: '' };
    for (const args of [undefined, null, 'text', 3, ['from'], { from: {}, amount: [], message: true }]) {
      expect(alertOf({ name: 'donation', ...(args === undefined ? {} : { args }) })).toEqual(bare);
    }
  });

  it('is clipped between characters, however they are made', () => {
    const family = '👩‍👩‍👧‍👦';
    const alert = alertOf({ name: 'donation', args: { from: family.repeat(30), message: 'm'.repeat(9_000) } });
    expect(alert?.from.endsWith(`${family}…`)).toBe(true);
    expect(alert?.from.length).toBeLessThanOrEqual(FROM_CHARS_MAX);
    expect(alert?.message).toHaveLength(MESSAGE_CHARS_MAX);
  });

  it('has a short name for the queue', () => {
    expect(alertLabel({ kind: 'donation', from: 'Ada', figure: '$20', message: '' })).toBe('Ada · $20');
    expect(alertLabel({ kind: 'donation', from: '', figure: '', message: 'x' })).toBe('');
  });
});

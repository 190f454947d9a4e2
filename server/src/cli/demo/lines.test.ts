import { expect, test } from 'vitest';
import { parseLine, pauseAfter_ms } from './lines.js';
import { SCRIPT } from './script.js';

test('a line that begins with the wake word is a voice command, without the word and what follows it', () => {
  expect(parseLine('Fido, what time is it?', 'fido')).toEqual({ kind: 'voice', command: 'what time is it?' });
  expect(parseLine('fido', 'fido')).toEqual({ kind: 'voice', command: '' });
  expect(parseLine('fidonet was fun', 'fido')?.kind).toBe('chat');
  expect(parseLine('tell fido', 'fido')?.kind).toBe('chat');
  expect(parseLine('hey rex sit', 'hey rex')).toEqual({ kind: 'voice', command: 'sit' });
});

test('money, a name and a colon are a donation', () => {
  expect(parseLine('$20 Ada: nice ducks', 'fido')).toEqual({
    kind: 'donation',
    amount: '$20',
    from: 'Ada',
    message: 'nice ducks',
  });
  expect(parseLine('$20 is a lot', 'fido')?.kind).toBe('chat');
});

test('an exclamation mark in front protects the reply; empty lines and comments are nothing', () => {
  expect(parseLine('! the punch line', 'fido')).toEqual({ kind: 'chat', text: 'the punch line', protected: true });
  expect(parseLine('hello', 'fido')).toEqual({ kind: 'chat', text: 'hello', protected: false });
  expect([parseLine('  ', 'fido'), parseLine('# note', 'fido')]).toEqual([null, null]);
});

test('the script has everything that can happen in it, and speech is cut short by what comes next', () => {
  const lines = SCRIPT.map((line) => parseLine(line.replace('{wake}', 'rex'), 'rex'));
  const kinds = lines.map((line) => line?.kind);
  expect(new Set(kinds)).toEqual(new Set(['chat', 'voice', 'donation']));
  const before = lines[kinds.indexOf('donation') - 1];
  expect(before).toMatchObject({ kind: 'chat', protected: true });
  const chat = lines.filter((line) => line?.kind === 'chat');
  for (const line of chat) expect(pauseAfter_ms(line, 100)).toBeLessThan(line.text.split(' ').length * 100);
});

import { expect, test } from 'vitest';
import { clean, cut, fit, wrap } from './cells.js';

test('what a terminal would obey never reaches it', () => {
  expect(clean('a\u001b[2Jb\u0007c\u009bd\ne\tf\u202eg')).toBe('a[2Jbcd e fg');
});

test('text is cut by cells, not by characters', () => {
  expect(cut('hello', 5)).toBe('hello');
  expect(cut('hello there', 6)).toBe('hello…');
  expect(cut('日本語です', 5)).toBe('日本…');
  expect(cut('👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 3)).toBe('👨‍👩‍👧‍👦…');
  expect(cut('hello', 0)).toBe('');
});

test('a line is cut as a whole and its styles take no room', () => {
  const style = (text: string) => `<b>${text}</b>`;
  expect(fit([{ text: 'abc', style }, 'def'], 5)).toBe('<b>abc</b>d…');
  expect(fit([{ text: 'abcdef', style }, 'never'], 4)).toBe('<b>abc…</b>');
});

test('text is wrapped between words, and a word that is too long inside', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('a extraordinary b', 6)).toEqual(['a', 'extrao', 'rdinar', 'y b']);
  expect(wrap('日本語です', 4)).toEqual(['日本', '語で', 'す']);
  expect(wrap('', 4)).toEqual(['']);
});

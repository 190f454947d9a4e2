import { describe, expect, it } from 'vitest';
import { SpokenText, TEXT_CHARS_MAX } from './spoken-text.js';

const spoken = (...chunks: string[]): SpokenText => {
  const text = new SpokenText();
  for (const [seq, data] of chunks.entries()) text.add(seq, data);
  return text;
};

describe('spoken text', () => {
  it('is cut at a chunk, and goes on from there', () => {
    const text = spoken('a ', 'b ', 'c ', 'd ');
    text.cut(2);
    expect([text.text, text.next_seq]).toEqual(['a b ', 2]);
    text.add(2, 'C ');
    expect(text.text).toBe('a b C ');
    text.cut(9);
    expect(text.text).toBe('a b C ');
  });

  it('says where chunks are missing', () => {
    const text = spoken('a');
    text.add(5, 'b');
    expect(text.text).toBe('a … b');
    const late = new SpokenText();
    late.add(7, 'end');
    expect([late.text, late.begins_late]).toEqual(['end', true]);
  });

  it('has a bound, drops the beginning, and still cuts at the right place', () => {
    const text = spoken('x'.repeat(TEXT_CHARS_MAX), 'y', 'z');
    expect(text.text.length).toBeLessThanOrEqual(TEXT_CHARS_MAX);
    expect(text.text.endsWith('xyz')).toBe(true);
    expect(text.begins_late).toBe(true);
    text.cut(2);
    expect(text.text.endsWith('xy')).toBe(true);
  });

  it('cuts at the right place of what came before the beginning was dropped', () => {
    const text = spoken('x'.repeat(60_000), 'MARK', 'z'.repeat(10_000));
    expect(text.begins_late).toBe(true);
    text.cut(2);
    expect(text.text.endsWith('xMARK')).toBe(true);
    text.cut(1);
    expect(text.text.endsWith('xx')).toBe(true);
  });

  it('never begins with half a character', () => {
    const text = spoken('😀'.repeat(TEXT_CHARS_MAX / 2), 'a');
    expect(text.text.startsWith('😀')).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { nextPiece, PIECE_CHARS_MAX } from './sentence.js';

/** All pieces of a text that is complete. */
function pieces(text: string): string[] {
  const found: string[] = [];
  for (let from = 0; ; ) {
    const piece = nextPiece(text, from, true);
    if (piece === null) return found;
    found.push(piece.text);
    from = piece.to;
  }
}

describe('text to be spoken', () => {
  it('is cut into its sentences', () => {
    expect(pieces('Hi! It is 3.14 now. “Really?” she said.\nYes… ok')).toEqual([
      'Hi!',
      'It is 3.14 now.',
      '“Really?”',
      'she said.',
      'Yes…',
      'ok',
    ]);
    expect(pieces('電気をつけました。はい。')).toEqual(['電気をつけました。', 'はい。']);
    expect(pieces(' \n ')).toEqual([]);
  });

  it('waits for the end of a sentence while more text may come', () => {
    expect(nextPiece('So the trick is', 0, false)).toBeNull();
    expect(nextPiece('Version 3.', 0, false)).toBeNull();
    expect(nextPiece('It works. Now', 0, false)).toEqual({ from: 0, to: 10, text: 'It works.' });
    expect(nextPiece('It works. Now', 10, true)).toEqual({ from: 10, to: 13, text: 'Now' });
  });

  it('goes on in the middle of a sentence', () => {
    expect(nextPiece('One two three. Four.', 4, false)).toEqual({ from: 4, to: 15, text: 'two three.' });
  });

  it('is never longer than a voice can say in one piece, and all of it is said once', () => {
    const clause = 'and then it went on, ';
    for (const text of [clause.repeat(40), 'word '.repeat(200), 'x'.repeat(1_000), '😀'.repeat(500)]) {
      const said = pieces(text);
      expect(Math.max(...said.map((piece) => piece.length))).toBeLessThanOrEqual(PIECE_CHARS_MAX);
      expect(said.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      // Throws on half a character.
      expect(said.map(encodeURIComponent)).toHaveLength(said.length);
    }
  });

  it('is not silent for ever where there are no full stops', () => {
    const slow = 'this goes on and on without an end, and nobody knows whether it will ever come to one, '.repeat(2);
    expect(nextPiece(slow, 0, false)?.text).toMatch(/^this goes on .*,$/);
  });
});

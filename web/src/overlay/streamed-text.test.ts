import { describe, expect, it } from 'vitest';
import {
  appendChunk,
  cutText,
  EMPTY_TEXT,
  lastSeqBefore,
  type StreamedText,
  textFromSnapshot,
  TEXT_KEPT_CHARS_AFTER_TRIM,
  TEXT_KEPT_CHARS_MAX,
  WORD_CHARS_MAX,
  wordsUpTo,
} from './streamed-text.js';

const plain = (text: StreamedText): string => text.words.map((word) => word.text).join('');
const streamed = (...chunks: string[]): StreamedText =>
  chunks.reduce((text, chunk, seq) => appendChunk(text, seq, chunk), EMPTY_TEXT);

describe('a streamed text', () => {
  it('is made of words that carry the space after them', () => {
    expect(streamed('Hello there, ', 'friend').words).toEqual([
      { at: 0, text: 'Hello ' },
      { at: 6, text: 'there, ' },
      { at: 13, text: 'friend' },
    ]);
  });

  it('lets a word that comes in two chunks keep its identity', () => {
    expect(streamed('on', 'ce upon').words).toEqual([
      { at: 0, text: 'once ' },
      { at: 5, text: 'upon' },
    ]);
  });

  it('splits a run without spaces into pieces that stay where they are while it grows', () => {
    const run = '漢字'.repeat(30);
    const whole = streamed(run);
    const grown = run.split('').reduce((text, char, seq) => appendChunk(text, seq, char), EMPTY_TEXT);
    expect(grown.words).toEqual(whole.words);
    expect(whole.words.length).toBeGreaterThan(1);
    expect(whole.words.every((word) => word.text.length <= WORD_CHARS_MAX)).toBe(true);
    expect(plain(whole)).toBe(run);
  });

  it('never cuts through what a reader sees as one character', () => {
    const family = '👨‍👩‍👧‍👦';
    const text = streamed(family.repeat(20));
    expect(plain(text)).toBe(family.repeat(20));
    expect(text.words.every((word) => word.text.length % family.length === 0)).toBe(true);
  });

  it('is bounded: the oldest words go in one block', () => {
    let text = EMPTY_TEXT;
    let longest = 0;
    for (let seq = 0; seq < 2_000; seq += 1) {
      text = appendChunk(text, seq, `word${seq} `);
      longest = Math.max(longest, plain(text).length);
    }
    expect(longest).toBeLessThanOrEqual(TEXT_KEPT_CHARS_MAX);
    expect(plain(text).length).toBeGreaterThanOrEqual(TEXT_KEPT_CHARS_AFTER_TRIM - 20);
    expect(plain(text).endsWith('word1998 word1999 ')).toBe(true);
    expect(text.next_seq).toBe(2_000);
  });

  it('shows that something is missing when a chunk was skipped', () => {
    expect(plain(appendChunk(streamed('one ', 'two '), 4, 'five'))).toBe('one two  … five');
  });

  it('takes a chunk that it has seen as a new beginning from there', () => {
    expect(plain(appendChunk(streamed('one ', 'two ', 'three'), 1, 'zwei '))).toBe('one zwei ');
  });

  it('ignores a repeat of a chunk inside of what a snapshot brought', () => {
    const text = textFromSnapshot('one two three ', 0, 3);
    expect(appendChunk(text, 1, 'two ')).toBe(text);
    expect(plain(appendChunk(text, 3, 'four'))).toBe('one two three four');
  });

  it('is the same after a replay from the first chunk as before it', () => {
    let text = textFromSnapshot('one two ', 0, 2);
    for (const [seq, chunk] of ['one ', 'two ', 'three'].entries()) text = appendChunk(text, seq, chunk);
    expect(text.words).toEqual(streamed('one ', 'two ', 'three').words);
  });
});

describe('cutting', () => {
  it('leaves the text before the chunk, also in the middle of a word', () => {
    const cut = cutText(streamed('Hel', 'lo ', 'world'), 1);
    expect(cut === null ? null : plain(cut)).toBe('Hel');
    expect(cut?.next_seq).toBe(1);
  });

  it('at 0 leaves nothing', () => {
    expect(cutText(streamed('a ', 'b'), 0)).toEqual(EMPTY_TEXT);
  });

  it('past the end changes nothing', () => {
    const text = streamed('a ', 'b');
    expect(cutText(text, 2)).toBe(text);
  });

  it('is unknown inside of what a snapshot brought in one piece', () => {
    expect(cutText(textFromSnapshot('one two three', 0, 3), 2)).toBeNull();
  });

  it('before what a snapshot brought leaves nothing', () => {
    expect(cutText(textFromSnapshot('… three', 7, 9), 5)).toEqual({ ...EMPTY_TEXT, next_seq: 5 });
  });
});

describe('a text without spaces', () => {
  it('is made of the words that its readers see, with the marks after them', () => {
    const { words } = streamed('今日は、元気ですか。', '元気です。');
    expect(words.map((word) => word.text)).toEqual(['今日', 'は、', '元気', 'です', 'か。', '元気', 'です。']);
  });

  it('has the same words however it is cut into chunks', () => {
    const whole = 'こんにちは、世界！今日はとても良い天気ですね。上海的天气也很好。';
    const once = streamed(whole).words;
    expect(
      streamed(...Array.from(whole))
        .words.map((word) => word.text)
        .join(''),
    ).toBe(whole);
    expect(streamed(whole.slice(0, 9), whole.slice(9)).words).toEqual(once);
  });

  it('is not cut inside of an emoji that comes in pieces', () => {
    const family = '👩‍👩‍👧‍👦';
    const text = streamed(...Array.from(family.repeat(10)));
    expect(plain(text)).toBe(family.repeat(10));
    for (const word of text.words) expect(word.text.startsWith('👩')).toBe(true);
    for (const word of text.words) expect(word.text.endsWith('👦')).toBe(true);
  });
});

describe('a text that is shown up to a place', () => {
  it('has the words before it, the last one shortened', () => {
    const { words } = streamed('Hello ', 'wor', 'ld');
    expect(wordsUpTo(words, 9).map((word) => word.text)).toEqual(['Hello ', 'wor']);
  });

  it('says which chunk was the last one to be seen in full', () => {
    const text = streamed('Hello ', 'wor', 'ld');
    expect(lastSeqBefore(text, text.end)).toBe(2);
    expect(lastSeqBefore(text, 9)).toBe(1);
    expect(lastSeqBefore(text, 8)).toBe(0);
    expect(lastSeqBefore(text, 2)).toBeNull();
    expect(lastSeqBefore(EMPTY_TEXT, 0)).toBeNull();
  });
});

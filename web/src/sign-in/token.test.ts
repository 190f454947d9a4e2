import { TEXT_LIMITS } from '@cuehub/protocol';
import { describe, expect, it } from 'vitest';
import { tokenIn, tokenTyped, withoutToken } from './token.js';

describe('the fragment of an address', () => {
  it('has the token, with its plus signs', () => {
    expect(tokenIn('#token=abc-1&lane=side')).toBe('abc-1');
    expect(tokenIn('#lane=side&token=a+b/c=')).toBe('a+b/c=');
    expect(tokenIn('#token=a%2Bb')).toBe('a+b');
  });

  it('has none when it is empty or another field only ends alike', () => {
    for (const fragment of ['', '#', '#token=', '#token=%20', '#mytoken=abc', '#lane=token']) {
      expect(tokenIn(fragment), fragment).toBeNull();
    }
  });

  it('keeps everything else when the token is taken out', () => {
    expect(withoutToken('#token=abc')).toBe('');
    expect(withoutToken('#lane=side&token=abc&side=right')).toBe('#lane=side&side=right');
    expect(withoutToken('#token=a&token=b&token')).toBe('');
    expect(withoutToken('#tokens=5&my%20key=a+b')).toBe('#tokens=5&my%20key=a+b');
    expect(withoutToken('')).toBe('');
  });
});

describe('what was typed', () => {
  it('is a token, white space around it aside', () => {
    expect(tokenTyped('  abc-1\n')).toEqual({ token: 'abc-1' });
  });

  it('may be a whole link, or the part behind its #', () => {
    expect(tokenTyped('http://127.0.0.1:8787/overlay#token=a+b&lane=side')).toEqual({ token: 'a+b' });
    expect(tokenTyped('#token=abc')).toEqual({ token: 'abc' });
    expect(tokenTyped('token=abc&lane=x')).toEqual({ token: 'abc' });
  });

  it('is refused with a reason and a way out, and without repeating it', () => {
    const empty = ['', '   ', 'token=', '#token='];
    for (const text of empty) expect(tokenTyped(text), text).toEqual({ problem: expect.stringContaining('empty') });
    const wrong = [
      'http://127.0.0.1:8787/',
      'https://x/#lane=a',
      'Token: abc',
      'x'.repeat(TEXT_LIMITS.token_chars_max + 1),
    ];
    for (const text of wrong) {
      const typed = tokenTyped(text);
      expect(typed, text).toEqual({ problem: expect.stringMatching(/[a-z].*\./) });
      expect(JSON.stringify(typed)).not.toContain(text.trim());
    }
    const longest = 'x'.repeat(TEXT_LIMITS.token_chars_max);
    expect(tokenTyped(longest)).toEqual({ token: longest });
  });
});

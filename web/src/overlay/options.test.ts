import { describe, expect, it } from 'vitest';
import { defaultOptions, fragmentOf, overlayLink, readPageOptions, socketUrl, THEME_NAMES, THEMES } from './options.js';

const plain = { ...defaultOptions(), token: null, problems: [] };

describe('the address of the overlay', () => {
  it('has defaults for everything', () => {
    expect(readPageOptions('')).toEqual(plain);
    expect(readPageOptions('#token=')).toEqual(plain);
  });

  it('carries the token and all options in its fragment', () => {
    const fragment =
      '#token=abc-1&lane=side&name=Fido%20%F0%9F%A6%8A&theme=comic&font=Comic%20Neue&size=1.5&position=top-right&max_lines=2&hide_after_ms=0&show=queue,bubble';
    expect(readPageOptions(fragment)).toEqual({
      token: 'abc-1',
      lane: 'side',
      name: 'Fido 🦊',
      theme: 'comic',
      font: 'Comic Neue',
      size: 1.5,
      position: 'top-right',
      max_lines: 2,
      hide_after_ms: 0,
      show: ['bubble', 'queue'],
      problems: [],
    });
  });

  it('may have what is no secret in its query, where the fragment wins', () => {
    expect(readPageOptions('#size=2', '?theme=terminal&size=3')).toMatchObject({ theme: 'terminal', size: 2 });
    expect(readPageOptions('', '?cachebuster=3').problems).toEqual([]);
  });

  it('never takes a token from the query, and says where it belongs', () => {
    const { token, problems } = readPageOptions('', '?token=abc');
    expect(token).toBeNull();
    expect(problems).toEqual([expect.stringContaining('after the #')]);
    expect(problems.join()).not.toContain('abc');
  });

  it('keeps a plus sign of the token', () => {
    expect(readPageOptions('#token=a+b/c=').token).toBe('a+b/c=');
    expect(readPageOptions('#token=a%2Bb').token).toBe('a+b');
  });

  it.each([
    ['lane=no%20such%20lane', 'lane is 1 to 64 letters, digits, _ or -; main is used.'],
    ['theme=baroque', 'theme is one of glass, comic, terminal, subtitle; glass is used.'],
    ['name=%20', 'name is one line of up to 40 characters.'],
    ['name=a%0Ab', 'name is one line of up to 40 characters.'],
    [`name=${'x'.repeat(41)}`, 'name is one line of up to 40 characters.'],
    ['font=x%22%3B', 'font is the name of a font family.'],
    [`font=${'x'.repeat(100)}`, 'font is the name of a font family.'],
    ['size=0', 'size is a number from 0.4 to 4; 1 is used.'],
    ['size=', 'size is a number from 0.4 to 4; 1 is used.'],
    ['position=botom', /^position is one of .*; bottom-left is used\.$/],
    ['max_lines=many', 'max_lines is a number from 1 to 20; 5 is used.'],
    ['hide_after_ms=-1', 'hide_after_ms is a number from 0 to 600000; 6000 is used.'],
    ['show=bubble,everything', /^show lists some of .*; bubble,mode,alerts is used\.$/],
    ['show=', /^show lists some of/],
    ['linger_ms=3', /^linger_ms is no option; there are token, lane, .*show\.$/],
  ])('is told that %s makes no sense, and what is done instead', (fragment, problem) => {
    const { problems, ...options } = readPageOptions(`#${fragment}`);
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect({ ...options, problems: [] }).toEqual(plain);
  });

  it('has a place and a length that suit the theme', () => {
    for (const theme of THEME_NAMES) {
      const { position, max_lines } = THEMES[theme];
      expect(readPageOptions(`#theme=${theme}`)).toMatchObject({ theme, position, max_lines, problems: [] });
    }
  });

  it('is as short as it can be, and reads back the same', () => {
    expect(fragmentOf(defaultOptions(), null)).toBe('');
    expect(fragmentOf(defaultOptions('subtitle'), 'a+b')).toBe('token=a%2Bb&theme=subtitle');
    const options = {
      ...defaultOptions('comic'),
      name: 'Ada & Fido',
      font: 'Noto Sans JP',
      size: 1.25,
      show: ['bubble', 'queue'] as const,
    };
    const link = overlayLink('http://127.0.0.1:8787/hub/?x=1#old', 'a+b c&d', options);
    expect(link.startsWith('http://127.0.0.1:8787/hub/overlay#token=')).toBe(true);
    expect(new URL(link).search).toBe('');
    expect(link).toContain('show=bubble,queue');
    expect(readPageOptions(new URL(link).hash)).toEqual({ ...options, token: 'a+b+c&d', problems: [] });
  });
});

describe('the socket of a page', () => {
  it('is beside the page, without its fragment', () => {
    expect(socketUrl('http://127.0.0.1:8787/overlay#token=secret')).toBe('ws://127.0.0.1:8787/ws');
    expect(socketUrl('https://example.org/hub/overlay')).toBe('wss://example.org/hub/ws');
  });
});

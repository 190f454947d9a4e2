import { describe, expect, it } from 'vitest';
import { DEFAULT_PAGE_OPTIONS, linkTo, readPageOptions, socketUrl } from './options.js';

describe('the address of a page', () => {
  it('carries the token and the lane in its fragment', () => {
    expect(readPageOptions('#token=abc-123&lane=side')).toEqual({
      ...DEFAULT_PAGE_OPTIONS,
      token: 'abc-123',
      lane: 'side',
    });
  });

  it('has defaults for all the rest', () => {
    expect(readPageOptions('')).toEqual(DEFAULT_PAGE_OPTIONS);
    expect(readPageOptions('#token=')).toEqual(DEFAULT_PAGE_OPTIONS);
  });

  it('takes what makes no sense for absent', () => {
    expect(readPageOptions('#lane=no%20such%20lane&linger_ms=-1&side=top&badge=maybe')).toEqual(DEFAULT_PAGE_OPTIONS);
    expect(readPageOptions('#linger_ms=abc').linger_ms).toBe(DEFAULT_PAGE_OPTIONS.linger_ms);
  });

  it('keeps a plus sign of the token', () => {
    expect(readPageOptions('#token=a+b/c=').token).toBe('a+b/c=');
    expect(readPageOptions('#token=a%2Bb').token).toBe('a+b');
  });

  it('sets how the page looks', () => {
    expect(readPageOptions('#side=right&badge=off&linger_ms=0')).toMatchObject({
      side: 'right',
      badge: false,
      linger_ms: 0,
    });
  });

  it('is made so that reading it gives the same back, and the query stays empty', () => {
    const link = linkTo('overlay', 'http://127.0.0.1:8787/?x=1#old', { token: 'a+b c&d', lane: 'side' });
    expect(link.startsWith('http://127.0.0.1:8787/overlay#token=')).toBe(true);
    expect(new URL(link).search).toBe('');
    expect(readPageOptions(new URL(linkTo('.', link, { token: 'a+b', lane: 'main' })).hash).token).toBe('a+b');
  });
});

describe('the socket of a page', () => {
  it('is beside the page, without its fragment', () => {
    expect(socketUrl('http://127.0.0.1:8787/overlay#token=secret')).toBe('ws://127.0.0.1:8787/ws');
    expect(socketUrl('https://example.org/hub/overlay')).toBe('wss://example.org/hub/ws');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJson, isWellFormed } from './json-value.js';

const KIB64 = 64 * 1024;
const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** JSON values as the protocol has them: whole numbers within ±(2^53−1), sound strings, no key named __proto__. */
const payload = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n)),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 5 },
    ),
  ),
})).value;

describe('checkJson', () => {
  it('measures every payload as long as its JSON', () => {
    fc.assert(fc.property(payload, (value) => checkJson(value, KIB64) === bytesOf(value)));
  });

  it('counts escapes, control characters and each width of UTF-8', () => {
    for (const text of [
      '"\\',
      '\b\t\n\f\r',
      '\u0000\u000b\u001f',
      '\u007fé',
      '語',
      '🐕',
      'a long plain text of ASCII',
      'a long text — with a dash',
    ]) {
      expect(checkJson(text, KIB64), JSON.stringify(text)).toBe(bytesOf(text));
    }
  });

  it('takes a payload of exactly the allowed size and refuses one byte more', () => {
    const value = { text: 'x'.repeat(100), list: [1, 22, -3.5, true, false, null] };
    const size = bytesOf(value);
    expect(checkJson(value, size)).toBe(size);
    expect(checkJson(value, size - 1)).toEqual({
      code: 'too_large',
      path: [],
      message: `is more than ${size - 1} bytes of JSON`,
    });
  });

  it.each([
    ['undefined', undefined, 'is undefined'],
    ['NaN', Number.NaN, 'is NaN'],
    ['infinity', Number.POSITIVE_INFINITY, 'is Infinity'],
    ['a BigInt', 1n, 'outside ±(2^53−1)'],
    ['an integer that a double cannot hold', 2 ** 53, 'outside ±(2^53−1)'],
    ['a negative one', -(2 ** 53), 'outside ±(2^53−1)'],
    ['a date', new Date(0), 'is a Date'],
    ['bytes', new Uint8Array(1), 'is a Uint8Array'],
    ['a map', new Map(), 'is a Map'],
    ['a function', () => 1, 'is a function'],
    ['a symbol', Symbol('s'), 'is a symbol'],
    ['half of a surrogate pair', 'dog \ud83d', 'surrogate pair'],
    ['the other half', '\udc15 dog', 'surrogate pair'],
  ])('refuses %s and says where it is', (_, value, words) => {
    const problem = checkJson({ list: [0, { deep: value }] }, KIB64);
    expect(problem).toMatchObject({ code: 'invalid_message', path: ['list', 1, 'deep'] });
    expect(problem).toHaveProperty('message', expect.stringContaining(words));
  });

  it('refuses a hole in an array', () => {
    // oxlint-disable-next-line no-sparse-arrays
    expect(checkJson([1, , 3], KIB64)).toMatchObject({ path: [1] });
  });

  it('refuses keys that do not survive: __proto__ and half pairs', () => {
    expect(checkJson(JSON.parse('{"a":{"__proto__":1}}'), KIB64)).toMatchObject({
      code: 'invalid_message',
      path: ['a'],
    });
    expect(checkJson({ '\ud83d': 1 }, KIB64)).toMatchObject({ code: 'invalid_message' });
  });

  it('refuses nesting past the bound, and cycles with it', () => {
    let nested: unknown = 1;
    for (let level = 0; level < 10; level++) nested = [nested];
    expect(checkJson(nested, KIB64, 10)).toBe(21);
    expect(checkJson(nested, KIB64, 9)).toMatchObject({ code: 'invalid_message' });
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(checkJson(cycle, KIB64)).toMatchObject({ code: 'invalid_message' });
  });

  it('takes plain objects of other realms and without a prototype', () => {
    expect(checkJson(Object.assign(Object.create(null), { a: 1 }), KIB64)).toBe(7);
  });

  it('starts afresh after a problem', () => {
    checkJson({ a: { b: Number.NaN } }, KIB64);
    expect(checkJson([Number.NaN], KIB64)).toMatchObject({ path: [0] });
    expect(checkJson({ a: 1 }, KIB64)).toBe(7);
  });
});

describe('isWellFormed', () => {
  it('knows whole pairs from halves', () => {
    expect(isWellFormed('')).toBe(true);
    expect(isWellFormed('Grüße 🐕')).toBe(true);
    expect(isWellFormed('\ud83d')).toBe(false);
    expect(isWellFormed('\udc15\ud83d')).toBe(false);
    expect(isWellFormed('\ud83d\ud83d\udc15')).toBe(false);
  });
});

import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { scanMsgpack } from './msgpack-scan.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('scanMsgpack', () => {
  it('passes one value of every kind that a message has', () => {
    const values = [
      null,
      true,
      false,
      0,
      127,
      128,
      65_535,
      65_536,
      2 ** 32,
      -1,
      -32,
      -33,
      -200,
      -70_000,
      -(2 ** 40),
      0.5,
      '',
      'x'.repeat(31),
      'x'.repeat(200),
      'x'.repeat(70_000),
      new Uint8Array(3),
      new Uint8Array(300),
      new Uint8Array(70_000),
      [],
      Array.from({ length: 20 }, () => 1),
      Array.from({ length: 70_000 }, () => 1),
      {},
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, [i]])),
      Object.fromEntries(Array.from({ length: 66_000 }, (_, i) => [`k${i}`, i])),
    ];
    const packr = new Packr({ useRecords: false, variableMapSize: true });
    for (const value of values) expect(() => scanMsgpack(packr.pack(value))).not.toThrow();
    for (const wide of ['cf 0000000000000001', 'd3 ffffffffffffffff', 'ca 3f000000']) {
      expect(() => scanMsgpack(hex(wide))).not.toThrow();
    }
  });

  it('passes undefined and timestamps, so that a schema can say which field they are in', () => {
    for (const frame of ['d4 00 00', 'd6 ff 00000000', 'd7 ff 0000000000000000', 'c7 0c ff 000000000000000000000000']) {
      expect(() => scanMsgpack(hex(frame))).not.toThrow();
    }
  });

  it.each([
    ['nothing at all', ''],
    ['a map that ends early', '82 a1 61 01'],
    ['a string that ends early', 'a5 61 62'],
    ['a length that ends early', 'da 01'],
    ['a number that ends early', 'cb 00 00'],
    ['an array that claims four billion items', 'dd ff ff ff ff'],
    ['a map that claims four billion members', 'df ff ff ff ff'],
    ['a string that claims four gigabytes', 'db ff ff ff ff'],
    ['a byte after the message', '80 80'],
    ['the type that was never used', 'c1'],
    ['a record definition', 'd4 72 40 91 a1 61 01'],
    ['a record definition with two bytes', 'd5 72 00 00 91 a1 61 01'],
    ['a set', 'd4 73 00 90'],
    ['a regular expression', 'd4 78 00 92 a1 61 a0'],
    ['an error', 'd4 65 00 93 a5 4572726f72 a1 61 c0'],
    ['a reference', 'd6 69 00000001 80'],
    ['a pointer', 'd6 70 00000001'],
    ['bundled strings', 'd6 62 00000005 80 a0 a0'],
    ['a big integer', 'c7 02 42 01 00'],
    ['an application extension', 'd8 07 00000000000000000000000000000000'],
  ])('refuses %s', (_, frame) => {
    expect(() => scanMsgpack(hex(frame))).toThrow(/frame ends|too many|no message has/);
  });

  it('refuses a frame of nothing but nesting', () => {
    expect(() => scanMsgpack(new Uint8Array(200_000).fill(0x91))).toThrow('nested deeper');
  });

  it.each([
    ['a whole number', '81 01 02'],
    ['a negative number', '81 ff 02'],
    ['a boolean', '81 c3 02'],
    ['null', '81 c0 02'],
    ['bytes', '81 c4 01 61 02'],
    ['a map', '81 80 02'],
    ['a number, further in', '81 a1 61 91 de 0001 01 02'],
    ['a number after a string', 'df 00000002 a1 61 01 02 03'],
  ])('refuses %s as a key', (_, frame) => {
    expect(() => scanMsgpack(hex(frame))).toThrow('keys are strings');
  });

  it('tells whether a key is __proto__, however its length is written', () => {
    const proto = '5f5f70726f746f5f5f';
    for (const head of ['a9', 'd9 09', 'da 0009', 'db 00000009']) {
      expect(scanMsgpack(hex(`81 a1 61 91 81 ${head} ${proto} 01`))).toBe(true);
      expect(scanMsgpack(hex(`81 a1 61 ${head} ${proto}`))).toBe(false);
    }
    expect(scanMsgpack(hex('81 a9 5f5f70726f746f5f60 01'))).toBe(false);
  });

  describe('of strings', () => {
    const utf8 = new TextDecoder('utf-8', { fatal: true });
    const isUtf8 = (text: Uint8Array): boolean => {
      try {
        utf8.decode(text);
        return true;
      } catch {
        return false;
      }
    };
    /** As a value and as a key; what follows would finish a character that the string cuts off. */
    const passes = (text: Uint8Array): boolean[] =>
      [
        [0x92, 0xd9, text.length, ...text, 0xc4, 2, 0x80, 0x80],
        [0x81, 0xd9, text.length, ...text, 0x90],
      ].map((frame) => {
        try {
          scanMsgpack(Uint8Array.from(frame));
          return true;
        } catch {
          return false;
        }
      });

    it('passes those that are UTF-8, and no others', () => {
      const others = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
      const wrong: Uint8Array[] = [];
      for (let first = 0x7f; first < 0x100; first++) {
        for (const second of others) {
          for (const rest of [[], [0x80], [0xbf, 0x80], [0x80, 0xc0], [0x61]]) {
            const text = Uint8Array.from([first, second, ...rest]);
            if (passes(text).some((passed) => passed !== isUtf8(text))) wrong.push(text);
          }
        }
      }
      expect(wrong).toEqual([]);
    });

    it('passes characters of every length, wherever they lie in the text', () => {
      const points = Array.from({ length: 0x10ef }, (_, at) => at * 0x101).filter((point) => point >> 11 !== 0x1b);
      const refused = [...points, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x10_ffff].filter(
        (point) =>
          passes(
            new TextEncoder().encode(`${'x'.repeat(point % 5)}${String.fromCodePoint(point)}${point % 7}`),
          ).includes(false),
      );
      expect(refused).toEqual([]);
    });

    it.each([253, 254, 255, 256, 257, 300])('looks at texts of %i bytes just the same', (length) => {
      const frame = (tail: number[]): Uint8Array => {
        const text = [0xc3, 0xa9, ...new Uint8Array(length - 2 - tail.length).fill(0x61), ...tail];
        return Uint8Array.from([0x92, 0xda, length >> 8, length & 0xff, ...text, 0x80]);
      };
      expect(scanMsgpack(frame([0xf0, 0x9f, 0x90, 0x95]))).toBe(false);
      expect(() => scanMsgpack(frame([0xed, 0xa0, 0x80]))).toThrow('not UTF-8');
    });

    it('refuses a character that is cut off by the end of the frame', () => {
      expect(() => scanMsgpack(hex('a2 f0 9f'))).toThrow('not UTF-8');
      expect(() => scanMsgpack(hex('a1 c3'))).toThrow('not UTF-8');
    });

    it('refuses a character that would be whole with what follows the string', () => {
      expect(() => scanMsgpack(hex('92 a1 c3 90'))).toThrow('not UTF-8');
      expect(() => scanMsgpack(hex('93 a2 e2 82 a0 90'))).toThrow('not UTF-8');
      // Bytes that begin like the rest of a character are the frame's next value.
      expect(() => scanMsgpack(hex('92 a1 c3 80'))).toThrow('not UTF-8');
    });
  });

  it('starts afresh after a frame that it refused', () => {
    expect(() => scanMsgpack(hex('82 a1 61 01'))).toThrow(Error);
    expect(() => scanMsgpack(hex('81 a1 61 01'))).not.toThrow();
  });
});

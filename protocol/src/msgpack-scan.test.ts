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

  it('starts afresh after a frame that it refused', () => {
    expect(() => scanMsgpack(hex('82 a1 61 01'))).toThrow(Error);
    expect(() => scanMsgpack(hex('81 a1 61 01'))).not.toThrow();
  });
});

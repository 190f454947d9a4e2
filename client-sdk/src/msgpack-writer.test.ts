import { msgpackCodec } from '@cuehub/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientCodec } from './codec.js';
import { writeMsgpack } from './msgpack-writer.js';

/** msgpackr reads the key `__proto__` under another name, so that no frame changes what an object is. */
const jsonValue = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

const read = (bytes: Uint8Array): unknown => msgpackCodec.decode(bytes);

test('the hub reads whatever JSON value the client writes', () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      // `-0` is 0 in JSON, and both encodings must say the same.
      const json = JSON.parse(JSON.stringify({ value })) as unknown;
      expect(JSON.stringify(read(writeMsgpack({ value })))).toBe(JSON.stringify(json));
    }),
  );
});

test('the client reads whatever the hub writes', () => {
  const codec = clientCodec('msgpack');
  fc.assert(
    fc.property(jsonValue, (value) => {
      const json = JSON.parse(JSON.stringify({ value })) as { value: unknown };
      expect(codec.decode(msgpackCodec.encode(json))).toEqual(json);
    }),
  );
});

test('integers at every edge of a width arrive as they were', () => {
  const edges = [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  const numbers = [...edges, ...edges.map((edge) => -edge - 1), -32, -33, 0.5, -1.25, 1e300];
  expect(read(writeMsgpack(numbers))).toEqual(numbers);
});

test('strings, arrays and maps of every width of length arrive as they were', () => {
  for (const length of [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
    const text = 'ä'.repeat(length);
    const items = Array.from({ length }, (_, index) => index);
    const map = Object.fromEntries(items.map((index) => [`k${index}`, index]));
    expect(read(writeMsgpack({ text, items, map }))).toEqual({ text, items, map });
  }
});

test('text of four-byte characters and bytes of a chunk arrive as they were', () => {
  expect(read(writeMsgpack({ text: '🎙️ voilà 喵', data: new Uint8Array([0, 128, 255]) }))).toEqual({
    text: '🎙️ voilà 喵',
    data: new Uint8Array([0, 128, 255]),
  });
  for (const length of [255, 256, 65_535, 65_536]) {
    const { data } = read(writeMsgpack({ data: new Uint8Array(length).fill(7) })) as { data: Uint8Array };
    expect([data.length, data[length - 1]]).toEqual([length, 7]);
  }
});

test('fields that are undefined are left out, as in JSON', () => {
  expect(read(writeMsgpack({ a: 1, b: undefined, c: [undefined] }))).toEqual({ a: 1, c: [null] });
});

test('what no encoding has is refused', () => {
  expect(() => writeMsgpack({ f: () => {} })).toThrow(TypeError);
  expect(() => writeMsgpack({ n: 1n })).toThrow(TypeError);
});

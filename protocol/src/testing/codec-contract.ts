/** What every codec keeps, whatever the encoding. Run it with `codecContract(codec)` inside a test file. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../codec.js';

const asBytes = (frame: string | Uint8Array): Uint8Array =>
  typeof frame === 'string' ? new TextEncoder().encode(frame) : frame;
const copyOf = (frame: string | Uint8Array): string | Uint8Array => (typeof frame === 'string' ? frame : frame.slice());

/** Messages of any fields; keys that msgpackr renames and −0, which JSON has not, are no part of the contract. */
const message = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })).map((fields) => {
  const plain = JSON.parse(JSON.stringify(fields), (key, value: unknown) => (key === '__proto__' ? undefined : value));
  return plain as Record<string, unknown>;
});

export function codecContract(codec: Codec): void {
  describe(`the ${codec.encoding} codec`, () => {
    it('makes text frames or binary frames, as it says', () => {
      expect(typeof codec.encode({ type: 'ping' }) === 'string').toBe(!codec.binary);
    });

    it('gives back every message it encoded', () => {
      fc.assert(
        fc.property(message, (value) => {
          expect(codec.decode(codec.encode(value))).toEqual(value);
        }),
      );
    });

    it('gives back whole numbers up to 2^53−1 as numbers', () => {
      const at = {
        a: Number.MAX_SAFE_INTEGER,
        b: -Number.MAX_SAFE_INTEGER,
        c: 2 ** 32,
        d: 1_700_000_000_000,
        e: -1,
        f: 0,
      };
      expect(codec.decode(codec.encode(at))).toStrictEqual(at);
    });

    it('leaves fields out that are undefined, and makes undefined items null', () => {
      expect(codec.decode(codec.encode({ a: undefined, b: [undefined, 1], c: { d: undefined } }))).toStrictEqual({
        b: [null, 1],
        c: {},
      });
    });

    it('decodes a frame that lies in the middle of a larger buffer', () => {
      const bytes = asBytes(codec.encode({ type: 'ping', text: 'Grüße 🐕' }));
      const pool = Buffer.alloc(bytes.length + 64, 0x91);
      pool.set(bytes, 32);
      expect(codec.decode(pool.subarray(32, 32 + bytes.length))).toEqual({ type: 'ping', text: 'Grüße 🐕' });
    });

    it('refuses anything after the message', () => {
      const bytes = asBytes(codec.encode({ type: 'ping', at: 1 }));
      expect(() => codec.decode(Uint8Array.from([...bytes, ...bytes]))).toThrow(Error);
      expect(() => codec.decode(Uint8Array.from([...bytes, 0x01]))).toThrow(Error);
    });

    it('refuses a message that was cut short, wherever it was cut', () => {
      const bytes = asBytes(
        codec.encode({ type: 'chunk', n: [1, 300, 70_000, 0.5], s: 'x'.repeat(40), o: { k: null } }),
      );
      for (let end = 0; end < bytes.length; end++)
        expect(() => codec.decode(bytes.slice(0, end)), `cut at ${end}`).toThrow(Error);
    });

    it('does no worse than throw on bytes that mean nothing', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
          let thrown: unknown;
          try {
            codec.decode(bytes);
          } catch (error) {
            thrown = error;
          }
          expect(thrown === undefined || thrown instanceof Error).toBe(true);
        }),
        { numRuns: 1_000 },
      );
    });

    it('still works after a frame that it refused', () => {
      expect(() => codec.decode(new Uint8Array([0xc1, 0xff]))).toThrow(Error);
      expect(codec.decode(codec.encode({ type: 'ping' }))).toEqual({ type: 'ping' });
    });

    it('makes frames that stay as they are, however many come after', () => {
      const kept = Array.from({ length: 2_000 }, (_, at) =>
        codec.encode({ type: 'chunk', at, data: `chunk number ${at}` }),
      );
      const asMade = kept.map(copyOf);
      // Larger ones make an encoder take another buffer, and throw the old one away or use it again.
      for (let size = 1; size < 300_000; size *= 3) codec.encode({ data: 'y'.repeat(size) });
      expect(kept.map((frame) => codec.decode(frame))).toEqual(asMade.map((frame) => codec.decode(frame)));
      expect(kept.map((frame) => (codec.decode(frame) as { at: number }).at)).toEqual(kept.map((_, at) => at));
    });
  });
}

import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { codecFor, jsonCodec, msgpackCodec } from './codec.js';
import { codecContract } from './testing/codec-contract.js';

codecContract(jsonCodec);
codecContract(msgpackCodec);

describe('codecFor', () => {
  it('has one codec an encoding, each with its subprotocol', () => {
    expect(codecFor('json')).toBe(jsonCodec);
    expect(codecFor('msgpack')).toBe(msgpackCodec);
    expect([jsonCodec.subprotocol, msgpackCodec.subprotocol]).toEqual(['cuehub.v1.json', 'cuehub.v1.msgpack']);
  });
});

describe('the json codec, besides', () => {
  it('refuses bytes that are no UTF-8', () => {
    expect(() => jsonCodec.decode(new Uint8Array([0x22, 0xff, 0x22]))).toThrow(Error);
  });
});

describe('the msgpack codec, besides', () => {
  it('carries the bytes of a chunk, for a Buffer and for an array of bytes', () => {
    for (const data of [Buffer.from([0, 1, 128, 255]), new Uint8Array([0, 1, 128, 255])]) {
      const decoded = msgpackCodec.decode(msgpackCodec.encode({ type: 'stream.chunk', data })) as { data: Uint8Array };
      expect(decoded.data).toBeInstanceOf(Uint8Array);
      expect([...decoded.data]).toEqual([0, 1, 128, 255]);
    }
  });

  it('copies the bytes of a chunk out of the frame', () => {
    for (const size of [4, 300, 70_000]) {
      const frame = Buffer.from(msgpackCodec.encode({ data: new Uint8Array(size).fill(7) }) as Uint8Array);
      const { data } = msgpackCodec.decode(frame) as { data: Uint8Array };
      frame.fill(0);
      expect(data.every((byte) => byte === 7)).toBe(true);
      expect(data.buffer.byteLength).toBe(size);
    }
  });

  it('writes plain maps, with no extension and no record, also for many messages of one shape', () => {
    for (let round = 0; round < 20; round++) {
      const frame = msgpackCodec.encode({ type: 'ping', at: round, none: undefined });
      expect(Buffer.from(frame as Uint8Array).toString('hex')).toBe(
        `82a474797065a470696e67a26174${round.toString(16).padStart(2, '0')}`,
      );
    }
  });

  it('reads 64-bit integers of foreign encoders as numbers', () => {
    const frame = Buffer.from('82a26174cf0000018bcfe56800a15ad3ffffffffffffffff', 'hex');
    expect(msgpackCodec.decode(frame)).toStrictEqual({ at: 1_700_000_000_000, Z: -1 });
  });

  it('refuses maps with keys that are no strings: as JSON they would be other keys', () => {
    expect(() => msgpackCodec.decode(Buffer.from('8101a161', 'hex'))).toThrow('keys are strings');
  });

  it('reads what a foreign encoder makes of dates and undefined, without a crash', () => {
    const foreign = new Packr({ useRecords: false });
    expect(msgpackCodec.decode(foreign.pack({ when: new Date(1_700_000_000_000), gone: undefined }))).toEqual({
      when: new Date(1_700_000_000_000),
      gone: undefined,
    });
  });

  it('refuses records, and takes nothing over from them to the next frame', () => {
    const foreign = new Packr({ useRecords: true });
    expect(() => msgpackCodec.decode(foreign.pack({ type: 'ping', at: 1 }))).toThrow('send plain maps');
    // 0x40 would be the first record's number: to a decoder that remembers records it is no integer any more.
    expect(msgpackCodec.decode(msgpackCodec.encode({ n: 0x40 }))).toEqual({ n: 0x40 });
  });

  it('has the key __proto__ as JSON has it, wherever it is, and sets no prototype', () => {
    const text = '{"a":[{"__proto__":{"b":true,"__proto_":1}}],"__proto__":{"c":null,"d":1700000000000}}';
    const proto = 'a95f5f70726f746f5f5f';
    const frame = `82a16191 81${proto}82a162c3a85f5f70726f746f5f01 ${proto}82a163c0a164cf0000018bcfe56800`;
    const decoded = msgpackCodec.decode(Buffer.from(frame.replaceAll(' ', ''), 'hex')) as { a: object[]; c?: unknown };
    expect(JSON.stringify(decoded)).toBe(text);
    expect([Object.getPrototypeOf(decoded), Object.getPrototypeOf(decoded.a[0])]).toEqual([
      Object.prototype,
      Object.prototype,
    ]);
    expect('c' in decoded).toBe(false);
  });

  it('reads a text that says __proto__ like any other', () => {
    expect(msgpackCodec.decode(msgpackCodec.encode({ a: '__proto__', bbbbbbbbb: 1 }))).toEqual({
      a: '__proto__',
      bbbbbbbbb: 1,
    });
  });

  it('refuses text frames', () => {
    expect(() => msgpackCodec.decode('{"type":"ping"}')).toThrow('binary frames');
  });
});

/**
 * The two encodings of one message: JSON in text frames, MessagePack in binary frames.
 * Plain maps, no records extension, 64-bit integers as numbers; msgpackr's no-eval build, so that a strict CSP holds.
 */
import { Packr } from 'msgpackr/index-no-eval';
import { scanMsgpack } from './msgpack-scan.js';
import { SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK } from './words.js';

export type Encoding = 'json' | 'msgpack';

export interface Codec {
  readonly encoding: Encoding;
  readonly subprotocol: string;
  /** True when frames are binary. */
  readonly binary: boolean;
  /** The frame may be kept: nobody writes over its bytes later. An `undefined` field is left out. */
  encode(message: object): string | Uint8Array;
  /** Throws on anything that is not one whole value in this encoding. Bytes in the value are copies, not views of the frame. */
  decode(frame: string | Uint8Array): unknown;
}

// Not written in the call: msgpackr's types lack `skipValues` and `auto`, which its README has.
const options = {
  useRecords: false,
  // Foreign encoders send epochs and instants as 64-bit integers: numbers where they fit, BigInt (refused later) where not.
  int64AsType: 'auto' as 'number',
  variableMapSize: true,
  // As JSON does: an undefined field is not sent, an undefined item is null. MessagePack has no undefined of its own.
  skipValues: [undefined],
  encodeUndefinedAsNil: true,
  // Bytes of a decoded chunk are kept for a while; a view would keep the whole socket read behind it alive.
  copyBuffers: true,
};
const packr = new Packr(options);
const mapPackr = new Packr({ ...options, mapsAsObjects: false });
const utf8 = new TextDecoder('utf-8', { fatal: true });

export const jsonCodec: Codec = {
  encoding: 'json',
  subprotocol: SUBPROTOCOL_JSON,
  binary: false,
  encode: (message) => JSON.stringify(message),
  decode: (frame) => JSON.parse(typeof frame === 'string' ? frame : utf8.decode(frame)) as unknown,
};

export const msgpackCodec: Codec = {
  encoding: 'msgpack',
  subprotocol: SUBPROTOCOL_MSGPACK,
  binary: true,
  // A view of a pool that msgpackr only ever fills further, never again from the start (it has modes that do).
  encode: (message) => packr.pack(message) as Uint8Array,
  decode: (frame) => {
    if (typeof frame === 'string') throw new TypeError('MessagePack comes in binary frames');
    const hasProtoKey = scanMsgpack(frame);
    return hasProtoKey ? withProtoKeys(mapPackr.unpack(frame)) : (packr.unpack(frame) as unknown);
  },
};

/**
 * Objects of maps, with a key `__proto__` as `JSON.parse` has it: a field like any other. msgpackr would rename it, and
 * the client would get back what it never sent; so the schemas see it, and answer as they do in JSON.
 */
function withProtoKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withProtoKeys);
  if (!(value instanceof Map)) return value;
  const members = [...(value as Map<string, unknown>)].map(([key, member]) => [key, withProtoKeys(member)] as const);
  // Defines each field, and so sets no prototype.
  return Object.fromEntries(members);
}

export function codecFor(encoding: Encoding): Codec {
  return encoding === 'json' ? jsonCodec : msgpackCodec;
}

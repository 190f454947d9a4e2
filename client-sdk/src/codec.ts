// The two encodings as a client needs them. The hub's own codecs are in `@cuehub/protocol`; both read each other's frames.
import { type Encoding, SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK } from '@cuehub/protocol';
import { Unpackr } from 'msgpackr/unpack-no-eval';
import { writeMsgpack } from './msgpack-writer.js';
import type { LinkCodec } from './transport.js';

// Bytes of a chunk are the reader's to keep; a view would keep the whole frame alive.
const options = { useRecords: false, int64AsType: 'auto' as 'number', copyBuffers: true };
const unpackr = new Unpackr(options);

const msgpack: LinkCodec = {
  subprotocol: SUBPROTOCOL_MSGPACK,
  encode: writeMsgpack,
  decode: (frame) => unpackr.unpack(frame as Uint8Array) as unknown,
};

const json: LinkCodec = {
  subprotocol: SUBPROTOCOL_JSON,
  textOnly: true,
  encode: (message) => JSON.stringify(message),
  decode: (frame) => JSON.parse(frame as string) as unknown,
};

export function clientCodec(encoding: Encoding): LinkCodec {
  return encoding === 'json' ? json : msgpack;
}

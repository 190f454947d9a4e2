/**
 * Looks over a MessagePack frame before it is decoded: one whole value, nothing after it, and none of the extensions
 * through which msgpackr makes more than data (records, cycles, regular expressions, sets, bundled strings …).
 * A hostile frame costs a look at its bytes, whatever lengths it claims. What the values mean is for the schemas.
 */

/** Deeper than any message; payloads have a smaller bound of their own, `LIMITS.json_depth_max`. */
const FRAME_DEPTH_MAX = 512;

/** msgpackr and notepack write `undefined` as this; a schema then says which field it is in. */
const EXT_UNDEFINED = 0x00;
/** MessagePack's timestamp (−1): decoded as a date, which a schema then refuses by name. */
const EXT_TIMESTAMP = 0xff;

const EMPTY = new Uint8Array(0);

// One scan at a time, so its state needs no object.
let bytes: Uint8Array = EMPTY;
let at = 0;

/** Throws a `RangeError` or `TypeError` that says what is wrong with the frame. */
export function scanMsgpack(frame: Uint8Array): void {
  bytes = frame;
  at = 0;
  try {
    scanValue(0);
    if (at !== frame.length) throw new RangeError(`${frame.length - at} bytes too many after the message`);
  } finally {
    // Not to keep a big frame alive until the next one.
    bytes = EMPTY;
  }
}

function scanValue(depth: number): void {
  const token = byte();
  if (token < 0x80 || token >= 0xe0) return;
  if (token < 0x90) return scanItems((token & 0x0f) * 2, depth);
  if (token < 0xa0) return scanItems(token & 0x0f, depth);
  if (token < 0xc0) return skip(token & 0x1f);
  switch (token) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return;
    case 0xc4: // bin 8
    case 0xd9: // str 8
      return skip(byte());
    case 0xc5: // bin 16
    case 0xda: // str 16
      return skip(uint16());
    case 0xc6: // bin 32
    case 0xdb: // str 32
      return skip(uint32());
    case 0xcc: // uint 8
    case 0xd0: // int 8
      return skip(1);
    case 0xcd: // uint 16
    case 0xd1: // int 16
      return skip(2);
    case 0xca: // float 32
    case 0xce: // uint 32
    case 0xd2: // int 32
      return skip(4);
    case 0xcb: // float 64
    case 0xcf: // uint 64
    case 0xd3: // int 64
      return skip(8);
    case 0xdc: // array 16
      return scanItems(uint16(), depth);
    case 0xdd: // array 32
      return scanItems(uint32(), depth);
    case 0xde: // map 16
      return scanItems(uint16() * 2, depth);
    case 0xdf: // map 32
      return scanItems(uint32() * 2, depth);
    case 0xd4: // fixext 1
      return scanExtension(1);
    case 0xd6: // fixext 4
      return scanExtension(4);
    case 0xd7: // fixext 8
      return scanExtension(8);
    case 0xc7: // ext 8
      return scanExtension(byte());
    default:
      throw new TypeError(`no message has the MessagePack type 0x${token.toString(16)}`);
  }
}

function scanItems(items: number, depth: number): void {
  if (depth >= FRAME_DEPTH_MAX) throw new RangeError(`the message is nested deeper than ${FRAME_DEPTH_MAX} levels`);
  for (let left = items; left > 0; left--) scanValue(depth + 1);
}

function scanExtension(length: number): void {
  const type = byte();
  const known =
    (type === EXT_UNDEFINED && length === 1) ||
    (type === EXT_TIMESTAMP && (length === 4 || length === 8 || length === 12));
  if (!known) throw new TypeError(`no message has the MessagePack extension ${type}: send plain maps and values`);
  skip(length);
}

function byte(): number {
  const value = bytes[at++];
  if (value === undefined) throw new RangeError('the frame ends in the middle of the message');
  return value;
}

function uint16(): number {
  return byte() * 0x100 + byte();
}

function uint32(): number {
  return uint16() * 0x1_0000 + uint16();
}

function skip(length: number): void {
  if (length > bytes.length - at) throw new RangeError('the frame ends in the middle of the message');
  at += length;
}

/**
 * Looks over a MessagePack frame before it is decoded: one whole value, nothing after it, and none of the extensions
 * through which msgpackr makes more than data (records, cycles, regular expressions, sets, bundled strings …).
 * Also what msgpackr would alter without a word: strings that are no UTF-8 (it puts U+FFFD in their place) and keys
 * that are no strings (it makes them strings) are refused, and the key `__proto__` (it renames it) is told.
 * A hostile frame costs a look at its bytes, whatever lengths it claims. What the values mean is for the schemas.
 */

/** Deeper than any message; payloads have a smaller bound of their own, `LIMITS.json_depth_max`. */
const FRAME_DEPTH_MAX = 512;

/** msgpackr and notepack write `undefined` as this; a schema then says which field it is in. */
const EXT_UNDEFINED = 0x00;
/** MessagePack's timestamp (−1): decoded as a date, which a schema then refuses by name. */
const EXT_TIMESTAMP = 0xff;

const PROTO = '__proto__';

/** A longer text is faster looked at by the platform, which decodes it for that. */
const NATIVE_FROM = 256;
const utf8 = new TextDecoder('utf-8', { fatal: true });

const EMPTY = new Uint8Array(0);

// One scan at a time, so its state needs no object.
let bytes: Uint8Array = EMPTY;
let at = 0;
let protoKey = false;

/**
 * Throws a `RangeError` or `TypeError` that says what is wrong with the frame. True when a map in it has the key
 * `__proto__`: such a frame is one to decode with care, since the answer to it is for the schemas.
 */
export function scanMsgpack(frame: Uint8Array): boolean {
  bytes = frame;
  at = 0;
  protoKey = false;
  try {
    scanValue(0);
    if (at !== frame.length) throw new RangeError(`${frame.length - at} bytes too many after the message`);
    return protoKey;
  } finally {
    // Not to keep a big frame alive until the next one.
    bytes = EMPTY;
  }
}

function scanValue(depth: number): void {
  const token = byte();
  if (token < 0x80 || token >= 0xe0) return;
  if (token < 0x90) return scanMap(token & 0x0f, depth);
  if (token < 0xa0) return scanItems(token & 0x0f, depth);
  if (token < 0xc0) return scanText(token & 0x1f);
  switch (token) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return;
    case 0xc4: // bin 8
      return skip(byte());
    case 0xd9: // str 8
      return scanText(byte());
    case 0xc5: // bin 16
      return skip(uint16());
    case 0xda: // str 16
      return scanText(uint16());
    case 0xc6: // bin 32
      return skip(uint32());
    case 0xdb: // str 32
      return scanText(uint32());
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
      return scanMap(uint16(), depth);
    case 0xdf: // map 32
      return scanMap(uint32(), depth);
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

function checkDepth(depth: number): void {
  if (depth >= FRAME_DEPTH_MAX) throw new RangeError(`the message is nested deeper than ${FRAME_DEPTH_MAX} levels`);
}

function scanMap(members: number, depth: number): void {
  checkDepth(depth);
  for (let left = members; left > 0; left--) {
    scanKey();
    scanValue(depth + 1);
  }
}

function scanKey(): void {
  const token = byte();
  const length =
    token >= 0xa0 && token < 0xc0
      ? token & 0x1f
      : token === 0xd9
        ? byte()
        : token === 0xda
          ? uint16()
          : token === 0xdb
            ? uint32()
            : undefined;
  if (length === undefined) throw new TypeError('a key of a map is no string: keys are strings, as in JSON');
  scanText(length);
  if (length === PROTO.length && endsWithProto()) protoKey = true;
}

function endsWithProto(): boolean {
  const from = at - PROTO.length;
  for (let i = 0; i < PROTO.length; i++) if (bytes[from + i] !== PROTO.charCodeAt(i)) return false;
  return true;
}

function scanItems(items: number, depth: number): void {
  checkDepth(depth);
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

/** Most text is short and ASCII, and needs no more than a look at its bytes, four at a time. */
function scanText(length: number): void {
  let i = at;
  skip(length);
  const text = bytes;
  const end = at;
  if (length > NATIVE_FROM) return scanLongText(text.subarray(i, end));
  while (i < end) {
    const first = text[i] as number;
    if (first >= 0x80) i = endOfCharacter(text, i, first);
    else if (i + 4 <= end && (text[i + 1]! | text[i + 2]! | text[i + 3]!) < 0x80) i += 4;
    else i++;
    // One that reaches into what follows the string is cut off.
    if (i > end) throw notUtf8();
  }
}

function scanLongText(text: Uint8Array): void {
  try {
    utf8.decode(text);
  } catch {
    throw notUtf8();
  }
}

/** The well-formed sequences of two to four bytes, as the Unicode standard's table 3-7 has them: no half pairs. */
function endOfCharacter(text: Uint8Array, start: number, first: number): number {
  const second = text[start + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (first < 0xc2 || first > 0xf4 || second < lowest || second > highest) throw notUtf8();
  const end = start + (first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);
  for (let i = start + 2; i < end; i++) if (((text[i] ?? 0) & 0xc0) !== 0x80) throw notUtf8();
  return end;
}

function notUtf8(): TypeError {
  return new TypeError('a string in the message is not UTF-8');
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

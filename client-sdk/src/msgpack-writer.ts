// MessagePack, the writing half, for what a client sends: JSON values and bytes.
// msgpackr's writer is twice the size of its reader, and half of a page's whole budget; this subset needs a few lines.
// Reading, which has to take whatever comes, is msgpackr's.

const INITIAL_BYTES = 1024;
/** Most bytes of a number, or of the head of a string, an array or a map. */
const HEAD_BYTES_MAX = 9;
/** UTF-8 needs at most this for a UTF-16 unit. */
const UTF8_UNIT_BYTES_MAX = 3;

const utf8 = new TextEncoder();

/** `[short form and its capacity, then the type bytes of 8, 16 and 32 bit lengths]`; bytes and maps lack some. */
type Heads = readonly [fix: number, fixMax: number, bits8: number, bits16: number, bits32: number];
const STRING: Heads = [0xa0, 32, 0xd9, 0xda, 0xdb];
const BYTES: Heads = [0, 0, 0xc4, 0xc5, 0xc6];
const ARRAY: Heads = [0x90, 16, 0, 0xdc, 0xdd];
const MAP: Heads = [0x80, 16, 0, 0xde, 0xdf];

class Writer {
  private bytes = new Uint8Array(INITIAL_BYTES);
  private view = new DataView(this.bytes.buffer);
  private at = 0;

  take(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }

  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.byte(value ? 0xc3 : 0xc2);
      case 'object':
        if (value instanceof Uint8Array) this.binary(value);
        else if (Array.isArray(value)) this.array(value);
        else if (value !== null) this.map(value as { [key: string]: unknown });
        else this.byte(0xc0);
        return;
      case 'undefined':
        // An item of an array; a field that is undefined is left out by `map`.
        return this.byte(0xc0);
      default:
        throw new TypeError(`a ${typeof value} cannot be sent`);
    }
  }

  private text(text: string): void {
    // Written behind the longest head, then moved to its own: the length in bytes is known only afterwards.
    this.reserve(HEAD_BYTES_MAX + text.length * UTF8_UNIT_BYTES_MAX);
    const from = this.at + HEAD_BYTES_MAX;
    const { written } = utf8.encodeInto(text, this.bytes.subarray(from));
    this.head(STRING, written);
    this.bytes.copyWithin(this.at, from, from + written);
    this.at += written;
  }

  private binary(data: Uint8Array): void {
    this.reserve(HEAD_BYTES_MAX + data.length);
    this.head(BYTES, data.length);
    this.bytes.set(data, this.at);
    this.at += data.length;
  }

  private array(items: readonly unknown[]): void {
    this.head(ARRAY, items.length);
    for (const item of items) this.value(item);
  }

  private map(object: { [key: string]: unknown }): void {
    const fields = Object.entries(object).filter(([, value]) => value !== undefined);
    this.head(MAP, fields.length);
    for (const [key, value] of fields) {
      this.text(key);
      this.value(value);
    }
  }

  private number(value: number): void {
    if (Number.isInteger(value) && !Object.is(value, -0)) {
      if (value >= 0 && value < 0x80) return this.byte(value);
      if (value < 0 && value >= -0x20) return this.byte(0x100 + value);
      if (value > 0 && value <= 0xffff_ffff) return this.uint32(0xce, value);
      if (value < 0 && value >= -0x8000_0000) return this.uint32(0xd2, value >>> 0);
    }
    // Fractions, and integers past 32 bits: a double holds every integer of the protocol exactly.
    this.byte(0xcb);
    this.view.setFloat64(this.at, value);
    this.at += 8;
  }

  private head([fix, fixMax, bits8, bits16, bits32]: Heads, length: number): void {
    if (length < fixMax) return this.byte(fix + length);
    if (length <= 0xff && bits8 !== 0) {
      this.byte(bits8);
      this.bytes[this.at++] = length;
    } else if (length <= 0xffff) {
      this.byte(bits16);
      this.view.setUint16(this.at, length);
      this.at += 2;
    } else {
      this.uint32(bits32, length);
    }
  }

  private uint32(type: number, value: number): void {
    this.byte(type);
    this.view.setUint32(this.at, value);
    this.at += 4;
  }

  /** A first byte; there is room for the rest of a head behind it. */
  private byte(byte: number): void {
    this.reserve(HEAD_BYTES_MAX);
    this.bytes[this.at++] = byte;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + more));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

/** One MessagePack value. As in JSON, fields that are `undefined` are left out. Throws a `TypeError` on functions, bigints and symbols. */
export function writeMsgpack(value: unknown): Uint8Array {
  const writer = new Writer();
  writer.value(value);
  return writer.take();
}

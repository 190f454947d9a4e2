/**
 * Writes for the store, packed into one piece of memory, so that a turn's worth of them goes to the writing thread in
 * one message and costs this thread no more than the bytes. An entry: operation, table, key length (2), value length
 * (4), key, value; numbers are little-endian. Room for the sum of a value is left in front of it; the store fills it.
 */
import { CRC_BYTES, type Table, TABLES } from './layout.js';

const PUT = 1;
const DELETE = 2;
const DELETE_PREFIX = 3;
const HEADER_BYTES = 8;
const FIRST_BYTES = 16 * 1024;
/** A UTF-16 unit takes at most this many bytes in UTF-8. */
const UTF8_BYTES_MAX = 3;

export class Ops {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #used = 0;

  get empty(): boolean {
    return this.#used === 0;
  }

  get size(): number {
    return this.#used;
  }

  put(table: Table, key: Buffer, json: string): number {
    const start = this.#begin(PUT, table, key, CRC_BYTES + json.length * UTF8_BYTES_MAX);
    const value_bytes = CRC_BYTES + this.#bytes.write(json, this.#used + CRC_BYTES);
    this.#bytes.writeUInt32LE(value_bytes, start + 4);
    this.#used += value_bytes;
    return value_bytes;
  }

  delete(table: Table, key: Buffer): void {
    this.#begin(DELETE, table, key, 0);
  }

  /** Everything whose key begins so. */
  deletePrefix(table: Table, prefix: Buffer): void {
    this.#begin(DELETE_PREFIX, table, prefix, 0);
  }

  /** What was packed; this object is of no use afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#used) as Uint8Array<ArrayBuffer>;
  }

  #begin(op: number, table: Table, key: Buffer, value_bytes_max: number): number {
    const start = this.#used;
    const end = start + HEADER_BYTES + key.length + value_bytes_max;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    this.#bytes[start] = op;
    this.#bytes[start + 1] = TABLES.indexOf(table);
    this.#bytes.writeUInt16LE(key.length, start + 2);
    this.#bytes.writeUInt32LE(0, start + 4);
    key.copy(this.#bytes, start + HEADER_BYTES);
    this.#used = start + HEADER_BYTES + key.length;
    return start;
  }
}

export interface OpsTarget {
  /** `value` has room for its sum in front. */
  put(table: Table, key: Buffer, value: Buffer): void;
  delete(table: Table, key: Buffer): void;
  deletePrefix(table: Table, prefix: Buffer): void;
}

export function applyOps(packed: Uint8Array, target: OpsTarget): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const op = bytes[at];
    const table = TABLES[bytes[at + 1] ?? TABLES.length];
    if (table === undefined) throw new Error(`no table ${bytes[at + 1]}`);
    const value_at = at + HEADER_BYTES + bytes.readUInt16LE(at + 2);
    const end = value_at + bytes.readUInt32LE(at + 4);
    const key = bytes.subarray(at + HEADER_BYTES, value_at);
    if (op === PUT) target.put(table, key, bytes.subarray(value_at, end));
    else if (op === DELETE) target.delete(table, key);
    else target.deletePrefix(table, key);
    at = end;
  }
}

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
const FIRST_BYTES = 64 * 1024;
/** Pieces of memory that are kept to be filled again: fresh ones cost more than what is written into them. */
const POOL_MAX = 4;
const POOLED_BYTES_MAX = 4 * 1024 * 1024;
const pool: ArrayBuffer[] = [];

/** What was taken and is needed no more. */
export function recycle(ops: Uint8Array<ArrayBuffer>): void {
  const { buffer } = ops;
  if (buffer.byteLength <= POOLED_BYTES_MAX && buffer.byteLength > 0 && pool.length < POOL_MAX) pool.push(buffer);
}
/** A UTF-16 unit takes at most this many bytes in UTF-8. */
const UTF8_BYTES_MAX = 3;

export class Ops {
  #bytes: Buffer<ArrayBuffer> | null = null;
  #used = 0;

  get empty(): boolean {
    return this.#used === 0;
  }

  get size(): number {
    return this.#used;
  }

  put(table: Table, key: Buffer, json: string): number {
    const start = this.#used;
    const bytes = this.#begin(PUT, table, key, CRC_BYTES + json.length * UTF8_BYTES_MAX);
    const value_bytes = CRC_BYTES + bytes.write(json, this.#used + CRC_BYTES);
    bytes.writeUInt32LE(value_bytes, start + 4);
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
    return this.#bytes?.subarray(0, this.#used) ?? new Uint8Array();
  }

  #begin(op: number, table: Table, key: Buffer, value_bytes_max: number): Buffer<ArrayBuffer> {
    const start = this.#used;
    const bytes = this.#room(start + HEADER_BYTES + key.length + value_bytes_max);
    bytes[start] = op;
    bytes[start + 1] = TABLES.indexOf(table);
    bytes.writeUInt16LE(key.length, start + 2);
    bytes.writeUInt32LE(0, start + 4);
    key.copy(bytes, start + HEADER_BYTES);
    this.#used = start + HEADER_BYTES + key.length;
    return bytes;
  }

  #room(end: number): Buffer<ArrayBuffer> {
    const bytes = this.#bytes;
    if (bytes !== null && end <= bytes.length) return bytes;
    let larger: Buffer<ArrayBuffer> | null = null;
    for (let i = 0; i < pool.length && larger === null; i += 1) {
      if (pool[i]!.byteLength >= end) larger = Buffer.from(pool.splice(i, 1)[0]!);
    }
    larger ??= Buffer.allocUnsafeSlow(Math.max(end, FIRST_BYTES, (bytes?.length ?? 0) * 2));
    if (bytes !== null) {
      bytes.copy(larger, 0, 0, this.#used);
      recycle(bytes);
    }
    this.#bytes = larger;
    return larger;
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

/** Into memory of its own: what goes to the store is handed over, and small buffers share theirs with others. */
export function joined(groups: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(groups.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const group of groups) {
    all.set(group, at);
    at += group.byteLength;
  }
  return all;
}

/**
 * Where things lie in the store. Named tables, keys that sort as they are read, numbers big-endian:
 *
 *   meta      NAME                          what is true of the whole journal (`Meta`)
 *   lanes     lane                          a lane's `Head`
 *   log       lane n                        a batch of records, the first of which is the lane's `n`th (from 0): JSON
 *   image     lane 't' order                a task (`FrozenTask`)
 *             lane 'k' KEY                  an idempotency key (`FrozenKey`)
 *             lane 'e' place                `order` of the ended task at this place of all ends
 *             lane 'x' place                the key at this place of all ended keys
 *   facts     lane i                        facts kept for replay, as of the image: JSON list
 *   tasks     lane TASK_ID n                that the batch at `n` has records of this task, not counting its submission,
 *                                           which lies where the time in its id says; no value
 *   sessions  SESSION_ID                    a `SessionRecord`
 *   totals    lane                          how many entries the tables have of a lane (`totals.ts`); lane 0: of none
 *
 * `lane` is a number of 4 bytes given once, from 1 on, `n`, `order`, `place` and `i` have 6 bytes. Every value begins with the CRC-32 of its key
 * and of what follows. The image of a lane is its state before record `Head.n`; the records from there on are its tail.
 */
import { crc32 } from 'node:zlib';
import type { FrozenHead } from '../../core/index.js';
import { JournalDamaged } from './damage.js';

export const TABLES = ['meta', 'lanes', 'log', 'image', 'facts', 'tasks', 'sessions', 'totals'] as const;
export type Table = (typeof TABLES)[number];

/** 1 had no totals. */
export const FORMAT = 2;
export const CRC_BYTES = 4;
export const DATA_FILE = 'data.mdb';
const LANE_BYTES = 4;
const NUMBER_BYTES = 6;

/** Under `journal` in `meta`. */
export interface Meta {
  readonly format: number;
  /** What the names of all logs begin with: random, made once. */
  readonly log: string;
  /** Counts unclean stops: the end of a log's name. */
  readonly generation: number;
  /** Lanes forgotten so far: in the name of logs begun since. */
  readonly forgotten: number;
  /** The next lane gets this number. */
  readonly next_lane: number;
}

/** Under `clean` in `meta`, from a clean stop to the next start. */
export interface CleanMark {
  readonly at: number;
}

export interface Head {
  readonly name: string;
  /** Name of its log without the generation. */
  readonly stem: string;
  /** Generation of the hub that wrote last here; the log is `stem.generation`. */
  readonly generation: number;
  /** Logs before this one and the `seq` up to which they agree with it. */
  readonly forks: { readonly [log: string]: number };
  /** The image is of the moment before this record. */
  readonly n: number;
  readonly image: FrozenHead;
  /** The first places of the two lists in the image. */
  readonly ended_from: number;
  readonly ended_keys_from: number;
  /** How many facts are in `facts`. */
  readonly facts: number;
  /** Bytes of the log before `n` as far as it is kept, and its first record and that one's time. */
  readonly log_bytes: number;
  readonly log_from: number;
  readonly log_from_at: number;
}

export const META_KEY = Buffer.from('journal');
export const CLEAN_KEY = Buffer.from('clean');
export const EPOCH_KEY = Buffer.from('epoch');
export const ALIVE_KEY = Buffer.from('alive');

export function laneKey(lane: number): Buffer {
  const key = Buffer.allocUnsafe(LANE_BYTES);
  key.writeUInt32BE(lane, 0);
  return key;
}

/** In `log` and `facts`. */
export function numberKey(lane: number, n: number): Buffer {
  const key = Buffer.allocUnsafe(LANE_BYTES + NUMBER_BYTES);
  key.writeUInt32BE(lane, 0);
  key.writeUIntBE(n, LANE_BYTES, NUMBER_BYTES);
  return key;
}

export function numberOf(key: Buffer): number {
  return key.readUIntBE(key.length - NUMBER_BYTES, NUMBER_BYTES);
}

export function laneOf(key: Buffer): number {
  return key.readUInt32BE(0);
}

export type ImageRow = 't' | 'k' | 'e' | 'x';

export function imageKey(lane: number, row: ImageRow, id: number | string): Buffer {
  const text = typeof id === 'string' ? Buffer.from(id) : null;
  const key = Buffer.allocUnsafe(LANE_BYTES + 1 + (text?.length ?? NUMBER_BYTES));
  key.writeUInt32BE(lane, 0);
  key.write(row, LANE_BYTES, 'latin1');
  if (text === null) key.writeUIntBE(id as number, LANE_BYTES + 1, NUMBER_BYTES);
  else text.copy(key, LANE_BYTES + 1);
  return key;
}

export function imageRow(key: Buffer): ImageRow {
  return String.fromCharCode(key[LANE_BYTES] ?? 0) as ImageRow;
}

/** What `imageKey` was given. */
export function imageId(key: Buffer): number | string {
  return imageRow(key) === 'k' ? key.toString('utf8', LANE_BYTES + 1) : numberOf(key);
}

/** All batches with records of a task have keys that begin with this. */
export function taskPrefix(lane: number, task_id: string): Buffer {
  const key = Buffer.allocUnsafe(LANE_BYTES + task_id.length + 1);
  key.writeUInt32BE(lane, 0);
  key.write(task_id, LANE_BYTES, 'latin1');
  key[key.length - 1] = 0;
  return key;
}

export function taskKey(lane: number, task_id: string, n: number): Buffer {
  const prefix = taskPrefix(lane, task_id);
  const key = Buffer.allocUnsafe(prefix.length + NUMBER_BYTES);
  prefix.copy(key);
  key.writeUIntBE(n, prefix.length, NUMBER_BYTES);
  return key;
}

/** The first key after all that begin with `prefix`. */
export function afterPrefix(prefix: Buffer): Buffer {
  const key = Buffer.from(prefix);
  for (let i = key.length - 1; i >= 0; i -= 1) {
    if (key[i]! < 0xff) {
      key[i]! += 1;
      return key.subarray(0, i + 1);
    }
  }
  return Buffer.alloc(prefix.length + 1, 0xff);
}

/** Writes the sum into the first bytes of `sealed`, whose rest is the payload. */
export function seal(key: Uint8Array, sealed: Buffer): void {
  sealed.writeUInt32LE(crc32(sealed.subarray(CRC_BYTES), crc32(key)), 0);
}

/** What was sealed, as JSON. Throws `JournalDamaged` that says where. */
export function unseal(table: Table, key: Buffer, value: Buffer): unknown {
  if (value.length < CRC_BYTES || value.readUInt32LE(0) !== crc32(value.subarray(CRC_BYTES), crc32(key))) {
    throw new JournalDamaged(`the entry ${key.toString('hex')} of ${table} does not have the sum it was written with`);
  }
  try {
    return JSON.parse(value.toString('utf8', CRC_BYTES));
  } catch {
    throw new JournalDamaged(`the entry ${key.toString('hex')} of ${table} cannot be read`);
  }
}

/** Field schemas that several messages share: ids, names, durations, payloads, bytes. Bounds come from `limits.ts`. */
import * as z from 'zod';
import type { RequestId } from '../client-messages.js';
import { checkJson, isWellFormed } from '../json-value.js';
import {
  DURATION_MAX_MS,
  NAME_PATTERN,
  STREAM_NAME_PATTERN,
  TASK_NAME_PATTERN,
  TEXT_LIMITS,
  WORKER_NAME_PATTERN,
} from '../limits.js';
import { ALL_LANES, type Json, PRIORITIES } from '../words.js';

/** Payload value of at most `bytesMax` bytes of JSON. A plain function, not a recursive schema: it is on the hot path. */
export function jsonValue(bytesMax: number): z.ZodType<Json> {
  return z.unknown().check((context) => {
    if (context.value === undefined) {
      context.issues.push({ code: 'custom', input: context.value, message: 'is missing' });
      return;
    }
    const checked = checkJson(context.value, bytesMax);
    if (typeof checked === 'number') return;
    context.issues.push({
      code: 'custom',
      input: context.value,
      path: [...checked.path],
      message: checked.message,
      params: { code: checked.code },
    });
  }) as unknown as z.ZodType<Json>;
}

/** A JSON *object* of at most `bytesMax` bytes. */
export function jsonObject(bytesMax: number): z.ZodType<{ readonly [key: string]: Json }> {
  return jsonValue(bytesMax)
    .check((context) => {
      const value: unknown = context.value;
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
      context.issues.push({ code: 'custom', input: value, message: 'expected an object' });
    })
    .meta({ type: 'object' }) as unknown as z.ZodType<{ readonly [key: string]: Json }>;
}

/** Text of `min` to `max` UTF-16 code units without half surrogate pairs. */
export function text(max: number, min = 1): z.ZodString {
  return z
    .string()
    .min(min)
    .max(max)
    .check((context) => {
      if (isWellFormed(context.value)) return;
      context.issues.push({
        code: 'custom',
        input: context.value,
        message: 'has half of a surrogate pair in it, which UTF-8 cannot carry',
      });
    });
}

/** Text that becomes a key of an object on the wire. */
export function keyText(max: number): z.ZodString {
  return text(max).check((context) => {
    if (context.value !== '__proto__') return;
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: 'must not be __proto__: choose another name',
    });
  });
}

export const requestId = z
  .unknown()
  .check((context) => {
    if (isRequestId(context.value)) return;
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: `expected a string of 1–${TEXT_LIMITS.request_id_chars_max} characters or an integer of 0–4294967295`,
      params: { tells_value: true },
    });
  })
  .meta({
    anyOf: [
      { type: 'string', minLength: 1, maxLength: TEXT_LIMITS.request_id_chars_max },
      { type: 'integer', minimum: 0, maximum: 0xffff_ffff },
    ],
    description: 'chosen by the sender, echoed as `re` in the one reply',
  }) as unknown as z.ZodType<RequestId>;

export function isRequestId(value: unknown): value is RequestId {
  if (typeof value === 'string') {
    return value.length >= 1 && value.length <= TEXT_LIMITS.request_id_chars_max && isWellFormed(value);
  }
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

/** What a chunk carries: well-formed text, or bytes (MessagePack only). */
export const chunkData = z
  .unknown()
  .check((context) => {
    const value = context.value;
    if (typeof value === 'string') {
      if (isWellFormed(value)) return;
      context.issues.push({
        code: 'custom',
        input: value,
        message: 'begins or ends in the middle of a character (half of a surrogate pair): send whole characters',
      });
      return;
    }
    if (value instanceof Uint8Array) return;
    context.issues.push({
      code: 'custom',
      input: value,
      message: value === undefined ? 'is missing' : 'expected a string, or bytes in MessagePack',
      params: { tells_value: value !== undefined },
    });
  })
  .meta({
    anyOf: [
      { type: 'string' },
      { type: 'string', contentEncoding: 'binary', description: 'bytes, in MessagePack only' },
    ],
  }) as unknown as z.ZodType<string | Uint8Array>;

export const laneName = z.string().regex(NAME_PATTERN, { error: 'expected 1–64 letters, digits, _ or -' });
export const laneNameOrAll = z.string().refine((name) => name === ALL_LANES || NAME_PATTERN.test(name), {
  error: `expected 1–64 letters, digits, _ or -, or ${ALL_LANES} for every lane`,
});
export const taskName = z
  .string()
  .regex(TASK_NAME_PATTERN, { error: 'expected 1–128 printable characters other than *' })
  .refine(isWellFormed, { error: 'has half of a surrogate pair in it' });
export const workerName = z
  .string()
  .regex(WORKER_NAME_PATTERN, { error: 'expected 1–128 printable characters, * only as the last one' })
  .refine(isWellFormed, { error: 'has half of a surrogate pair in it' });
export const streamName = z
  .string()
  .regex(STREAM_NAME_PATTERN, { error: 'expected 1–64 letters, digits, _ . : or - (and not __proto__)' });
export const taskId = z.string().min(1).max(TEXT_LIMITS.task_id_chars_max);
export const sessionId = z.string().min(1).max(TEXT_LIMITS.session_id_chars_max);
export const token = z.string().min(1).max(TEXT_LIMITS.token_chars_max);
export const key = text(TEXT_LIMITS.key_chars_max);
export const reason = text(TEXT_LIMITS.reason_chars_max, 0);

/** Whole number from 0 up to 2^53−1: epochs, sequence numbers, counts. */
export const count = z.int().min(0);
/** Unix milliseconds; may have a fraction. */
export const instant = z.number();
/** Milliseconds, 1 and up. */
export const duration = z.int().min(1).max(DURATION_MAX_MS);

export const priority = z.literal([...PRIORITIES, 1, 2, 3, 4, 5]);
export const priorityName = z.enum(PRIORITIES);

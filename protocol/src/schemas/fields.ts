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
import { custom, leaf, NOT_NUMBER, NOT_OBJECT, NOT_TEXT, type Problem } from './leaf.js';

const HALF_PAIR = 'has half of a surrogate pair in it, which UTF-8 cannot carry';

/** Payload value of at most `bytesMax` bytes of JSON. */
export function jsonValue(bytesMax: number): z.ZodType<Json, Json> {
  return leaf('json', (value) => payloadProblem(value, bytesMax), {
    'x-json-bytes-max': bytesMax,
  });
}

type JsonObject = { readonly [key: string]: Json };

/** A JSON *object* of at most `bytesMax` bytes. */
export function jsonObject(bytesMax: number): z.ZodType<JsonObject, JsonObject> {
  return leaf(
    'object',
    (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return NOT_OBJECT;
      return payloadProblem(value, bytesMax);
    },
    { type: 'object', 'x-json-bytes-max': bytesMax },
  );
}

function payloadProblem(value: unknown, bytesMax: number): Problem | undefined {
  const checked = checkJson(value, bytesMax);
  if (typeof checked === 'number') return undefined;
  if (checked.code === 'too_large') return { code: 'custom', message: checked.message, params: { code: 'too_large' } };
  return { code: 'custom', message: checked.message, path: [...checked.path] };
}

/**
 * Text of `min` to `max` UTF-16 code units without half surrogate pairs, and other than `__proto__` if it becomes a
 * key of an object on the wire.
 */
export function text(max: number, min = 1, isKey = false): z.ZodType<string, string> {
  return leaf(
    'string',
    (value) => {
      if (typeof value !== 'string') return NOT_TEXT;
      if (value.length < min || value.length > max) {
        return custom(`expected ${min}–${max} characters, got ${value.length}`);
      }
      if (!isWellFormed(value)) return custom(HALF_PAIR);
      return isKey && value === '__proto__' ? custom('must not be __proto__: choose another name') : undefined;
    },
    { type: 'string', ...(min > 0 && { minLength: min }), maxLength: max },
  );
}

/** Text that matches `pattern`; `expected` says in words what that is. */
function name(pattern: RegExp, expected: string): z.ZodType<string, string> {
  return leaf(
    'string',
    (value) => {
      if (typeof value !== 'string') return NOT_TEXT;
      if (!pattern.test(value)) {
        return { code: 'custom', message: `expected ${expected}`, params: { tells_value: true } };
      }
      return isWellFormed(value) ? undefined : custom(HALF_PAIR);
    },
    { type: 'string', pattern: pattern.source },
  );
}

/** Whole number from `min` to `max`. */
export function integer(min: number, max: number): z.ZodType<number, number> {
  const bounds = `${min}–${max === Number.MAX_SAFE_INTEGER ? '2^53−1' : max}`;
  return leaf(
    'number',
    (value) => {
      if (typeof value !== 'number') return NOT_NUMBER;
      if (Number.isInteger(value) && value >= min && value <= max) return undefined;
      return custom(`expected a whole number of ${bounds}, got ${value}`);
    },
    { type: 'integer', minimum: min, maximum: max },
  );
}

export function isRequestId(value: unknown): value is RequestId {
  if (typeof value === 'string') {
    return value.length >= 1 && value.length <= TEXT_LIMITS.request_id_chars_max && isWellFormed(value);
  }
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

export const requestId = leaf<RequestId>(
  'string',
  (value) =>
    isRequestId(value)
      ? undefined
      : {
          code: 'custom',
          message: `expected a string of 1–${TEXT_LIMITS.request_id_chars_max} characters or an integer of 0–4294967295`,
          params: { tells_value: true },
        },
  {
    anyOf: [
      { type: 'string', minLength: 1, maxLength: TEXT_LIMITS.request_id_chars_max },
      { type: 'integer', minimum: 0, maximum: 0xffff_ffff },
    ],
  },
);

/** What a chunk carries: well-formed text, or bytes (MessagePack only). */
export const chunkData = leaf<string | Uint8Array>(
  'string',
  (value) => {
    if (typeof value === 'string') {
      return isWellFormed(value)
        ? undefined
        : custom('begins or ends in the middle of a character (half of a surrogate pair): send whole characters');
    }
    if (value instanceof Uint8Array) return undefined;
    return { code: 'custom', message: 'expected a string, or bytes in MessagePack', params: { tells_value: true } };
  },
  { anyOf: [{ type: 'string' }, { description: 'bytes, in MessagePack only', contentEncoding: 'binary' }] },
);

export const laneName = name(NAME_PATTERN, '1–64 letters, digits, _ or - (and not __proto__)');
export const laneNameOrAll = name(
  new RegExp(`${NAME_PATTERN.source}|^\\${ALL_LANES}$`),
  `1–64 letters, digits, _ or - (and not __proto__), or ${ALL_LANES} for every lane`,
);
export const taskName = name(TASK_NAME_PATTERN, '1–128 printable characters other than *');
export const workerName = name(WORKER_NAME_PATTERN, '1–128 printable characters, * only as the last one');
export const streamName = name(STREAM_NAME_PATTERN, '1–64 letters, digits, _ . : or - (and not __proto__)');
export const taskId = text(TEXT_LIMITS.task_id_chars_max);
export const sessionId = text(TEXT_LIMITS.session_id_chars_max);
export const token = text(TEXT_LIMITS.token_chars_max);
export const key = text(TEXT_LIMITS.key_chars_max);
export const reason = text(TEXT_LIMITS.reason_chars_max, 0);

/** Whole number from 0 up to 2^53−1: epochs, sequence numbers, counts. */
export const count = integer(0, Number.MAX_SAFE_INTEGER);
/** Unix milliseconds; may have a fraction. */
export const instant = z.number();
/** Milliseconds, 1 and up. */
export const duration = integer(1, DURATION_MAX_MS);

export const priority = z.literal([...PRIORITIES, 1, 2, 3, 4, 5]);
export const priorityName = z.enum(PRIORITIES);

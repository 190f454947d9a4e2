/**
 * Checks and measures a payload (`args`, `result`, `meta`, `checkpoint`) in one walk, without making its JSON.
 * Owns what a JSON value is in this protocol; who may send one how large is said by the schemas.
 */
import { LIMITS } from './limits.js';

export interface JsonProblem {
  /** `too_large` when it is a sound value of more bytes than allowed. */
  readonly code: 'invalid_message' | 'too_large';
  /** Keys and indexes from the payload's root down to the value that is wrong. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

// One walk at a time: JavaScript is single-threaded and nothing here calls out, so the walk's state needs no object.
let bytesLeft = 0;
let depthMax = 0;
let wrong = '';
let tooLarge = false;
let reversedPath: (string | number)[] = [];

/**
 * The bytes that `JSON.stringify(value)` would take in UTF-8, or what is wrong with the value:
 * not JSON (undefined, NaN, dates, bytes, functions, BigInt …), an integer outside ±(2^53−1), a string that is not
 * well formed, nesting deeper than `depth`, or more than `bytesMax` bytes. Stops at the first problem.
 */
export function checkJson(
  value: unknown,
  bytesMax: number,
  depth: number = LIMITS.json_depth_max,
): number | JsonProblem {
  bytesLeft = bytesMax;
  depthMax = depth;
  tooLarge = false;
  if (walk(value, 0)) return bytesMax - bytesLeft;
  const path = reversedPath.reverse();
  reversedPath = [];
  return tooLarge
    ? { code: 'too_large', path: [], message: `is more than ${bytesMax} bytes of JSON` }
    : { code: 'invalid_message', path, message: wrong };
}

const SURROGATE = /[\ud800-\udfff]/;

/** False for a string with half of a surrogate pair in it: UTF-8, and so MessagePack, cannot carry that. */
export function isWellFormed(text: string): boolean {
  if (!SURROGATE.test(text)) return true;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(at + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    at++;
  }
  return true;
}

function fail(message: string): false {
  wrong = message;
  return false;
}

function take(bytes: number): boolean {
  bytesLeft -= bytes;
  if (bytesLeft >= 0) return true;
  tooLarge = true;
  return false;
}

function walk(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return walkString(value);
    case 'number':
      return walkNumber(value);
    case 'boolean':
      return take(value ? 4 : 5);
    case 'object':
      if (value === null) return take(4);
      if (depth >= depthMax) return fail(`is nested deeper than ${depthMax} levels`);
      return Array.isArray(value) ? walkArray(value, depth + 1) : walkObject(value, depth + 1);
    case 'undefined':
      return fail('is undefined, which is no JSON value: leave the field out or send null');
    case 'bigint':
      return fail('is an integer outside ±(2^53−1): send it as a string');
    default:
      return fail(`is a ${typeof value}, which is no JSON value`);
  }
}

function walkNumber(value: number): boolean {
  if (Number.isInteger(value)) {
    if (value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) {
      return fail('is an integer outside ±(2^53−1): send it as a string');
    }
    return take(value >= 0 && value < 10 ? 1 : String(value).length);
  }
  if (!Number.isFinite(value)) return fail(`is ${value}, which is no JSON value: send null instead`);
  return take(String(value).length);
}

/** Printable ASCII that needs no escape: a byte a character. */
const PLAIN_ASCII = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function walkString(text: string): boolean {
  if (text.length + 2 > bytesLeft) return take(text.length + 2);
  // Most text is plain: the regular expression sees that many times faster than the loop below.
  if (text.length > 12 && PLAIN_ASCII.test(text)) return take(text.length + 2);
  let bytes = 2;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      if (unit === 0x22 || unit === 0x5c) bytes += 2;
      else if (unit >= 0x20) bytes += 1;
      // \b \t \n \f \r have short escapes; the other control characters take \u00XX.
      else bytes += unit >= 8 && unit <= 13 && unit !== 11 ? 2 : 6;
    } else if (unit < 0x800) bytes += 2;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3;
    else {
      const next = text.charCodeAt(at + 1);
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) {
        return fail('has half of a surrogate pair in it, which UTF-8 cannot carry');
      }
      bytes += 4;
      at++;
    }
  }
  return take(bytes);
}

function walkArray(items: readonly unknown[], depth: number): boolean {
  if (!take(items.length === 0 ? 2 : items.length + 1)) return false;
  for (let at = 0; at < items.length; at++) {
    if (!walk(items[at], depth)) {
      reversedPath.push(at);
      return false;
    }
  }
  return true;
}

function walkObject(value: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Another realm's plain object has another Object.prototype, which ends in null like ours.
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return fail(`is a ${value.constructor?.name ?? 'class instance'}, which is no JSON value`);
  }
  if (!take(2)) return false;
  let first = true;
  for (const key of Object.keys(value)) {
    // Decoders disagree about this key (msgpackr renames it), so no payload may depend on it.
    if (key === '__proto__') return fail('has the key __proto__, which not every decoder keeps: rename it');
    // The colon, and the comma before every member but the first.
    if (!take(first ? 1 : 2)) return false;
    first = false;
    if (!walkString(key)) return tooLarge ? false : fail(`has a key that ${wrong}`);
    if (!walk((value as Record<string, unknown>)[key], depth)) {
      reversedPath.push(key);
      return false;
    }
  }
  return true;
}

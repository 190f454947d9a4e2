/**
 * Turns zod's issues into the protocol's: a dotted path, and one line that says what was expected, what came instead,
 * and the way out. Values are quoted shortly, and never those of tokens.
 */
import type { $ZodIssue } from 'zod/v4/core';
import type { Issue } from '../errors.js';
import { PRIORITIES } from '../words.js';
import { nearest } from './nearest.js';

export interface Described {
  /** `too_large` when nothing is wrong but the size of a payload. */
  readonly code: 'invalid_message' | 'too_large';
  readonly issues: Issue[];
}

/** A message has few fields; somebody who gets more wrong than this reads the protocol first. */
const ISSUES_MAX = 20;
const QUOTE_CHARS_MAX = 60;

export function describeIssues(zodIssues: readonly $ZodIssue[], input: unknown): Described {
  const flat = zodIssues.flatMap((issue) => flatten(issue, []));
  const onlySize = flat.every(({ issue }) => issue.code === 'custom' && issue.params?.['code'] === 'too_large');
  return {
    code: onlySize ? 'too_large' : 'invalid_message',
    issues: flat.slice(0, ISSUES_MAX).map(({ issue, path }) => {
      const value = valueAt(input, path);
      // A list in a query came as one string: what is in it only the issue knows.
      const message = describe(issue, value === undefined ? issue.input : value, path);
      return { path: path.map(String).join('.'), message };
    }),
  };
}

interface Placed {
  issue: $ZodIssue;
  path: PropertyKey[];
}

/** Issues inside record keys, at their full paths. */
function flatten(issue: $ZodIssue, prefix: PropertyKey[]): Placed[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_key') return issue.issues.flatMap((inner) => flatten(inner, path));
  return [{ issue, path }];
}

function describe(issue: $ZodIssue, value: unknown, path: readonly PropertyKey[]): string {
  const got = `got ${quote(value, path)}`;
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return `is missing: expected ${kind(issue.expected)}`;
      if (value === null) return `expected ${kind(issue.expected)}, got null: leave the field out instead`;
      return `expected ${kind(issue.expected)}, ${got}`;
    case 'invalid_value':
      return `expected ${choice(issue.values)}, ${value === undefined ? 'but it is missing' : got}${guess(value, issue.values)}`;
    case 'too_big':
      return `${amount(issue.origin, `at most ${issue.maximum}`)}, ${size(issue.origin, value, path)}`;
    case 'too_small':
      return `${amount(issue.origin, `at least ${issue.minimum}`)}, ${size(issue.origin, value, path)}`;
    case 'invalid_format':
      return `${issue.message}, ${got}`;
    case 'custom':
      return issue.params?.['tells_value'] === true ? `${issue.message}, ${got}` : issue.message;
    default:
      return `${issue.message}, ${got}`;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number within ±(2^53−1)',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  json: 'a JSON value (null will do)',
};

function kind(expected: string): string {
  return KINDS[expected] ?? expected;
}

function choice(values: readonly unknown[]): string {
  const names = values.filter((value) => typeof value === 'string');
  if (values.length > names.length && names.length === PRIORITIES.length) return `one of ${names.join(', ')} (or 1–5)`;
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function guess(value: unknown, values: readonly unknown[]): string {
  if (typeof value !== 'string') return '';
  const known = nearest(
    value,
    values.filter((known): known is string => typeof known === 'string'),
  );
  return known === undefined ? '' : `: did you mean ${JSON.stringify(known)}?`;
}

function amount(origin: string, bound: string): string {
  if (origin === 'string') return `expected ${bound} characters`;
  if (origin === 'array') return `expected ${bound} items`;
  return `expected ${bound}`;
}

function size(origin: string, value: unknown, path: readonly PropertyKey[]): string {
  if ((origin === 'string' && typeof value === 'string') || Array.isArray(value)) return `got ${value.length}`;
  return `got ${quote(value, path)}`;
}

/** The value in a few characters, as JSON where it is JSON. */
function quote(value: unknown, path: readonly PropertyKey[]): string {
  if (path.some((key) => typeof key === 'string' && key.endsWith('token'))) return 'something else';
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return value instanceof Date ? 'a date' : 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > QUOTE_CHARS_MAX ? `${value.slice(0, QUOTE_CHARS_MAX)}…` : value);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/**
 * The edge where a decoded frame or HTTP body becomes a typed value: once here, trusted after.
 * Never throws; what is wrong comes back as data with the place, the problem and the way out.
 */
import type * as z from 'zod';
import type { ClientMessage, RequestId } from '../client-messages.js';
import type { Issue } from '../errors.js';
import { LIMITS, type Limits } from '../limits.js';
import type { TaskSubmission } from '../task.js';
import { type ClientMessageSchemas, clientMessageSchemas } from './client-schemas.js';
import { describeIssues } from './describe-issues.js';
import { isRequestId } from './fields.js';
import { hubMessageSchemas } from './hub-schemas.js';
import { nearest } from './nearest.js';
import { type SoundAsIs, soundAsIs } from './sound-as-is.js';
import { taskSubmissionSchema } from './task-schemas.js';

export interface ParseFailure {
  readonly ok: false;
  readonly code: 'unknown_type' | 'invalid_message' | 'too_large';
  /** The `id` of the request, if it has a sound one: the error's `re`. */
  readonly id?: RequestId;
  /** One line for a person, with the first issue in it. */
  readonly message: string;
  readonly issues: Issue[];
}

export type ParsedMessage = { readonly ok: true; readonly message: ClientMessage } | ParseFailure;
export type ParsedTask = { readonly ok: true; readonly task: TaskSubmission } | ParseFailure;

interface Known {
  readonly schema: z.ZodType;
  /** Whether a message needs no schema: the short way, for nearly all. */
  readonly sound: SoundAsIs;
}

interface Schemas {
  byType: ReadonlyMap<string, Known>;
  types: readonly string[];
  task: z.ZodType<TaskSubmission>;
}

// A hub has one set of limits, so this holds one entry; a test may have a few.
const schemasOf = new WeakMap<Limits, Schemas>();
const defaults = makeSchemas(LIMITS);

/**
 * Checks one decoded frame from a client. Unknown fields are dropped; defaults are not applied (see `resolveTask`).
 * A message that is good as it is comes back as the same object: give it a value that nobody else keeps to change it.
 */
export function parseClientMessage(value: unknown, limits: Limits = LIMITS): ParsedMessage {
  const schemas = limits === LIMITS ? defaults : schemasFor(limits);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    const issue = { path: '', message: `expected an object with a type, got ${nameOf(value)}` };
    return { ok: false, code: 'invalid_message', message: `a message is an object: ${issue.message}`, issues: [issue] };
  }
  const type = (value as { type?: unknown }).type;
  const known = typeof type === 'string' ? schemas.byType.get(type) : undefined;
  if (known === undefined) return withId(value, refuseType(type, schemas.types));
  if (known.sound(value)) return { ok: true, message: value as ClientMessage };
  const parsed = known.schema.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data as ClientMessage };
  return withId(value, failure(String(type), parsed.error, value));
}

/** Checks the body of `POST /v1/lanes/:lane/tasks`: the same schema as the `task` of `task.submit`. */
export function parseTaskSubmission(value: unknown, limits: Limits = LIMITS): ParsedTask {
  const schemas = limits === LIMITS ? defaults : schemasFor(limits);
  const parsed = schemas.task.safeParse(value);
  return parsed.success ? { ok: true, task: parsed.data } : failure('task', parsed.error, value);
}

/** Checks any value with any of the schemas, with the same kind of answer. `what` begins the message of a failure. */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  what: string,
): { readonly ok: true; readonly value: T } | ParseFailure {
  const parsed = schema.safeParse(value, { reportInput: true });
  return parsed.success ? { ok: true, value: parsed.data } : failure(what, parsed.error, value);
}

function makeSchemas(limits: Limits): Schemas {
  const schemas: ClientMessageSchemas = clientMessageSchemas(limits);
  const byType = new Map<string, Known>();
  for (const [type, schema] of Object.entries(schemas)) byType.set(type, { schema, sound: soundAsIs(schema) });
  return { byType, types: Object.keys(schemas), task: taskSubmissionSchema(limits) };
}

function schemasFor(limits: Limits): Schemas {
  let schemas = schemasOf.get(limits);
  if (schemas === undefined) {
    schemas = makeSchemas(limits);
    schemasOf.set(limits, schemas);
  }
  return schemas;
}

function failure(what: string, error: z.ZodError, input: unknown): ParseFailure {
  const { code, issues } = describeIssues(error.issues, input);
  const first = issues[0];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const place = first === undefined || first.path === '' ? '' : `${first.path} `;
  return { ok: false, code, message: `${what}: ${place}${first?.message ?? 'is not valid'}${more}`, issues };
}

function refuseType(type: unknown, types: readonly string[]): ParseFailure {
  if (typeof type !== 'string') {
    const problem = type === undefined ? 'is missing' : `expected a string, got ${nameOf(type)}`;
    const issue = { path: 'type', message: `${problem}: it names the kind of message, as in "task.submit"` };
    return { ok: false, code: 'invalid_message', message: `type ${issue.message}`, issues: [issue] };
  }
  const quoted = JSON.stringify(type.length > 64 ? `${type.slice(0, 64)}…` : type);
  const hubOnly = Object.hasOwn(hubMessageSchemas, type);
  const known = hubOnly ? undefined : nearest(type, types);
  const wayOut = hubOnly
    ? ': only the hub sends that one'
    : known === undefined
      ? `: expected one of ${types.join(', ')}`
      : `: did you mean ${JSON.stringify(known)}?`;
  const message = `unknown type ${quoted}${wayOut}`;
  return { ok: false, code: 'unknown_type', message, issues: [{ path: 'type', message }] };
}

/** Adds the request's `id` to its failure, so that the error can carry `re`. */
function withId(value: object, refused: ParseFailure): ParseFailure {
  const id = (value as { id?: unknown }).id;
  return isRequestId(id) ? { ...refused, id } : refused;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Uint8Array) return 'bytes';
  return `a ${typeof value}`;
}

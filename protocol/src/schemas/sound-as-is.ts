/**
 * Says of a decoded value, without zod, that it is good as it is: every field known, there and sound. Nearly all that
 * comes is, and zod would copy it object by object: for a small message that takes more time and garbage than judging it.
 *
 * Owns the walk over a schema's fields, and no rule about any of them: it is made from the schema, and the schema's own
 * leaves judge. It says yes or "ask zod", so zod alone drops fields, refuses and explains. What few messages have (lists,
 * records, fractions, refinements) is not known here, and so is always asked of zod.
 */
import * as z from 'zod';
import { Leaf } from './leaf.js';
import { isRule, type Rule } from './rule.js';

/** True: the schema would answer with a value equal to this one. False: the schema has to say. */
export type SoundAsIs = (value: unknown) => boolean;

/** As a leaf's `problem`: undefined for a value that is good as it is, and not asked about undefined. */
type Doubt = (value: unknown) => unknown;

interface Field {
  readonly required: boolean;
  readonly doubt: Doubt;
}

const ASK_ZOD = 'ask zod';
const always: Doubt = () => ASK_ZOD;

export function soundAsIs(schema: z.core.$ZodType): SoundAsIs {
  const doubt = doubtOf(schema);
  return (value) => value !== undefined && doubt(value) === undefined;
}

function doubtOf(schema: z.core.$ZodType): Doubt {
  const { checks = [] } = schema._zod.def;
  if (checks.length === 0) return doubtOfKind(schema);
  return checks.every(isRule) ? withRules(doubtOfKind(schema), checks) : always;
}

function doubtOfKind(schema: z.core.$ZodType): Doubt {
  if (schema instanceof Leaf) return schema._zod.def.problem;
  if (schema instanceof z.core.$ZodObject) return doubtOfObject(schema);
  if (schema instanceof z.core.$ZodEnum || schema instanceof z.core.$ZodLiteral) {
    const words: ReadonlySet<unknown> = schema._zod.values;
    return (value) => (words.has(value) ? undefined : ASK_ZOD);
  }
  if (schema instanceof z.core.$ZodBoolean) return (value) => (typeof value === 'boolean' ? undefined : ASK_ZOD);
  return always;
}

function doubtOfObject(schema: z.core.$ZodObject): Doubt {
  const { shape, catchall } = schema._zod.def;
  // Strict or loose: what becomes of unknown fields is not asked here.
  if (catchall !== undefined) return always;
  // Without a prototype, so that it has no field `constructor`. A Map would take longer.
  const fields = Object.create(null) as { [key: string]: Field };
  for (const [key, of] of Object.entries(shape)) fields[key] = fieldOf(of);
  const required = Object.values(fields).filter((field) => field.required).length;
  return (value) => {
    if (!isPlainObject(value)) return ASK_ZOD;
    let missing = required;
    for (const key in value) {
      const field = fields[key];
      const member = value[key];
      if (field === undefined || member === undefined || field.doubt(member) !== undefined) return ASK_ZOD;
      if (field.required) missing--;
    }
    return missing === 0 ? undefined : ASK_ZOD;
  };
}

function fieldOf(schema: z.core.$ZodType): Field {
  return schema instanceof z.core.$ZodExactOptional
    ? { required: false, doubt: doubtOf(schema._zod.def.innerType) }
    : { required: true, doubt: doubtOf(schema) };
}

/** As decoders make them. zod also takes an instance of a class, and answers with an object that is none. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function withRules(doubt: Doubt, rules: readonly Rule<unknown>[]): Doubt {
  return (value) => {
    if (doubt(value) !== undefined) return ASK_ZOD;
    for (const rule of rules) if (rule.issuesOf(value).length > 0) return ASK_ZOD;
    return undefined;
  };
}

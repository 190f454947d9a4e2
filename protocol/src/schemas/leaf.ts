/**
 * A zod schema from one plain function, for fields on the hot path. zod runs each `.check()`, `.min()` or `.regex()`
 * through a generic loop that costs more than the check itself (five such fields: 1 M parses a second, as leaves 3 M and more).
 */
import * as z from 'zod';

/** What is wrong with a value that is there, as the part of a zod issue that differs. */
export type Problem =
  | { readonly code: 'invalid_type'; readonly expected: string }
  | {
      readonly code: 'custom';
      readonly message: string;
      /** Further down, when the value is a payload with something wrong inside. */
      readonly path?: (string | number)[];
      readonly params?: { readonly code?: 'too_large'; readonly tells_value?: boolean };
    };

interface LeafDef {
  type: 'custom';
  check: 'custom';
  /** What zod calls the type, or words for it: told when the value is missing. */
  expected: string;
  problem: (value: unknown) => Problem | undefined;
  json_schema: z.core.JSONSchema.BaseSchema;
}

/** Its `problem` is asked without zod too (`sound-as-is.ts`). */
export interface Leaf extends z.ZodType {
  _zod: z.ZodType['_zod'] & { def: LeafDef };
}

// The annotation is what lets TypeScript call `init`, an assertion function.
const ZodType: z.core.$constructor<z.ZodType> = z.ZodType;

export const Leaf = z.core.$constructor<Leaf, LeafDef>('CuehubLeaf', (inst, def) => {
  ZodType.init(inst, def as never);
  const { problem, expected } = def;
  inst._zod.parse = (payload) => {
    if (payload.value === undefined) {
      // zod asks also for optional fields that are absent, and drops the answer: it must cost next to nothing.
      payload.issues.push({ code: 'invalid_type', expected, input: undefined, inst });
      return payload;
    }
    const input: unknown = payload.value;
    const found = problem(input);
    if (found !== undefined) payload.issues.push({ ...found, input, inst } as z.core.$ZodRawIssue);
    return payload;
  };
  inst._zod.processJSONSchema = (_context, json) => {
    Object.assign(json, def.json_schema);
  };
});

/** `problem` answers undefined for a good `T` and is not asked about undefined; `jsonSchema` says the same to other tools. */
export function leaf<T>(
  expected: string,
  problem: LeafDef['problem'],
  jsonSchema: z.core.JSONSchema.BaseSchema,
): z.ZodType<T, T> {
  return new Leaf({
    type: 'custom',
    check: 'custom',
    expected,
    problem,
    json_schema: jsonSchema,
  }) as unknown as z.ZodType<T, T>;
}

export const NOT_TEXT: Problem = { code: 'invalid_type', expected: 'string' };
export const NOT_NUMBER: Problem = { code: 'invalid_type', expected: 'number' };
export const NOT_OBJECT: Problem = { code: 'invalid_type', expected: 'object' };

export function custom(message: string): Problem {
  return { code: 'custom', message };
}

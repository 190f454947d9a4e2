/** The same contract for other tools: JSON Schema of every message, made from the zod schemas. */
import * as z from 'zod';
import type { ClientMessageType } from '../client-messages.js';
import type { HubMessageType } from '../hub-messages.js';
import { LIMITS, type Limits } from '../limits.js';
import { clientMessageSchemas } from './client-schemas.js';
import { hubMessageSchemas } from './hub-schemas.js';

export type JsonSchema = { readonly [keyword: string]: unknown };

export interface JsonSchemas {
  readonly client: { readonly [type in ClientMessageType]: JsonSchema };
  readonly hub: { readonly [type in HubMessageType]: JsonSchema };
  /** What the messages have in common (`Task`, `LaneStatus` …); `$ref`s point here. */
  readonly definitions: { readonly [id: string]: JsonSchema };
}

/** JSON Schema (draft 2020-12) of each message as it is on the wire. `refPrefix` is where `definitions` will be put. */
export function jsonSchemas(refPrefix = '#/$defs/', limits: Limits = LIMITS): JsonSchemas {
  const definitions: Record<string, JsonSchema> = {};
  const convert = ([type, schema]: [string, z.ZodType]): [string, JsonSchema] => {
    const { $schema: _, $defs, ...own } = z.toJSONSchema(schema, { io: 'input' });
    for (const [id, definition] of Object.entries($defs ?? {})) {
      definitions[id] ??= pointAt(definition, refPrefix) as JsonSchema;
    }
    return [type, pointAt(own, refPrefix) as JsonSchema];
  };
  const all = (schemas: object) => Object.fromEntries(Object.entries(schemas).map(convert));
  return {
    client: all(clientMessageSchemas(limits)) as JsonSchemas['client'],
    hub: all(hubMessageSchemas) as JsonSchemas['hub'],
    definitions,
  };
}

function pointAt(node: unknown, refPrefix: string): unknown {
  if (Array.isArray(node)) return node.map((item) => pointAt(item, refPrefix));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]): [string, unknown] =>
      key === '$ref' && typeof value === 'string'
        ? [key, value.replace('#/$defs/', refPrefix)]
        : [key, pointAt(value, refPrefix)],
    ),
  );
}

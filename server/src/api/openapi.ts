/**
 * The OpenAPI 3.1 page, made from the endpoints themselves. Schemas are turned by zod: what a request is parsed with
 * is what the page says. Named schemas become components and are referred to.
 */
import { ERROR_CODES } from '@cuehub/protocol';
import * as z from 'zod';
import type { Endpoint, Spec } from './endpoint.js';

type JsonSchema = Record<string, unknown>;

const ERROR_TEXTS: Readonly<Record<number, string>> = {
  400: 'The request is not valid; `issues` says where.',
  401: 'No token, or one that is not known here.',
  403: 'The token (or the page that asks) may not do this.',
  404: 'There is no such thing.',
  409: 'It conflicts with what is there.',
  413: 'Too large.',
  429: 'Too many requests, or the queue is full; `Retry-After` says when to try again.',
  503: 'The journal is not available, or the hub is shutting down.',
};

const errorBody = z.object({
  error: z.object({
    code: z.enum(Object.keys(ERROR_CODES) as [string, ...string[]]).meta({ description: 'The one thing to match on.' }),
    message: z.string().meta({ description: 'For people.' }),
    issues: z
      .array(z.object({ path: z.string().meta({ description: 'Where, as in `priority`.' }), message: z.string() }))
      .optional(),
  }),
});

export interface OpenApiInfo {
  readonly version: string;
}

/** Refers from anywhere in the page to a named schema. */
const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /** `io`: what a client may send, or what it gets (where defaults are filled in). */
  add(name: string, schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    if (!(name in this.schemas)) {
      const own = this.#inline(schema, io, name);
      // One that has this name for its own id has just moved here: what is left is a reference to itself.
      this.schemas[name] ??= own;
    }
    return refTo(name);
  }

  inline(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    return this.#inline(schema, io, undefined);
  }

  /** Schemas with an id of their own come out of zod as `$defs`: they move to the components. */
  #inline(schema: z.ZodType, io: 'input' | 'output', self: string | undefined): JsonSchema {
    const { $schema: _, $defs, ...own } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;
    for (const [id, definition] of Object.entries(($defs ?? {}) as Record<string, JsonSchema>)) {
      this.schemas[id] ??= open(rebase(definition, self)) as JsonSchema;
    }
    return open(rebase(own, self)) as JsonSchema;
  }
}

/** Points references at the components. */
function rebase(node: unknown, self: string | undefined): unknown {
  return walk(node, (key, value) => {
    if (key === 'id' && typeof value === 'string') return undefined;
    if (key !== '$ref' || typeof value !== 'string') return value;
    if (value === '#' && self !== undefined) return `#/components/schemas/${self}`;
    return value.replace(/^#\/\$defs\//, '#/components/schemas/');
  });
}

/** Later versions may add fields: what the hub sends is never closed against them. */
function open(node: unknown): unknown {
  return walk(node, (key, value) => (key === 'additionalProperties' && value === false ? undefined : value));
}

function walk(node: unknown, change: (key: string, value: unknown) => unknown, inProperties = false): unknown {
  if (Array.isArray(node)) return node.map((item) => walk(item, change));
  if (typeof node !== 'object' || node === null) return node;
  const out: JsonSchema = {};
  for (const [key, value] of Object.entries(node as JsonSchema)) {
    const changed = inProperties ? value : change(key, value);
    if (changed !== undefined) out[key] = walk(changed, change, !inProperties && key === 'properties');
  }
  return out;
}

export function openApiPage(endpoints: readonly Endpoint[], { version }: OpenApiInfo): JsonSchema {
  const components = new Components();
  const error = components.add('Error', errorBody, 'output');
  const paths: Record<string, JsonSchema> = {};
  for (const { spec } of endpoints) {
    const path = spec.path.replace(/:([a-z_]+)/g, '{$1}');
    (paths[path] ??= {})[spec.method] = operation(spec, components, error);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'cuehub',
      version,
      description:
        'Gives the floor of a lane to one task at a time. What happens live is on the WebSocket `/ws`: see `/asyncapi.json`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths,
    components: { schemas: components.schemas, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

function operation(spec: Spec<unknown, unknown, unknown>, components: Components, error: JsonSchema): JsonSchema {
  const responses: Record<string, JsonSchema> = {};
  for (const [status, { description, name, schema, content_type }] of Object.entries(spec.answers)) {
    const content =
      schema !== undefined && name !== undefined
        ? { 'application/json': { schema: components.add(name, schema, 'output') } }
        : content_type !== undefined
          ? { [content_type]: { schema: { type: 'string' } } }
          : undefined;
    responses[status] = content === undefined ? { description } : { description, content };
  }
  const always = spec.open === true ? [] : [401, 429];
  for (const status of [...always, ...(spec.errors ?? [])].sort((a, b) => a - b)) {
    responses[status] ??= {
      description: ERROR_TEXTS[status] ?? 'An error.',
      content: { 'application/json': { schema: error } },
    };
  }
  const parameters = [
    ...parametersOf(spec.params, 'path', components),
    ...parametersOf(spec.query, 'query', components),
    ...parametersOf(spec.headers, 'header', components),
  ];
  return {
    operationId: spec.id,
    tags: [spec.tag],
    summary: spec.summary,
    ...(spec.open === true ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(spec.body === undefined
      ? {}
      : {
          requestBody: {
            required: spec.body.required,
            content: { 'application/json': { schema: components.add(spec.body.name, spec.body.schema, 'input') } },
          },
        }),
    responses,
  };
}

function parametersOf(
  schema: z.ZodType | undefined,
  where: 'path' | 'query' | 'header',
  components: Components,
): JsonSchema[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = components.inline(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

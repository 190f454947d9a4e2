import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.js';
import { asyncApiDocument } from './async-api.js';
import { clientMessageSchemas } from './client-schemas.js';
import { hubMessageSchemas } from './hub-schemas.js';
import { type JsonSchema, jsonSchemas } from './json-schemas.js';

/** Every `$ref` in a document, however deep. */
function refsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : refsOf(value),
  );
}

function lookUp(document: unknown, ref: string): unknown {
  const keys = ref.replace(/^#\//, '').split('/');
  return keys.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
}

describe('jsonSchemas', () => {
  it('has every message of both directions, with what it is for', () => {
    const { client, hub } = jsonSchemas();
    expect(Object.keys(client)).toEqual(Object.keys(clientMessageSchemas(LIMITS)));
    expect(Object.keys(hub)).toEqual(Object.keys(hubMessageSchemas));
    for (const [type, schema] of Object.entries<JsonSchema>({ ...client, ...hub })) {
      expect(schema['description'], type).toEqual(expect.any(String));
    }
  });

  it('tells types, bounds and defaults of a task', () => {
    expect(jsonSchemas().client['task.submit']).toMatchObject({
      required: ['type', 'task'],
      properties: {
        id: {
          anyOf: [
            { type: 'string', maxLength: 64 },
            { type: 'integer', maximum: 4_294_967_295 },
          ],
        },
        task: {
          required: ['name'],
          properties: {
            priority: { enum: ['URGENT', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND', 1, 2, 3, 4, 5], default: 'MEDIUM' },
            pause_grace_ms: { type: 'integer', minimum: 0, maximum: 5_000, default: 250 },
          },
        },
      },
    });
  });

  it('refers only to definitions that are there, wherever they are put', () => {
    const { client, hub, definitions } = jsonSchemas('#/definitions/');
    const document = { client, hub, definitions };
    const refs = refsOf(document);
    expect(refs).toContain('#/definitions/Task');
    for (const ref of refs) expect(lookUp(document, ref), ref).toBeTypeOf('object');
  });
});

describe('asyncApiDocument', () => {
  const document = asyncApiDocument({ version: '1.2.3', host: '127.0.0.1:8787' });

  it('has both directions of the one channel, and every reference leads somewhere', () => {
    expect(document).toMatchObject({
      asyncapi: '3.0.0',
      info: { version: '1.2.3' },
      servers: { hub: { protocol: 'ws' } },
    });
    const { messages } = lookUp(document, '#/operations/from_clients') as { messages: unknown[] };
    expect(messages).toHaveLength(Object.keys(clientMessageSchemas(LIMITS)).length);
    const refs = refsOf(document);
    expect(refs).toContain('#/components/schemas/hub.welcome');
    for (const ref of refs) expect(lookUp(document, ref), ref).toBeTypeOf('object');
  });

  it('is JSON, with keys that AsyncAPI allows', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    const { components } = document as { components: { messages: object; schemas: object } };
    for (const key of [...Object.keys(components.messages), ...Object.keys(components.schemas)]) {
      expect(key).toMatch(/^[a-zA-Z0-9._-]+$/);
    }
  });
});

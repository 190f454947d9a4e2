import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

type Node = { [key: string]: Node } & { $ref?: string };

function refsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : refsOf(value)));
}

const OPENAPI = '/openapi.json';
const ASYNCAPI = '/asyncapi.json';

/** What a reference leads to, through references to references. */
function resolve(page: Node, ref: string, passed: readonly string[] = []): Node | string {
  if (passed.includes(ref)) return `${ref} refers to itself`;
  const target = ref
    .split('/')
    .slice(1)
    .reduce((node: Node | undefined, key) => node?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], page);
  if (target === undefined || Object.keys(target).length === 0) return `${ref} leads to nothing`;
  return typeof target.$ref === 'string' ? resolve(page, target.$ref, [...passed, ref]) : target;
}

test('the page names every route', async () => {
  const { body } = await makeApi().ask(OPENAPI, { token: null });
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths).sort()).toEqual([
    '/asyncapi.json',
    '/clone/orchestrator/start',
    '/clone/orchestrator/status',
    '/clone/orchestrator/stop',
    '/healthz',
    '/metrics',
    '/openapi.json',
    '/readyz',
    '/v1/lanes',
    '/v1/lanes/{lane}',
    '/v1/lanes/{lane}/events',
    '/v1/lanes/{lane}/start',
    '/v1/lanes/{lane}/stop',
    '/v1/lanes/{lane}/tasks',
    '/v1/lanes/{lane}/tasks/{task_id}',
    '/v1/lanes/{lane}/tasks/{task_id}/timeline',
    '/v1/watch-token',
  ]);
});

test.each([OPENAPI, ASYNCAPI])('each reference in %s leads to a schema, and none in a circle', async (path) => {
  const { body } = await makeApi().ask(path, { token: null });
  const named = Object.keys(body.components.schemas).map((name) => `#/components/schemas/${name}`);
  const refs = refsOf(body);
  expect(refs.length).toBeGreaterThan(10);
  const broken = [...new Set([...named, ...refs])]
    .map((ref) => resolve(body as Node, ref))
    .filter((target) => typeof target === 'string');
  expect(broken).toEqual([]);
});

test('a task is told whole', async () => {
  const { body } = await makeApi().ask(OPENAPI, { token: null });
  expect(refsOf(body.paths)).toContain('#/components/schemas/Task');
  expect(Object.keys(body.components.schemas.Task.properties)).toEqual(
    expect.arrayContaining(['task_id', 'state', 'epoch']),
  );
});

test('the submission is the schema that requests are parsed with', async () => {
  const { body } = await makeApi().ask(OPENAPI, { token: null });
  const { required, properties } = body.components.schemas.TaskSubmission;
  expect(required).toEqual(['name']);
  expect(Object.keys(properties)).toEqual(
    expect.arrayContaining(['args', 'priority', 'idempotency_key', 'dedupe', 'call']),
  );
  expect(body.paths['/v1/lanes/{lane}/tasks'].post.responses['201']).toBeDefined();
});

test('what the hub sends stays open for fields of later versions', async () => {
  const { body } = await makeApi().ask(OPENAPI, { token: null });
  expect(body.components.schemas.Task.additionalProperties).toBeUndefined();
});

test('the WebSocket has a page of its own', async () => {
  const { status, body } = await makeApi().ask(ASYNCAPI, { token: null });
  expect([status, body.asyncapi, body.info.version]).toEqual([200, '3.0.0', '0.0.0-test']);
  expect(JSON.stringify(body)).toContain('task.submit');
});

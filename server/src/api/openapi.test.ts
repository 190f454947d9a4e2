import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

type Node = { [key: string]: Node } & { $ref?: string };

function refsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : refsOf(value)));
}

test('the page names every route, and each reference leads somewhere', async () => {
  const { body } = await makeApi().ask('/openapi.json', { token: null });
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths).sort()).toEqual([
    '/clone/orchestrator/start',
    '/clone/orchestrator/status',
    '/clone/orchestrator/stop',
    '/healthz',
    '/metrics',
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
  const refs = refsOf(body);
  expect(refs).toContain('#/components/schemas/Task');
  for (const ref of refs) {
    const target = ref
      .split('/')
      .slice(1)
      .reduce((node: Node | undefined, key) => node?.[key], body as Node);
    expect([ref, target === undefined]).toEqual([ref, false]);
  }
});

test('the submission is the schema that requests are parsed with', async () => {
  const { body } = await makeApi().ask('/openapi.json', { token: null });
  const { required, properties } = body.components.schemas.TaskSubmission;
  expect(required).toEqual(['name']);
  expect(Object.keys(properties)).toEqual(
    expect.arrayContaining(['args', 'priority', 'idempotency_key', 'dedupe', 'call']),
  );
  expect(body.paths['/v1/lanes/{lane}/tasks'].post.responses['201']).toBeDefined();
});

test('what the hub sends stays open for fields of later versions', async () => {
  const { body } = await makeApi().ask('/openapi.json', { token: null });
  expect(body.components.schemas.Task.additionalProperties).toBeUndefined();
});

test('the WebSocket has a page of its own', async () => {
  const { status, body } = await makeApi().ask('/asyncapi.json', { token: null });
  expect([status, body.asyncapi, body.info.version]).toEqual([200, '3.0.0', '0.0.0-test']);
  expect(JSON.stringify(body)).toContain('task.submit');
});

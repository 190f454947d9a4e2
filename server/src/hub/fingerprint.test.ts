import { resolveTask, type TaskSubmission } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import { fingerprintOf } from './fingerprint.js';

const of = (task: TaskSubmission): string => fingerprintOf(resolveTask(task));

test('the order of fields, a default that is spelled out and the key itself make no difference', () => {
  const a = of({ name: 'n', args: { x: 1, y: { b: 2, a: [1, 2] } }, idempotency_key: 'k' });
  const b = of({ args: { y: { a: [1, 2], b: 2 }, x: 1 }, priority: 'MEDIUM', name: 'n', idempotency_key: 'other' });
  expect(a).toBe(b);
});

test.each([
  [{ name: 'm' }],
  [{ name: 'n', args: null }],
  [{ name: 'n', args: [2, 1] }],
  [{ name: 'n', priority: 'LOW' as const }],
])('%j is another task', (task) => {
  expect(of(task)).not.toBe(of({ name: 'n', args: [1, 2] }));
});

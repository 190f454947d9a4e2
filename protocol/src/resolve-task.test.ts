import { describe, expect, it } from 'vitest';
import { resolveTask, taskRuleIssues } from './resolve-task.js';
import { PRIORITIES } from './words.js';

describe('resolveTask', () => {
  it('gives a task with only a name every default of the contract', () => {
    expect(resolveTask({ name: 'remember_fact' })).toStrictEqual({
      name: 'remember_fact',
      priority: 3,
      preempt: 'interrupt',
      interruptible: true,
      on_interrupt: 'pause',
      executor: 'worker',
      timeout_ms: 600_000,
      max_attempts: 1,
      pause_grace_ms: 250,
      call: false,
    });
  });

  it('keeps what was said, also where it is falsy', () => {
    const said = {
      name: 'x',
      args: null,
      interruptible: false,
      pause_grace_ms: 0,
      preempt: 'queue',
      on_interrupt: 'drop',
      executor: 'self',
      idempotency_key: 'k',
      timeout_ms: 5,
      max_attempts: 3,
      call: true,
      parent_id: 'p',
      ttl_ms: 1,
      resume_ttl_ms: 2,
      dedupe: { key: 'd', mode: 'keep' },
      meta: { a: 1 },
    } as const;
    expect(resolveTask({ ...said, priority: 1 })).toStrictEqual({ ...said, priority: 1 });
  });

  it('makes every name of a priority its number, and leaves numbers alone', () => {
    expect(PRIORITIES.map((priority) => resolveTask({ name: 'x', priority }).priority)).toEqual([1, 2, 3, 4, 5]);
    expect(resolveTask({ name: 'x', priority: 5 }).priority).toBe(5);
  });

  it('leaves the submission as it was', () => {
    const submission = Object.freeze({ name: 'x' });
    resolveTask(submission);
    expect(submission).toEqual({ name: 'x' });
  });
});

describe('taskRuleIssues', () => {
  it('asks a self task for its idempotency key', () => {
    expect(taskRuleIssues({ name: 'x', executor: 'self' }).map(({ path }) => path)).toEqual(['idempotency_key']);
    expect(taskRuleIssues({ name: 'x', executor: 'self', idempotency_key: 'k' })).toEqual([]);
  });

  it('asks a call for its parent, and a mere child for nothing', () => {
    expect(taskRuleIssues({ name: 'x', call: true }).map(({ path }) => path)).toEqual(['parent_id']);
    expect(taskRuleIssues({ name: 'x', call: true, parent_id: 'p' })).toEqual([]);
    expect(taskRuleIssues({ name: 'x', call: false })).toEqual([]);
    expect(taskRuleIssues({ name: 'x', parent_id: 'p' })).toEqual([]);
  });
});

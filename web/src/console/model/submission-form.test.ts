import { describe, expect, it } from 'vitest';
import { EMPTY_FIELDS, errorsAfter, errorsByField, fieldsOf, submissionOf } from './submission-form.js';

const fields = (news: Partial<typeof EMPTY_FIELDS>) => submissionOf({ ...EMPTY_FIELDS, name: 'chat', ...news });

describe('the form of a task', () => {
  it('submits what differs from the defaults, and nothing else', () => {
    expect(fields({})).toEqual({ task: { name: 'chat', priority: 'MEDIUM' } });
    const all = fields({
      args: '{"text":"hi"}',
      priority: 'URGENT',
      preempt: 'finish',
      interruptible: false,
      on_interrupt: 'drop',
      ttl_ms: '1500',
      dedupe_key: 'screen',
      meta: '{"from":"console"}',
    });
    expect(all).toEqual({
      task: {
        name: 'chat',
        args: { text: 'hi' },
        priority: 'URGENT',
        preempt: 'finish',
        interruptible: false,
        on_interrupt: 'drop',
        ttl_ms: 1500,
        dedupe: { key: 'screen', mode: 'replace' },
        meta: { from: 'console' },
      },
    });
  });

  it('says at the field what never was a task', () => {
    const wrong = fields({ name: ' ', args: '{text:1}', ttl_ms: 'soon', meta: '[1]' });
    expect(wrong).toEqual({
      errors: {
        name: expect.stringContaining('needs a name'),
        args: expect.stringContaining('no JSON'),
        ttl_ms: 'This is no whole number.',
        meta: expect.stringContaining('no object'),
      },
    });
  });

  it('forgets what was wrong when it is mended, and not what is still wrong or was not touched', () => {
    const errors = { name: 'needs a name', args: 'is no JSON', ttl_ms: 'is too small' };
    const after = (news: Partial<typeof EMPTY_FIELDS>, ...changed: (keyof typeof EMPTY_FIELDS)[]) =>
      errorsAfter(errors, { ...EMPTY_FIELDS, ...news }, changed);
    expect(after({ args: '{"text": 1}' }, 'args')).toEqual({ name: errors.name, ttl_ms: errors.ttl_ms });
    expect(after({ args: '[1' }, 'args').args).toContain('This is no JSON');
    expect(after({ ttl_ms: '5' }, 'ttl_ms', 'meta')).toEqual({ name: errors.name, args: errors.args });
    expect(errorsAfter({}, { ...EMPTY_FIELDS, args: '{' }, ['args'])).toEqual({});
  });

  it('leaves bounds to the hub, whose issues it puts to their fields', () => {
    expect(fields({ ttl_ms: '0' })).toEqual({ task: { name: 'chat', priority: 'MEDIUM', ttl_ms: 0 } });
    const sorted = errorsByField([
      { path: 'task.ttl_ms', message: 'is too small' },
      { path: 'task.args.list.3', message: 'is too deep' },
      { path: 'dedupe.key', message: 'is too long' },
      { path: 'lane', message: 'is no name' },
    ]);
    expect(sorted.fields).toEqual({
      ttl_ms: 'is too small',
      args: 'args.list.3 is too deep',
      dedupe_key: 'is too long',
    });
    expect(sorted.rest).toEqual([{ path: 'lane', message: 'is no name' }]);
  });

  it('is filled from a task, so that one like it can be submitted', () => {
    const task = {
      name: 'chat',
      args: { text: 'hi' },
      priority: 'HIGH' as const,
      ttl_ms: 5,
      dedupe: { key: 'k', mode: 'keep' as const },
      interruptible: false,
    };
    expect(submissionOf(fieldsOf(task))).toEqual({ task });
    expect(fieldsOf({ name: 'a', priority: 1 }).priority).toBe('URGENT');
  });
});

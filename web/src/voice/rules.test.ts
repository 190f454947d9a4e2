import { describe, expect, it } from 'vitest';
import { type Rule, taskFor } from './rules.js';
import { ANYTHING, DEFAULT_SETTINGS } from './settings.js';

const rule = (more: Partial<Rule>): Rule => ({ ...ANYTHING, ...more });

describe('the task for what was said', () => {
  it('comes from the first phrase that fits', () => {
    const rules = [rule({ phrase: 'stop *', name: 'stop' }), rule({ phrase: 'stop {what}', name: 'never' }), ANYTHING];
    expect(taskFor('stop the music', rules)?.name).toBe('stop');
    expect(taskFor('stop', rules)?.name).toBe('voice_command');
    expect(taskFor('stop', rules.slice(0, 2))).toBeNull();
  });

  it('is an urgent voice command for anything, by default', () => {
    expect(taskFor('Turn on the lights', DEFAULT_SETTINGS.rules)).toEqual({
      name: 'voice_command',
      args: { command: 'Turn on the lights' },
      priority: 'URGENT',
      preempt: 'interrupt',
      ttl_ms: 30_000,
    });
    expect(taskFor('remember: cats purr', DEFAULT_SETTINGS.rules)).toEqual({
      name: 'remember_fact',
      args: { fact: 'cats purr' },
      priority: 'MEDIUM',
      preempt: 'queue',
      ttl_ms: 60_000,
    });
  });

  it('has its args filled at any depth, and takes nothing said for a template', () => {
    const args = { a: ['{who}', { b: 'to {who}: {1}' }], n: 3, keep: '{other} {}', whole: '{text}' };
    const said = 'tell Ada that {1} and {who}';
    expect(taskFor(said, [rule({ phrase: 'tell {who} that *', args })])?.args).toEqual({
      a: ['Ada', { b: 'to Ada: 1} and {who' }],
      n: 3,
      keep: '{other} {}',
      whole: said,
    });
    expect(taskFor('x', [rule({ args: { proto: '{constructor}' } })])?.args).toEqual({ proto: '{constructor}' });
  });

  it('carries how it is submitted', () => {
    const dedupe = { key: 'screen', mode: 'replace' } as const;
    const spec = taskFor('look', [rule({ phrase: 'look', priority: 'LOW', preempt: 'finish', ttl_ms: null, dedupe })]);
    expect(spec).toMatchObject({ priority: 'LOW', preempt: 'finish', dedupe });
    expect(spec).not.toHaveProperty('ttl_ms');
  });
});

import { describe, expect, it } from 'vitest';
import { outcomeText } from './outcome.js';
import { ANYTHING, DEFAULT_SETTINGS } from './settings.js';

describe('what a sentence would do', () => {
  it('is told as the form names it', () => {
    expect(outcomeText('remember cats purr', DEFAULT_SETTINGS.rules)).toBe(
      'Task remember_fact with {"fact":"cats purr"}, priority MEDIUM. ' +
        'What is less urgent goes on, and this waits its turn. Wanted for 60 seconds.',
    );
    const rule = { ...ANYTHING, preempt: 'finish' as const, ttl_ms: null };
    expect(outcomeText('dance', [rule])).toContain('What is less urgent ends its sentence. Wanted for ever.');
    expect(outcomeText('dance', [{ ...rule, phrase: 'sing' }])).toBe('No phrase fits: nothing is sent.');
  });
});

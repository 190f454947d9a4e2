import { describe, expect, it } from 'vitest';
import { ANYTHING, DEFAULT_SETTINGS, readSettings } from './settings.js';

function problems(json: unknown): string[] {
  const read = readSettings(json);
  return 'problems' in read ? read.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe('settings', () => {
  it('come back as they were written', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      speak: 'mine',
      rules: [{ ...ANYTHING, dedupe: { key: 'a', mode: 'keep' } }],
    };
    expect(readSettings(JSON.parse(JSON.stringify(settings)))).toEqual({ settings });
  });

  it('have defaults for what is left out', () => {
    expect(readSettings({})).toEqual({ settings: DEFAULT_SETTINGS });
    expect(readSettings({ rules: [{ phrase: 'hi', name: 'hello', args: {} }] })).toEqual({
      settings: { ...DEFAULT_SETTINGS, rules: [{ ...ANYTHING, phrase: 'hi', name: 'hello', args: {} }] },
    });
  });

  it('name each field that is wrong, and what would be right', () => {
    expect(
      problems({ listen: 'always', rate: 9, wake_phrases: ['fido', ''], language: 'English!', barge_in: 1 }),
    ).toEqual([
      'listen: must be one of push_to_talk, wake_word',
      'wake_phrases.1: must be a word or a few, 200 characters at most',
      'language: must be like en-GB, or empty',
      'barge_in: must be true or false',
      'rate: must be a number from 0.5 to 3',
    ]);
    const rules = [
      { phrase: 'a {b}', name: 'do*', args: { x: '{c}' }, priority: 'HUGE' },
      { name: '', phrase: '{a} {b}', ttl_ms: -1, dedupe: { mode: 'both' } },
      'no rule',
    ];
    expect(problems({ rules })).toEqual([
      'rules.0.name: must be the name of a task, without *',
      'rules.0.priority: must be one of URGENT, HIGH, MEDIUM, LOW, BACKGROUND',
      'rules.0.args: uses {c}, which the phrase does not have; there is {b}, {text}',
      'rules.1.name: must not be empty',
      'rules.1.ttl_ms: must be a number from 1 to 86400000',
      'rules.1.dedupe.key: must be text',
      'rules.1.dedupe.mode: must be one of keep, replace',
      'rules.1.phrase: there must be a word between two slots',
      'rules.2: is no rule: it needs a phrase and the name of a task',
    ]);
  });

  it('are bounded', () => {
    expect(problems({ rules: Array.from({ length: 101 }, () => ANYTHING) })).toEqual([
      'rules: has more than 100 entries',
    ]);
    expect(problems({ rules: [{ ...ANYTHING, args: { a: 'x'.repeat(5_000) } }] })).toEqual([
      'rules.0.args: is longer than 4000 characters',
    ]);
    for (const json of [null, 3, 'x', []]) expect(problems(json)).toEqual([': is no object with settings']);
  });
});

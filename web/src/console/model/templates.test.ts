import { describe, expect, it } from 'vitest';
import { EMPTY_FIELDS, submissionOf } from './submission-form.js';
import {
  EXAMPLES,
  keepTemplates,
  loadTemplates,
  readTemplates,
  TEMPLATES_MAX,
  withoutTemplate,
  withTemplate,
} from './templates.js';

const template = (name: string) => ({ name, fields: { ...EMPTY_FIELDS, name: 'chat' } });

describe('templates', () => {
  it('are kept and found again, by name and in their order', () => {
    let kept: string | null = null;
    const storage = { getItem: () => kept, setItem: (_: string, value: string) => void (kept = value) };
    keepTemplates(withTemplate([template('b')], template('a')), () => storage);
    expect(loadTemplates(() => storage).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(kept).not.toContain('token');
  });

  it('replace one of the same name, and can be forgotten', () => {
    const changed = { name: 'a', fields: { ...EMPTY_FIELDS, name: 'other' } };
    expect(withTemplate([template('a')], changed)).toEqual([changed]);
    expect(withoutTemplate([template('a'), template('b')], 'a').map(({ name }) => name)).toEqual(['b']);
  });

  it('are read as anybody’s text: what makes no sense is left out', () => {
    expect(readTemplates('nonsense')).toEqual([]);
    expect(readTemplates('{"a":1}')).toEqual([]);
    const kept = [
      { name: '', fields: {} },
      null,
      { name: 'x', fields: { name: 'chat', priority: 'LOUDEST', ttl_ms: 4 } },
    ];
    expect(readTemplates(JSON.stringify(kept))).toEqual([{ name: 'x', fields: { ...EMPTY_FIELDS, name: 'chat' } }]);
    const many = Array.from({ length: TEMPLATES_MAX + 5 }, (_, index) => template(`t${index}`));
    expect(readTemplates(JSON.stringify(many))).toHaveLength(TEMPLATES_MAX);
  });

  it('last as long as the page where the browser blocks storage', () => {
    const blocked = (): never => {
      throw new Error('SecurityError');
    };
    expect(loadTemplates(blocked)).toEqual([]);
    expect(() => keepTemplates([template('a')], blocked)).not.toThrow();
  });

  it('that come with the page are tasks', () => {
    for (const { name, fields } of EXAMPLES) expect(submissionOf(fields), name).toHaveProperty('task');
  });
});

/** `docs/protocol.md` is for people outside: its tables must say what the schemas check. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { protocolTables, withTables } from '../../tools/protocol-tables.js';
import { parseClientMessage } from './parse.js';

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

describe('docs/protocol.md', () => {
  it('has the tables that the schemas make: else run `npm run docs:protocol -w protocol`', () => {
    expect(page).toBe(withTables(page));
  });

  it('shows the error that the hub really answers with', () => {
    const refused = parseClientMessage({ type: 'task.submit', id: 1, task: { name: 'x', priority: 'SOON' } });
    const shown = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    expect(refused).toMatchObject({ ok: false });
    const { code, message, issues } = refused as { code: string; message: string; issues: unknown };
    expect(JSON.parse(shown)).toMatchObject({ type: 'error', re: 1, code, message, issues });
  });

  it('has links that lead to a heading', () => {
    const slug = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-');
    const headings = new Set([...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading)));
    for (const [, target = ''] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(target);
  });
});

describe('withTables', () => {
  const tables = new Map([['one', 'NEW']]);

  it('puts a table where its markers are, and nowhere else', () => {
    const before = 'a\n<!-- table: one -->\nold\n<!-- /table -->\nb';
    expect(withTables(before, tables)).toBe('a\n<!-- table: one -->\n\nNEW\n\n<!-- /table -->\nb');
    expect(withTables(withTables(before, tables), tables)).toBe(withTables(before, tables));
  });

  it('refuses a page without a place for a table, or with a place for none', () => {
    expect(() => withTables('', tables)).toThrow('no place for one');
    expect(() => withTables('<!-- table: two -->\n<!-- /table -->', tables)).toThrow('no table two');
  });

  it('makes a table for each part of the contract', () => {
    for (const [name, table] of protocolTables()) expect(table.length, name).toBeGreaterThan(50);
  });
});

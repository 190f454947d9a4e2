import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { formatNumber, goalText, outcomeText, tableText } from './report.js';
import { isMet, resultOf } from './results.js';

const plain = (text: string): string => stripVTControlCharacters(text);

test('large numbers are grouped, small ones keep their digits, none is made up', () => {
  expect(formatNumber(1_234_567.8)).toBe('1 234 568');
  expect(formatNumber(0.0123)).toBe('0.0123');
  expect(formatNumber(Number.NaN)).toBe('n/a');
});

test('a table has its title, its columns and its rows', () => {
  const text = plain(
    tableText({
      title: 'switch',
      columns: ['way', 'p50 ms'],
      rows: [
        ['hub', 0.2],
        ['relay', 0.1],
      ],
    }),
  );
  expect(text).toMatch(/^switch\n/);
  expect(text).toMatch(/│ way +│ p50 ms │/);
  expect(text).toMatch(/│ hub +│ +0\.2 │/);
});

test('a goal that is missed is told and fails nothing', () => {
  const missed = { what: 'p50 / relay', value: 3, at_most: 2.5 };
  expect(isMet(missed)).toBe(false);
  expect(plain(goalText(missed))).toBe('not met p50 / relay: 3 (at most 2.5)');
  expect(plain(goalText({ what: 'steps a second', value: 2_000_000, at_least: 1_000_000 }))).toBe(
    'met     steps a second: 2 000 000 (at least 1 000 000)',
  );
  expect(isMet({ what: 'nothing measured', value: Number.NaN, at_most: 1 })).toBe(false);
});

test('a result says for each goal whether it was met, and on what machine', () => {
  const machine = { cores: 2, cpu: 'a cpu', node: 'v20', date: '2026-01-31T00:00:00.000Z', load_average: 0.1 };
  const goals = [{ what: 'ratio', value: 1, at_most: 2 }];
  const outcome = { tables: [], figures: { a_ms: 1 }, ratios: { a: 1 }, goals, notes: ['skipped'] };
  expect(resultOf('some', outcome, { quick: false, machine, seconds: 1.2345 })).toEqual({
    scenario: 'some',
    quick: false,
    machine,
    seconds: 1.23,
    figures: { a_ms: 1 },
    ratios: { a: 1 },
    goals: [{ what: 'ratio', value: 1, at_most: 2, met: true }],
    chart: [],
    notes: ['skipped'],
  });
  expect(plain(outcomeText(outcome))).toBe('met     ratio: 1 (at most 2)\n  skipped');
});

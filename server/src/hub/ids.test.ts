import { expect, test } from 'vitest';
import { Ids } from './ids.js';

test('task ids sort by the time they were made, also within a millisecond and when the time stands still', () => {
  const ids = new Ids();
  const made: string[] = [];
  for (let at = 0; at < 40_000; at++) made.push(ids.task(1_700_000_000_000));
  made.push(ids.task(1_700_000_000_100), ids.task(1_700_000_000_050));
  expect(made).toEqual([...made].sort());
  expect(new Set(made).size).toBe(made.length);
});

test('ids are short, of letters and digits, and differ from one process to the next', () => {
  const a = new Ids();
  const b = new Ids();
  expect(a.task(1)).toMatch(/^[0-9a-z]{26}$/);
  expect(a.task(5)).not.toBe(b.task(5));
  expect(a.hold()).toMatch(/^[0-9a-z]{13}$/);
  expect(a.session()).toMatch(/^[\w-]{22}$/);
  expect(new Set(Array.from({ length: 5_000 }, () => a.hold())).size).toBe(5_000);
});

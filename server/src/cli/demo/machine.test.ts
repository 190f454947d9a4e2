import { expect, test } from 'vitest';
import { type MachineFacts, answerCommand, machineFacts } from './machine.js';

const facts: MachineFacts = {
  at: new Date(2026, 0, 2, 13, 5).getTime(),
  load_1m: 3.5,
  cores: 2,
  memory_bytes: 8 * 1024 ** 3,
  memory_free_bytes: 2 * 1024 ** 3,
  uptime_s: 7_300,
};

test('the voice worker answers from the facts of the machine', () => {
  expect(answerCommand('what time is it?', facts)).toBe('It is 13:05.');
  expect(answerCommand('which day is it', facts)).toContain('Jan 02 2026');
  expect(answerCommand('how busy are you', facts)).toBe('The load is 3.50 on 2 cores: more than I can do at once.');
  expect(answerCommand('how much MEMORY is left', facts)).toBe('2.0 of 8.0 GiB of memory are free, 75 % is in use.');
  expect(answerCommand('how long have you been up', facts)).toContain('2 hours');
  expect(answerCommand('sing', facts)).toContain('I heard "sing"');
  expect(answerCommand('', facts)).toBe('Yes?');
});

test('the facts are real ones', () => {
  const now = machineFacts(Date.now());
  expect(now.memory_bytes).toBeGreaterThan(now.memory_free_bytes);
  expect(now.cores).toBeGreaterThan(0);
  expect(now.load_1m).toBeGreaterThanOrEqual(0);
});

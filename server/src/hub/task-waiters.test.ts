import { expect, test } from 'vitest';
import { TaskWaiters } from './task-waiters.js';

test('everybody who waits for a task hears of its end, once', () => {
  const waiters = new TaskWaiters();
  const heard: string[] = [];
  waiters.add('t', (over) => heard.push(`a ${over}`));
  waiters.add('t', (over) => heard.push(`b ${over}`));
  waiters.add('u', (over) => heard.push(`c ${over}`));
  waiters.ended('t', undefined);
  waiters.ended('t', undefined);
  expect(heard).toEqual(['a ended', 'b ended']);
  expect(waiters.size).toBe(1);
});

test('the end counts when the journal has it, and not when the journal fails', async () => {
  const waiters = new TaskWaiters();
  const heard: string[] = [];
  waiters.add('t', (over) => heard.push(over));
  waiters.add('u', (over) => heard.push(over));
  waiters.ended('t', Promise.resolve());
  waiters.ended('u', Promise.reject(new Error('the disk is full')));
  expect(heard).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(['ended', 'failed']);
});

test('who gave up hears nothing, also while the journal writes', async () => {
  const waiters = new TaskWaiters();
  const heard: string[] = [];
  waiters.add('t', () => heard.push('early'))();
  const giveUp = waiters.add('t', () => heard.push('late'));
  waiters.ended('t', Promise.resolve());
  giveUp();
  giveUp();
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([]);
  expect(waiters.size).toBe(0);
});

test('when the hub goes away nobody waits for ever', () => {
  const waiters = new TaskWaiters();
  const heard: string[] = [];
  waiters.add('t', (over) => heard.push(over));
  waiters.close();
  expect(heard).toEqual(['closing']);
  expect(waiters.size).toBe(0);
});

import { expect, test } from 'vitest';
import { chunk, fact, makeTask, snapshot, state } from './testing/lane-messages.js';
import { applyMessage, createModel, textOf, waitingTasks } from './watch-model.js';

function modelOf(...messages: Parameters<typeof applyMessage>[1][]) {
  const model = createModel('main');
  for (const message of messages) applyMessage(model, message, 1_000);
  return model;
}

test('waiting tasks stand in the order they would run: level, then paused ones, then first come', () => {
  const model = modelOf(
    fact('task.queued', { task_id: 'late', submitted_at: 9 }),
    fact('task.queued', { task_id: 'low', priority: 'LOW', submitted_at: 1 }),
    fact('task.queued', { task_id: 'early', submitted_at: 2 }),
    fact('task.paused', { task_id: 'paused', state: 'paused', submitted_at: 10 }),
    fact('task.queued', { task_id: 'urgent', priority: 'URGENT', submitted_at: 11 }),
    fact('task.started', { task_id: 'holder', state: 'running' }),
  );
  expect(waitingTasks(model).map(({ task_id }) => task_id)).toEqual(['urgent', 'paused', 'early', 'late', 'low']);
});

test('a task that is over waits no more', () => {
  const model = modelOf(
    fact('task.queued', { task_id: 't1' }),
    fact('task.cancelled', { task_id: 't1', state: 'cancelled' }),
  );
  expect(waitingTasks(model)).toEqual([]);
});

test('text goes on where the snapshot ended, and a cut takes back what a new attempt says again', () => {
  const stream = {
    task_id: 't1',
    stream: 'main',
    content_type: 'text/plain',
    next_seq: 2,
    text: 'one two ',
    text_from: 0,
  };
  const model = modelOf(snapshot({ streams: [stream] }), chunk('t1', 2, 'three '), chunk('t1', 3, 'fuor '));
  expect(textOf(model, 't1')).toBe('one two three fuor ');
  applyMessage(model, { type: 'cut', lane: 'main', task_id: 't1', stream: 'main', from_seq: 3 }, 0);
  applyMessage(model, chunk('t1', 3, 'four '), 0);
  expect(textOf(model, 't1')).toBe('one two three four ');
});

test('only the end of a long text is kept', () => {
  const model = modelOf();
  for (let n = 0; n < 100; n++) applyMessage(model, chunk('t1', n, `${n} ${'x'.repeat(1_000)} `), 0);
  expect(textOf(model, 't1').length).toBeLessThan(20_000);
  expect(textOf(model, 't1')).toContain('99 x');
});

test('streams of long ago are forgotten, the one that speaks is not', () => {
  const model = modelOf();
  for (let n = 0; n < 100; n++) {
    applyMessage(model, chunk('speaker', n, 'a '), 0);
    applyMessage(model, chunk(`other${n}`, 0, 'b '), 0);
  }
  expect(model.streams.size).toBe(32);
  expect(textOf(model, 'speaker')).toHaveLength(200);
});

test('a snapshot replaces what was known', () => {
  const model = modelOf(
    fact('task.queued', { task_id: 'gone' }),
    snapshot({ queue: [makeTask({ task_id: 'there' })] }),
  );
  expect(waitingTasks(model).map(({ task_id }) => task_id)).toEqual(['there']);
});

test('facts are news, the state is not', () => {
  const model = modelOf(
    fact('task.started', { task_id: 't1', state: 'running' }),
    state({ mode: 'busy' }),
    chunk('t1', 0, 'a'),
  );
  expect(model.events.map(({ name }) => name)).toEqual(['task.started']);
  expect(model.status?.state.mode).toBe('busy');
});

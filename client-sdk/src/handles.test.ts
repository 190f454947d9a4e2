import { expect, test } from 'vitest';
import { TaskCancelled, TaskExpired, TaskFailed } from './errors.js';
import { settled } from './testing/fake-clock.js';
import { emptySnapshot, taskView } from './testing/fake-hub.js';
import { connected, outcomeOf } from './testing/setup.js';

test('interrupt submits as URGENT and gives the result', async () => {
  const { hub, fake } = await connected();
  fake.on('task.wait', () => ({ task: taskView({ state: 'completed', result: { said: 'on' } }) }));
  expect(await hub.interrupt({ name: 'voice_command', args: { command: 'lights on' } })).toEqual({ said: 'on' });
  expect(fake.connection.last('task.submit').task).toMatchObject({
    priority: 'URGENT',
    args: { command: 'lights on' },
  });
});

test.each([
  [
    { state: 'failed', error: { code: 'tts_down', message: 'no voice' } },
    TaskFailed,
    { code: 'tts_down', message: 'no voice' },
  ],
  [{ state: 'failed', reason: 'timeout' }, TaskFailed, { code: 'timeout' }],
  [{ state: 'cancelled', reason: 'superseded' }, TaskCancelled, { reason: 'superseded', task_id: 'task-1' }],
  [{ state: 'expired', reason: 'ttl' }, TaskExpired, { code: 'task_expired' }],
] as const)('a task that ended as %o rejects with its own error', async (fields, type, expected) => {
  const { hub, fake } = await connected();
  fake.on('task.wait', () => ({ task: taskView(fields) }));
  const { error } = (await outcomeOf(hub.task('task-1').result())) as { error: Error };
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject(expected);
});

test('a result that is asked for twice is waited for once', async () => {
  const { hub, fake } = await connected();
  const handle = hub.task('task-1');
  const results = [handle.result(), handle.result()];
  await settled();
  expect(fake.connection.all('task.wait')).toHaveLength(1);
  fake.connection.say({
    type: 'ok',
    re: Number(fake.connection.last('task.wait').id),
    task: taskView({ state: 'completed', result: 1 }),
  });
  expect(await Promise.all(results)).toEqual([1, 1]);
});

test('cancel and get go to the lane of the handle and update its state', async () => {
  const { hub, fake } = await connected();
  const handle = await hub.submit({ name: 'chat', lane: 'side' });
  fake.on('task.get', () => ({ task: taskView({ state: 'paused' }) }));
  await handle.get();
  expect(handle.state).toBe('paused');
  fake.on('task.cancel', () => ({ task: taskView({ state: 'cancelled' }) }));
  await handle.cancel('never mind');
  expect(handle.state).toBe('cancelled');
  expect(fake.connection.last('task.cancel')).toMatchObject({ task_id: 'task-1', lane: 'side', reason: 'never mind' });
});

test('a handle tells its own transitions, text and progress, and stops when asked', async () => {
  const { hub, fake } = await connected();
  fake.on('subscribe', () => ({
    lane: 'main',
    log: 'log-1',
    seq: 0,
    recovered: false,
    snapshot: emptySnapshot({
      streams: [
        { task_id: 'task-1', stream: 'main', content_type: 'text/plain', next_seq: 2, text: 'so far', text_from: 0 },
      ],
    }),
  }));
  const handle = await hub.submit({ name: 'chat' });
  const seen: unknown[] = [];
  const stops = [
    handle.on('state', (task) => seen.push(task.state)),
    handle.on('text', ({ seq, data }) => seen.push([seq, data])),
    handle.on('cut', ({ from_seq }) => seen.push(`cut ${from_seq}`)),
    handle.on('progress', ({ ratio }) => seen.push(ratio)),
  ];
  await settled();
  const fact = { type: 'event', lane: 'main', log: 'log-1', at: 1, event: 'task.started' };
  const chunk = { type: 'chunk', lane: 'main', task_id: 'task-1', stream: 'main', epoch: 1, seq: 2, data: ' more' };
  fake.connection.say({ ...fact, seq: 1, task: taskView({ state: 'running' }) });
  fake.connection.say({ ...fact, seq: 2, task: taskView({ task_id: 'other' }) });
  fake.connection.say(chunk);
  fake.connection.say({ ...chunk, task_id: 'other' });
  fake.connection.say({ ...chunk, epoch: 2, seq: 1, data: 'anew' });
  fake.connection.say({ type: 'progress', lane: 'main', task_id: 'task-1', ratio: 0.5 });
  expect(seen).toEqual([[1, 'so far'], 'running', [2, ' more'], 'cut 1', [1, 'anew'], 0.5]);
  expect(handle.state).toBe('running');
  for (const stop of stops) stop();
  await settled();
  fake.connection.say({ ...chunk, seq: 3 });
  expect(seen).toHaveLength(6);
  expect(fake.connection.all('unsubscribe')).toHaveLength(1);
});

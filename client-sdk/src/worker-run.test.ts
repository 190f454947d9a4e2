// A run against a scripted hub: what the handler sees, how it ends, and how it is cancelled.
import { describe, expect, test } from 'vitest';
import type { HandlerTask } from './handler-task.js';
import { TaskCancelled, TaskFailure } from './errors.js';
import type { AnyTasks } from './task-map.js';
import { settled } from './testing/fake-clock.js';
import { dispatchOf, errorOf } from './testing/fake-hub.js';
import { cancel, pause, running, said, write } from './testing/running.js';
import { connected } from './testing/setup.js';

describe('a run', () => {
  test('the handler gets the task, and its result is the end', async () => {
    const { fake, task, finish } = await running();
    expect(task).toMatchObject({
      id: 'task-1',
      name: 'chat',
      lane: 'main',
      args: { text: 'hi' },
      attempt: 1,
      resume: null,
      paused: false,
    });
    finish({ said: 'hi' });
    await settled();
    expect(fake.connection.last('task.complete')).toMatchObject({
      task_id: 'task-1',
      epoch: 1,
      result: { said: 'hi' },
    });
  });

  test('a handler that returns nothing completes without a result', async () => {
    const { fake, finish } = await running();
    finish();
    await settled();
    expect('result' in fake.connection.last('task.complete')).toBe(false);
  });

  test('what a handler throws fails the task, with its code and its word on another attempt', async () => {
    const plain = await running();
    plain.fail(new Error('broken'));
    await settled();
    expect(plain.fake.connection.last('task.fail')).toMatchObject({
      error: { code: 'handler_error', message: 'broken' },
    });
    expect(plain.fake.connection.last('task.fail').retryable).toBeUndefined();

    const coded = await running();
    coded.fail(new TaskFailure('tts_down', 'no voice', { retryable: true }));
    await settled();
    expect(coded.fake.connection.last('task.fail')).toMatchObject({
      error: { code: 'tts_down', message: 'no voice' },
      retryable: true,
    });

    const odd = await running();
    odd.fail('just a string');
    await settled();
    expect(odd.fake.connection.last('task.fail')).toMatchObject({
      error: { code: 'handler_error', message: 'just a string' },
    });
  });

  test('a result without JSON fails the task instead of hanging it', async () => {
    const { fake, finish } = await running();
    finish(1n);
    await settled();
    expect(fake.connection.last('task.fail').error.code).toBe('handler_error');
  });

  test('a result that the hub refuses becomes a failure', async () => {
    const { fake, finish } = await running();
    fake.on('task.complete', () => errorOf('too_large'));
    finish('big');
    await settled();
    expect(fake.connection.last('task.fail')).toMatchObject({ error: { code: 'too_large' } });
  });

  test('an end that the journal could not take is said again', async () => {
    const { fake, clock, finish } = await running();
    fake.on('task.complete', () => ({ ...errorOf('journal_unavailable', true), retry_after_ms: 700 }));
    finish();
    await settled();
    fake.on('task.complete', () => ({}));
    await clock.advance(700);
    expect(fake.connection.all('task.complete')).toHaveLength(2);
    await clock.advance(10_000);
    expect(fake.connection.all('task.complete')).toHaveLength(2);
  });

  test('progress and checkpoints go out under the epoch', async () => {
    const { fake, task } = await running();
    task.progress(0.5, 'half');
    await task.checkpoint({ at: 3 });
    expect(fake.connection.last('task.progress')).toMatchObject({ epoch: 1, ratio: 0.5, note: 'half' });
    expect(fake.connection.last('task.checkpoint')).toMatchObject({ epoch: 1, checkpoint: { at: 3 } });
  });

  test('a later attempt knows its checkpoint and what was heard, and its stream goes on where the checkpoint was', async () => {
    const { hub, fake } = await connected();
    const tasks: HandlerTask<AnyTasks, 'chat'>[] = [];
    hub.worker('chat', async (task) => {
      tasks.push(task);
      await write(task.stream(), 'again');
    });
    const point = {
      checkpoint: { at: 3 },
      checkpoint_streams: { main: 4 },
      streams: { main: 7 },
      heard: { main: { overlay: 2 } },
    };
    fake.connection.say(dispatchOf({ attempt: 2 }, { attempt: 2, epoch: 9, resume: point }));
    await settled();
    expect(tasks[0]).toMatchObject({ attempt: 2, resume: point, heard: { main: { overlay: 2 } } });
    expect(fake.connection.last('stream.open')).toMatchObject({ epoch: 9, from_seq: 4 });
    expect(said(fake)).toContain('chunk 4 again');
  });

  test('a new attempt in the same client ends the old run for good', async () => {
    const { fake, task, tasks } = await running();
    const out = task.stream();
    fake.connection.say(dispatchOf({}, { epoch: 3 }));
    await settled();
    expect(tasks).toHaveLength(2);
    expect(task.signal.aborted).toBe(true);
    await expect(out.write('late')).rejects.toThrow(TaskCancelled);
    fake.connection.say(dispatchOf({}, { epoch: 3 }));
    await settled();
    expect(tasks).toHaveLength(2);
  });
});

describe('a cancel', () => {
  test('aborts the signal, fails what waits, and is answered when the handler has stopped', async () => {
    const { fake, task, fail } = await running();
    const out = task.stream();
    fake.connection.say(cancel);
    expect(task.signal.aborted).toBe(true);
    expect(task.signal.reason).toMatchObject({ name: 'TaskCancelled', reason: 'requested', task_id: 'task-1' });
    await expect(out.write('late')).rejects.toBe(task.signal.reason);
    await expect(task.pausePoint()).rejects.toThrow(TaskCancelled);
    await expect(task.checkpoint(1)).rejects.toThrow(TaskCancelled);
    expect(fake.connection.all('task.cancelled')).toHaveLength(0);
    fail(task.signal.reason);
    await settled();
    expect(said(fake)).toEqual(['stream.open @1', 'task.cancelled @1']);
  });

  test('a handler that returns after it was cancelled was cancelled', async () => {
    const { fake, finish } = await running();
    fake.connection.say(cancel);
    finish('half of it');
    await settled();
    expect(said(fake)).toEqual(['task.cancelled @1']);
  });

  test('fails a write that waits in a pause', async () => {
    const { fake, task } = await running();
    const out = task.stream();
    fake.connection.say(pause);
    const written = out.write('b');
    fake.connection.say({ type: 'task.revoked', lane: 'main', task_id: 'task-1', epoch: 1, reason: 'requested' });
    await expect(written).rejects.toThrow(TaskCancelled);
  });

  test('a revoked run says nothing more', async () => {
    const { fake, task, finish } = await running();
    fake.connection.say({ type: 'task.revoked', lane: 'main', task_id: 'task-1', epoch: 1, reason: 'executor_lost' });
    expect(task.signal.reason).toMatchObject({ reason: 'executor_lost' });
    finish();
    await settled();
    expect(said(fake)).toEqual([]);
  });

  test('one that crosses the end on its way changes nothing', async () => {
    const { fake, task, finish } = await running();
    fake.on('task.complete', () => undefined);
    finish();
    await settled();
    fake.connection.say(cancel);
    await settled();
    expect(task.signal.aborted).toBe(false);
    expect(said(fake)).toEqual(['task.complete @1']);
  });
});

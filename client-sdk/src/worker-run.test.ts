// A run against a scripted hub: what the handler sees, and what the hub is told.
import { describe, expect, test } from 'vitest';
import type { HandlerTask } from './handler-task.js';
import { TaskCancelled, TaskFailure } from './errors.js';
import type { OutStream } from './out-stream.js';
import type { AnyTasks } from './task-map.js';
import { settled } from './testing/fake-clock.js';
import { dispatchOf, errorOf } from './testing/fake-hub.js';
import { ack, cancel, pause, resume, running, said, write, type Task } from './testing/running.js';
import { connected, outcomeOf } from './testing/setup.js';

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

describe('a pause', () => {
  test('is answered at once, and writes wait until the floor is back', async () => {
    const { fake, task } = await running();
    const out = task.stream();
    await write(out, 'a');
    fake.connection.say(pause);
    expect(said(fake).at(-1)).toBe('task.paused @1');
    expect(task.paused).toBe(true);
    const written = write(out, 'b', 'c');
    expect(await outcomeOf(written)).toBe('pending');
    fake.connection.say({ ...resume, streams: { main: 1 } });
    await written;
    expect(said(fake).slice(-3)).toEqual(['task.paused @1', 'chunk 1 b', 'chunk 2 c']);
    expect(fake.connection.last('stream.chunk').epoch).toBe(2);
  });

  test('what was written and not accepted is sent again, from where the hub says', async () => {
    const { fake, task } = await running();
    const out = task.stream();
    await write(out, 'a', 'b', 'c', 'd');
    fake.connection.say(pause);
    fake.connection.say({ ...resume, streams: { main: 2 } });
    await write(out, 'e');
    expect(said(fake).slice(-4)).toEqual(['task.paused @1', 'chunk 2 c', 'chunk 3 d', 'chunk 4 e']);
  });

  test('what is in the journal is not kept', async () => {
    const { fake, task } = await running();
    const out = task.stream();
    await write(out, 'a', 'b', 'c');
    fake.connection.say(ack({ main: 2 }));
    fake.connection.say(pause);
    fake.connection.say({ ...resume, streams: { main: 0 } });
    expect(said(fake).slice(-1)).toEqual(['chunk 2 c']);
  });

  test('a stream whose opening came too late is opened after the resume', async () => {
    const { fake, task } = await running();
    fake.on('stream.open', () => errorOf('stale_epoch'));
    const out = task.stream();
    await write(out, 'a');
    fake.connection.say(pause);
    fake.on('stream.open', () => ({}));
    fake.connection.say(resume);
    await settled();
    expect(said(fake)).toEqual(['stream.open @1', 'chunk 0 a', 'task.paused @1', 'stream.open @2', 'chunk 0 a']);
    fake.connection.say({ ...pause, epoch: 2 });
    fake.connection.say({ ...resume, epoch: 3, streams: { main: 1 } });
    await settled();
    expect(said(fake).slice(5)).toEqual(['task.paused @2']);
  });

  test('a stream opened while paused goes out with the resume', async () => {
    const { fake, task } = await running();
    fake.connection.say(pause);
    task.stream({ name: 'aside' });
    expect(fake.connection.all('stream.open')).toHaveLength(0);
    fake.connection.say(resume);
    expect(fake.connection.last('stream.open')).toMatchObject({ stream: 'aside', epoch: 2 });
  });

  test('a stream that was closed and opened again is neither reopened nor closed twice', async () => {
    const { fake, task } = await running();
    for (const type of ['stream.open', 'stream.close'] as const) fake.on(type, () => undefined);
    const out = task.stream();
    await write(out, 'a');
    void out.close();
    await settled();
    await write(task.stream(), 'b', 'c');
    fake.connection.say(pause);
    fake.connection.say({ ...resume, streams: { main: 2 } });
    expect(said(fake).slice(-2)).toEqual(['task.paused @1', 'chunk 2 c']);
  });

  test('brings the checkpoint of a handler that gives one', async () => {
    const { fake, task } = await running();
    const by: unknown[] = [];
    task.onPause((who) => {
      by.push(who);
      return { at: 7 };
    });
    fake.connection.say({ ...pause, by: { task_id: 'u', name: 'voice_command', priority: 'URGENT' } });
    expect(fake.connection.last('task.paused').checkpoint).toEqual({ at: 7 });
    expect(by).toEqual([{ task_id: 'u', name: 'voice_command', priority: 'URGENT' }]);
  });

  test('does not wait for a checkpoint that is too large', async () => {
    const { hub, fake, task } = await running();
    const errors: string[] = [];
    hub.on('error', ({ code }) => errors.push(code));
    task.onPause(() => 'x'.repeat(70_000));
    fake.connection.say(pause);
    expect('checkpoint' in fake.connection.last('task.paused')).toBe(false);
    expect(errors).toEqual(['too_large']);
  });

  test('tells what was heard when it ends', async () => {
    const { fake, task } = await running();
    const heard: unknown[] = [];
    task.onResume((positions) => heard.push(positions));
    fake.connection.say(pause);
    fake.connection.say({ ...resume, heard: { main: { overlay: 5 } } });
    expect(heard).toEqual([{ main: { overlay: 5 } }]);
    expect(task.heard).toEqual({ main: { overlay: 5 } });
  });

  test('pausePoint and checkpoint wait for it to end', async () => {
    const { fake, task } = await running();
    fake.connection.say(pause);
    const waits = [task.pausePoint(), task.checkpoint({ at: 1 })];
    expect(await outcomeOf(Promise.race(waits))).toBe('pending');
    expect(fake.connection.all('task.checkpoint')).toHaveLength(0);
    fake.connection.say(resume);
    await Promise.all(waits);
    expect(fake.connection.last('task.checkpoint').epoch).toBe(2);
  });

  test('a checkpoint that a pause overtook is made again after it', async () => {
    const { fake, task } = await running();
    fake.on('task.checkpoint', ({ epoch }) => (epoch === 1 ? errorOf('stale_epoch') : {}));
    const kept = task.checkpoint({ at: 1 });
    fake.connection.say(pause);
    await settled();
    fake.connection.say(resume);
    await kept;
    expect(fake.connection.all('task.checkpoint').map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  test('of an older epoch is not answered', async () => {
    const { fake, task } = await running();
    fake.connection.say({ ...pause, epoch: 0 });
    expect(task.paused).toBe(false);
    expect(fake.connection.all('task.paused')).toHaveLength(0);
    fake.connection.say(pause);
    fake.connection.say({ ...resume, epoch: 1 });
    expect(task.paused).toBe(true);
  });

  test('is not answered by a run whose end is on its way', async () => {
    const { fake, finish } = await running();
    fake.on('task.complete', () => undefined);
    finish();
    await settled();
    fake.connection.say(pause);
    expect(said(fake)).toEqual(['task.complete @1']);
  });
});

describe('a polite pause (style: finish)', () => {
  const finishing = { ...pause, style: 'finish', grace_ms: 3_000 };

  test.each([
    ['the end of a sentence', (_task: Task, out: OutStream) => out.sentence('b.')],
    ['the end of the stream', (_task: Task, out: OutStream) => out.close()],
    ['a pause point', (task: Task) => task.pausePoint()],
    ['a checkpoint', (task: Task) => task.checkpoint(1)],
  ])('lets the handler go on to %s', async (_name, boundary) => {
    const { fake, task } = await running();
    const out = task.stream();
    fake.connection.say(finishing);
    await write(out, 'a ');
    expect(fake.connection.all('task.paused')).toHaveLength(0);
    const arrived = boundary(task, out);
    expect(await outcomeOf(arrived)).toBe('pending');
    expect(said(fake).at(-1)).toBe('task.paused @1');
    fake.connection.say({ ...resume, streams: { main: 9 } });
    await arrived;
  });

  test('is answered shortly before the grace ends when there is no such place', async () => {
    const { fake, clock } = await running();
    fake.connection.say(finishing);
    await clock.advance(2_949);
    expect(fake.connection.all('task.paused')).toHaveLength(0);
    await clock.advance(1);
    expect(fake.connection.all('task.paused')).toHaveLength(1);
  });

  test('becomes a pause at once when somebody more urgent comes', async () => {
    const { fake, clock } = await running();
    fake.connection.say(finishing);
    fake.connection.say(pause);
    expect(fake.connection.all('task.paused')).toHaveLength(1);
    await clock.advance(5_000);
    expect(fake.connection.all('task.paused')).toHaveLength(1);
  });

  test('a handler that ends meanwhile has ended', async () => {
    const { fake, clock, finish } = await running();
    fake.on('task.complete', () => undefined);
    fake.connection.say(finishing);
    finish('done');
    await clock.advance(5_000);
    expect(said(fake)).toEqual(['task.complete @1']);
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

// What becomes of a run, and of its end, when the connection ends under it.
import { describe, expect, test } from 'vitest';
import { TaskCancelled } from './errors.js';
import { settled } from './testing/fake-clock.js';
import { dispatchOf, errorOf } from './testing/fake-hub.js';
import { ack, cancel, pause, resume, running, said, write } from './testing/running.js';
import { outcomeOf } from './testing/setup.js';

describe('a lost connection', () => {
  test('stops all output until the resume; the run is named as held and goes on where it stopped', async () => {
    const { fake, clock, task } = await running();
    fake.adopts.add('task-1');
    const pauses: unknown[] = [];
    task.onPause((by) => void pauses.push(by));
    const out = task.stream();
    await write(out, 'a', 'b', 'c');
    fake.connection.drop();
    expect(pauses).toEqual([null]);
    const written = write(out, 'd');
    await clock.advance(1_000);
    expect(fake.hello.holding).toEqual([{ task_id: 'task-1', epoch: 1 }]);
    expect(await outcomeOf(written)).toBe('pending');
    expect(said(fake)).toEqual([]);
    fake.connection.say({ ...resume, streams: { main: 1 } });
    await written;
    expect(said(fake)).toEqual(['chunk 1 b', 'chunk 2 c', 'chunk 3 d']);
    expect(task.signal.aborted).toBe(false);
  });

  // The hub's `ok` to an opening does not wait for its disk: the worker wrote on into a stream that was not open any more.
  test('a stream whose opening was confirmed, and then taken back by a crash, is opened again with all of its text', async () => {
    const { fake, clock, task } = await running();
    fake.adopts.add('task-1');
    await write(task.stream(), 'a', 'b');
    await settled();
    await fake.restart(clock);
    fake.connection.say({ ...resume, streams: {} });
    await settled();
    expect(said(fake)).toEqual(['stream.open @2', 'chunk 0 a', 'chunk 1 b']);
  });

  test('a position after a crash may be that of the run before: the stream is opened again', async () => {
    const { fake, clock, tasks } = await running();
    fake.adopts.add('task-1');
    const again = { attempt: 1, interruptions: 1 };
    fake.connection.say(dispatchOf({ name: 'chat', ...again }, { epoch: 5, attempt: 1 }));
    await settled();
    const out = tasks[1]!.stream();
    await write(out, 'a', 'b');
    await settled();
    await fake.restart(clock);
    fake.connection.say({ ...resume, epoch: 6, streams: { main: 7 } });
    await settled();
    expect(said(fake)).toEqual(['stream.open @6', 'chunk 0 a', 'chunk 1 b']);
    // Now the journal has some of it, and so the opening.
    fake.connection.say({ ...ack({ main: 1 }), task_id: 'task-1' });
    await fake.restart(clock);
    fake.connection.say({ ...resume, epoch: 7, streams: { main: 1 } });
    await settled();
    expect(said(fake)).toEqual(['chunk 1 b']);
  });

  // Opened again at its own beginning, the stream would be cut behind the checkpoint: an attempt from there finds a gap.
  test.each([
    ['a checkpoint of the run itself shows that its streams were opened: they go on', 2, 6, []],
    ['one of the run before shows nothing', 1, 4, ['stream.open @6', 'chunk 4 a', 'chunk 5 b']],
  ])('%s', async (_, checkpoint, main, expected) => {
    const { fake, clock, tasks } = await running();
    fake.adopts.add('task-1');
    const point = { checkpoint: 1, checkpoint_streams: { main: 4 }, streams: { main: 4 }, heard: {} };
    fake.connection.say(dispatchOf({ attempt: 2 }, { attempt: 2, epoch: 5, resume: point }));
    await settled();
    const task = tasks[1]!;
    await write(task.stream(), 'a', 'b');
    await task.checkpoint(2);
    await fake.restart(clock);
    fake.connection.say({ ...resume, epoch: 6, checkpoint, streams: { main } });
    await settled();
    expect(said(fake)).toEqual(expected);
  });

  test('a run that is released is over', async () => {
    const { fake, clock, task, finish } = await running();
    await fake.restart(clock);
    expect(task.signal.reason).toMatchObject({ reason: 'released' });
    await expect(task.pausePoint()).rejects.toThrow(TaskCancelled);
    finish();
    await fake.restart(clock);
    expect(fake.hello.holding).toEqual([]);
    expect(said(fake)).toEqual([]);
  });

  test('a client that was taken over stops for good', async () => {
    const { fake, task } = await running();
    fake.connection.drop(4509);
    expect(task.signal.aborted).toBe(true);
    await expect(task.pausePoint()).rejects.toThrow(TaskCancelled);
  });

  test('an end that was not acknowledged is sent right after the adoption, when nothing else is open', async () => {
    const { fake, clock, finish } = await running();
    fake.adopts.add('task-1');
    fake.on('task.complete', () => undefined);
    finish('done');
    await settled();
    await fake.restart(clock);
    expect(fake.hello.holding).toEqual([{ task_id: 'task-1', epoch: 1 }]);
    expect(fake.connection.last('task.complete')).toMatchObject({ epoch: 1, result: 'done' });
  });

  test('an end with chunks that may not have arrived waits for the resume, and comes after them', async () => {
    const { fake, clock, task, finish } = await running();
    fake.adopts.add('task-1');
    fake.on('task.complete', () => undefined);
    await write(task.stream(), 'a', 'b');
    finish('done');
    await settled();
    await fake.restart(clock);
    expect(said(fake)).toEqual([]);
    fake.connection.say({ ...resume, streams: { main: 1 } });
    await settled();
    expect(said(fake)).toEqual(['chunk 1 b', 'stream.close @2', 'task.complete @2']);
  });

  test('an end whose chunks are all in the journal does not wait for the resume', async () => {
    const { fake, clock, task, finish } = await running();
    fake.adopts.add('task-1');
    fake.on('task.complete', () => undefined);
    await write(task.stream(), 'a', 'b');
    fake.connection.say(ack({ main: 2 }));
    finish('done');
    await settled();
    await fake.restart(clock);
    expect(said(fake)).toEqual(['task.complete @1']);
  });

  test('a handler that ends while paused is told at once if all its chunks are in the journal', async () => {
    const { fake, task, finish } = await running();
    await write(task.stream(), 'a');
    fake.connection.say(pause);
    finish('done');
    await settled();
    expect(fake.connection.all('task.complete')).toHaveLength(0);
    fake.connection.say(ack({ main: 1 }));
    await settled();
    expect(fake.connection.last('task.complete')).toMatchObject({ epoch: 1, result: 'done' });
  });

  test('an end under an epoch that was overtaken is said again under the next', async () => {
    const { fake, clock, finish } = await running();
    fake.adopts.add('task-1');
    fake.on('task.complete', ({ epoch }) => (epoch < 5 ? errorOf('stale_epoch') : {}));
    finish('done');
    await settled();
    await fake.restart(clock);
    fake.connection.say({ ...resume, epoch: 5 });
    await settled();
    expect(said(fake)).toEqual(['task.complete @1', 'task.complete @5']);
  });

  test('an end that a resume has overtaken on its way is said again under the new epoch', async () => {
    const { fake, finish } = await running();
    fake.on('task.complete', ({ epoch }) => (epoch === 1 ? undefined : {}));
    finish('done');
    await settled();
    const { id } = fake.connection.last('task.complete');
    fake.connection.say(resume);
    fake.connection.say({ type: 'error', re: Number(id), code: 'stale_epoch', message: 'late', retryable: false });
    await settled();
    expect(said(fake)).toEqual(['task.complete @1', 'task.complete @2']);
  });

  test('an end never overtakes chunks that the hub may refuse: it waits for the close to be confirmed', async () => {
    const { fake, task, finish } = await running();
    fake.on('stream.close', () => undefined);
    await write(task.stream(), 'a');
    finish('done');
    await settled();
    expect(said(fake)).toEqual(['stream.open @1', 'chunk 0 a', 'stream.close @1']);
    // The floor went elsewhere before any of it arrived; no order has told it.
    fake.connection.say({
      type: 'error',
      re: Number(fake.connection.last('stream.close').id),
      code: 'stale_epoch',
      message: 'late',
      retryable: false,
    });
    await settled();
    expect(fake.connection.all('task.complete')).toHaveLength(0);
    fake.on('stream.close', () => ({}));
    fake.connection.say({ ...resume, streams: { main: 0 } });
    await settled();
    expect(said(fake).slice(3)).toEqual(['chunk 0 a', 'stream.close @2', 'task.complete @2']);
  });

  test('an end whose chunks were accepted does not wait for the floor after a mere pause', async () => {
    const { fake, task, finish } = await running();
    const out = task.stream();
    await write(out, 'a');
    await out.close();
    fake.connection.say(pause);
    finish('done');
    await settled();
    expect(said(fake).at(-1)).toBe('task.complete @1');
  });

  // The kill tests found an acknowledged checkpoint of text that the hub had refused: a later attempt would have skipped it.
  test('a checkpoint never overtakes chunks that the hub may refuse: it waits for the floor, and comes after them', async () => {
    const { fake, task } = await running();
    fake.on('task.progress', ({ epoch }) => (epoch === 1 ? errorOf('stale_epoch') : {}));
    await write(task.stream(), 'a');
    const kept = task.checkpoint({ at: 1 });
    await settled();
    expect(fake.connection.all('task.checkpoint')).toEqual([]);
    fake.connection.say({ ...resume, streams: { main: 0 } });
    await kept;
    expect(said(fake).slice(-3)).toEqual(['chunk 0 a', 'task.progress @2', 'task.checkpoint @2']);
  });

  test('an acknowledged end is held no longer', async () => {
    const { fake, clock, finish } = await running();
    finish('done');
    await settled();
    await fake.restart(clock);
    expect(fake.hello.holding).toEqual([]);
  });

  test('a run that was being cancelled is over', async () => {
    const { fake, clock, finish } = await running();
    fake.connection.say(cancel);
    await fake.restart(clock);
    expect(fake.hello.holding).toEqual([]);
    finish();
    await settled();
    expect(said(fake)).toEqual([]);
  });
});

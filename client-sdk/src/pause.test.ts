// Interruptions of a run: what waits, what is answered, what is sent again afterwards.
import { describe, expect, test } from 'vitest';
import type { OutStream } from './out-stream.js';
import { settled } from './testing/fake-clock.js';
import { errorOf } from './testing/fake-hub.js';
import { ack, pause, resume, running, said, write, type Task } from './testing/running.js';
import { outcomeOf } from './testing/setup.js';

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
    fake.on('stream.open', () => undefined);
    const out = task.stream();
    await write(out, 'a');
    fake.connection.say(pause);
    const { id } = fake.connection.last('stream.open');
    fake.connection.say({ type: 'error', re: Number(id), code: 'stale_epoch', message: 'late', retryable: false });
    await settled();
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

  test('that no order has told is noticed by the first frame that comes too late', async () => {
    const { fake, task } = await running();
    const pauses: unknown[] = [];
    task.onPause((by) => void pauses.push(by));
    const out = task.stream();
    await write(out, 'a');
    fake.connection.say({
      type: 'error',
      code: 'stale_epoch',
      message: 'late',
      retryable: false,
      task_id: 'task-1',
      epoch: 0,
    });
    expect(task.paused).toBe(false);
    fake.connection.say({
      type: 'error',
      code: 'stale_epoch',
      message: 'late',
      retryable: false,
      task_id: 'task-1',
      epoch: 1,
    });
    expect(task.paused).toBe(true);
    expect(pauses).toEqual([null]);
    fake.connection.say({ ...resume, streams: { main: 0 } });
    expect(said(fake).at(-1)).toBe('chunk 0 a');
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

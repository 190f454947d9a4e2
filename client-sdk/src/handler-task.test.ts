import { describe, expect, test } from 'vitest';
import { TaskCancelled } from './errors.js';
import { settled } from './testing/fake-clock.js';
import { errorOf, taskView } from './testing/fake-hub.js';
import { cancel, pause, resume, running } from './testing/running.js';
import { outcomeOf } from './testing/setup.js';

describe('a call', () => {
  test('submits a child of the run, waits for it and for the floor', async () => {
    const { fake, task } = await running();
    const called = task.call({ name: 'recall', args: { query: 'cats' } });
    await settled();
    expect(fake.connection.last('task.submit')).toMatchObject({
      lane: 'main',
      task: { name: 'recall', args: { query: 'cats' }, call: true, parent_id: 'task-1' },
    });
    fake.connection.say(pause);
    fake.connection.say({
      type: 'ok',
      re: Number(fake.connection.last('task.wait').id),
      task: taskView({ state: 'completed', result: 'purr' }),
    });
    expect(await outcomeOf(called)).toBe('pending');
    fake.connection.say(resume);
    expect(await called).toBe('purr');
  });

  test('pauses its caller without an order: nothing goes out before the resume, even when the child has ended', async () => {
    const { fake, task } = await running();
    const out = task.stream();
    fake.on('task.wait', () => ({ task: taskView({ state: 'completed', result: 'purr' }) }));
    const called = task.call({ name: 'recall' });
    await settled();
    expect(task.paused).toBe(true);
    const written = out.write('too early');
    await settled();
    expect(fake.connection.all('stream.chunk')).toHaveLength(0);
    fake.connection.say(resume);
    await written;
    expect(await called).toBe('purr');
    expect(fake.connection.last('stream.chunk').epoch).toBe(2);
  });

  test('whose answer crossed a resume asks the hub whether the floor is back', async () => {
    const { fake, task } = await running();
    fake.on('task.submit', () => undefined);
    fake.on('task.wait', () => ({ task: taskView({ state: 'completed', result: 'purr' }) }));
    const called = task.call({ name: 'recall' });
    await settled();
    fake.connection.say(pause);
    fake.connection.say(resume);
    fake.on('task.progress', ({ epoch }) => (epoch === 2 ? errorOf('stale_epoch') : {}));
    const { id } = fake.connection.last('task.submit');
    fake.connection.say({
      type: 'ok',
      re: Number(id),
      task_id: 'child',
      state: 'queued',
      position: 1,
      duplicate: false,
    });
    expect(await outcomeOf(called)).toBe('pending');
    expect(task.paused).toBe(true);
    fake.connection.say({ ...resume, epoch: 3 });
    expect(await called).toBe('purr');
  });

  test('fails as the child failed, and ends with its parent', async () => {
    const { fake, task } = await running();
    fake.on('task.wait', () => ({
      task: taskView({ state: 'failed', error: { code: 'lost', message: 'no memory' } }),
    }));
    await expect(task.call({ name: 'recall' })).rejects.toMatchObject({ name: 'TaskFailed', code: 'lost' });
    fake.on('task.wait', () => undefined);
    const called = task.call({ name: 'recall' });
    await settled();
    fake.connection.say(cancel);
    await expect(called).rejects.toThrow(TaskCancelled);
  });
});

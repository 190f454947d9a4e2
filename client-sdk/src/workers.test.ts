// Registrations and routing: which handler runs a task, and what the hub knows of this client's workers.
import { describe, expect, test } from 'vitest';
import { TaskFailure } from './errors.js';
import { settled } from './testing/fake-clock.js';
import { dispatchOf, errorOf, taskView } from './testing/fake-hub.js';
import { connected, outcomeOf, start } from './testing/setup.js';

describe('registration', () => {
  test('a worker registers its names, and takes them back', async () => {
    const { hub, fake } = await connected();
    const stop = hub.worker(['chat', 'voice_*'], () => {}, { lane: 'side' });
    await stop.registered;
    expect(fake.connection.last('worker.register')).toMatchObject({ lane: 'side', names: ['chat', 'voice_*'] });
    await stop();
    expect(fake.connection.last('worker.unregister')).toMatchObject({ lane: 'side', names: ['chat', 'voice_*'] });
  });

  test('registrations made before the connection are there when it is ready', async () => {
    const { hub, fake } = start();
    hub.worker('chat', () => {});
    hub.worker('other', () => {});
    await hub.ready;
    expect(fake.connection.all('worker.register').flatMap(({ names }) => names)).toEqual(['chat', 'other']);
  });

  test('a resumed session still has them, a new one is told again', async () => {
    const { hub, fake, clock } = await connected();
    const stop = hub.worker('gone', () => {});
    await hub.worker('chat', () => {}).registered;
    await fake.restart(clock);
    expect(fake.connection.all('worker.register')).toHaveLength(0);
    await stop();
    fake.sessions.clear();
    await fake.restart(clock);
    expect(fake.connection.all('worker.register').map(({ names }) => names)).toEqual([['chat']]);
  });

  test('one that was not answered is made again, one taken back while away is taken back in a resumed session', async () => {
    const { hub, fake, clock } = await connected();
    const stop = hub.worker('chat', () => {});
    await stop.registered;
    fake.connection.drop();
    await stop();
    const other = hub.worker('other', () => {});
    await clock.advance(1_000);
    await other.registered;
    expect(fake.connection.last('worker.register').names).toEqual(['other']);
    expect(fake.connection.last('worker.unregister').names).toEqual(['chat']);
  });

  test('a name that was taken back and registered again while away stays registered', async () => {
    const { hub, fake, clock } = await connected();
    const stop = hub.worker('chat', () => {});
    await stop.registered;
    fake.connection.drop();
    await stop();
    hub.worker('chat', () => {});
    await clock.advance(1_000);
    expect(fake.connection.all('worker.register')).toHaveLength(1);
    expect(fake.connection.all('worker.unregister')).toHaveLength(0);
  });

  test('a refused registration is told', async () => {
    const { hub, fake } = await connected();
    const errors: unknown[] = [];
    hub.on('error', (error) => errors.push(error.code));
    fake.on('worker.register', () => errorOf('forbidden'));
    expect(await outcomeOf(hub.worker('chat', () => {}).registered)).toMatchObject({ error: { code: 'forbidden' } });
    expect(errors).toEqual(['forbidden']);
  });

  test('the exact name comes before the longest that ends in *', async () => {
    const { hub, fake } = await connected();
    const ran: string[] = [];
    for (const name of ['*', 'voice_*', 'voice_command', 'voice_c*']) hub.worker(name, () => void ran.push(name));
    for (const [index, name] of ['voice_command', 'voice_call', 'voice_x', 'chat'].entries()) {
      fake.connection.say(dispatchOf({ task_id: `t${index}`, name }));
    }
    await settled();
    expect(ran).toEqual(['voice_command', 'voice_c*', 'voice_*', '*']);
  });

  test('a task for which there is no handler any more fails as retryable', async () => {
    const { fake } = await connected();
    fake.connection.say(dispatchOf());
    await settled();
    expect(fake.connection.last('task.fail')).toMatchObject({ error: { code: 'no_handler' }, retryable: true });
  });
});

describe('queue: a task that this client runs itself', () => {
  test('its dispatch may come before the ok', async () => {
    const { hub, fake } = await connected();
    fake.on('task.submit', ({ task }, connection) => {
      connection.say(dispatchOf({ name: task.name, executor: 'self', idempotency_key: task.idempotency_key ?? '' }));
      return { task_id: 'task-1', state: 'running', position: null, duplicate: false };
    });
    fake.on('task.wait', () => ({ task: taskView({ state: 'completed', result: 7 }) }));
    const handle = await hub.queue({ name: 'remember_fact', priority: 'MEDIUM' }, async (task) =>
      task.attempt === 1 ? 7 : 0,
    );
    await settled();
    expect(fake.connection.last('task.submit').task).toMatchObject({ executor: 'self', idempotency_key: 'key-1' });
    expect(fake.connection.last('task.complete').result).toBe(7);
    expect(await handle.result()).toBe(7);
  });

  test('its handler is kept for another attempt, and forgotten with the end of the task', async () => {
    const { hub, fake } = await connected();
    let starts = 0;
    await hub.queue({ name: 'remember_fact', max_attempts: 2 }, () => {
      starts += 1;
      throw new TaskFailure('once_more', 'later', { retryable: true });
    });
    const self = { name: 'remember_fact', executor: 'self', idempotency_key: 'key-1' } as const;
    for (const epoch of [1, 2]) {
      fake.connection.say(dispatchOf(self, { epoch, attempt: epoch }));
      await settled();
    }
    expect(starts).toBe(2);
    fake.connection.say({
      type: 'ok',
      re: Number(fake.connection.last('task.wait').id),
      task: taskView({ state: 'failed' }),
    });
    await settled();
    fake.connection.say(dispatchOf(self, { epoch: 3 }));
    await settled();
    expect(starts).toBe(2);
    expect(fake.connection.last('task.fail').error.code).toBe('no_handler');
  });

  test('a refused submit forgets the handler', async () => {
    const { hub, fake } = await connected();
    fake.on('task.submit', () => errorOf('queue_full', true));
    let started = false;
    await expect(hub.queue({ name: 'x' }, () => void (started = true))).rejects.toMatchObject({ code: 'queue_full' });
    fake.connection.say(dispatchOf({ executor: 'self', idempotency_key: 'key-1' }));
    await settled();
    expect(started).toBe(false);
  });
});

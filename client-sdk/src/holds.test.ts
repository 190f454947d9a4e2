import { describe, expect, test } from 'vitest';
import { settled } from './testing/fake-clock.js';
import { dispatchOf, errorOf } from './testing/fake-hub.js';
import { pause, resume, running, said, write } from './testing/running.js';
import { connected } from './testing/setup.js';

describe('holds', () => {
  test('a protected section is held and released, also when it throws', async () => {
    const { fake, task } = await running();
    const inside = await task.protect(() => said(fake).at(-1), { reason: 'punch line', ttl_ms: 5_000 });
    expect(inside).toBe('floor.hold @1');
    expect(fake.connection.last('floor.hold')).toMatchObject({ reason: 'punch line', ttl_ms: 5_000 });
    expect(fake.connection.last('floor.release')).toMatchObject({ hold_id: 'hold-1' });
    await expect(task.protect(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(fake.connection.all('floor.release')).toHaveLength(2);
  });

  test('a hold is renewed while it lasts, and not after', async () => {
    const { fake, clock, task } = await running();
    const hold = await task.hold();
    await clock.advance(15_000);
    expect(fake.connection.last('floor.hold').hold_id).toBe('hold-1');
    fake.connection.say({ type: 'ping', at: 1 });
    await clock.advance(15_000);
    expect(fake.connection.all('floor.hold')).toHaveLength(3);
    hold.release();
    hold.release();
    fake.connection.say({ type: 'ping', at: 2 });
    await clock.advance(20_000);
    expect(fake.connection.all('floor.hold')).toHaveLength(3);
    expect(fake.connection.all('floor.release')).toHaveLength(1);
  });

  test('one that is refused because a pause is on its way is taken after the resume', async () => {
    const { fake, task } = await running();
    fake.on('floor.hold', ({ epoch }) =>
      epoch === 1 ? errorOf('preempting', true) : { hold_id: 'h2', expires_at: 1 },
    );
    const held = task.hold();
    await settled();
    fake.connection.say(pause);
    await settled();
    fake.connection.say(resume);
    expect(await held).toMatchObject({ hold_id: 'h2' });
  });

  test('under a hold that others already wait for, a second one is not needed', async () => {
    const { fake, task } = await running();
    task.stream({ can_interrupt: false });
    fake.on('floor.hold', () => errorOf('preempting', true));
    expect(await task.protect(() => 'inside')).toBe('inside');
    expect(fake.connection.all('floor.hold')).toHaveLength(1);
  });

  test('a task that may not be interrupted needs none', async () => {
    const { hub, fake } = await connected();
    hub.worker('chat', (task) => task.protect(() => 'inside'));
    fake.connection.say(dispatchOf({ interruptible: false }));
    await settled();
    expect(said(fake)).toEqual(['task.complete @1']);
  });

  test('after a lost connection the section is protected again before its text goes on', async () => {
    const { fake, clock, task } = await running();
    fake.adopts.add('task-1');
    const out = task.stream();
    await task.hold();
    await write(out, 'a');
    await fake.restart(clock);
    fake.on('floor.hold', ({ hold_id }) => (hold_id ? errorOf('hold_not_found') : { hold_id: 'h2', expires_at: 1 }));
    fake.connection.say({ ...resume, streams: { main: 0 } });
    await settled();
    expect(said(fake)).toEqual(['floor.hold @2', 'chunk 0 a', 'floor.hold @2']);
    expect(fake.connection.last('floor.hold').hold_id).toBeUndefined();
  });
});

// Owns: every cell of the table of inputs and states (§4), a test each, seen from outside.
// Leaves to others: the stories around them (preemption, lifetimes, lost-connection, steering).
import { beforeEach, describe, expect, it } from 'vitest';
import { type Scene, useHub } from './harness.js';

const handle = useHub({ flags: { 'session-ttl': 1_000 } });

/** Long enough that the answer, and not the grace, decides. */
const GRACE = { pause_grace_ms: 5_000 };

let scene: Scene;

describe('while running', () => {
  beforeEach(async () => {
    scene = await handle.stage().running(GRACE);
  });

  it('cancel asks the executor, and the task ends at its word', async () => {
    const { boss, run } = scene;
    expect(await boss.cancel(run.task_id, 'boring')).toMatchObject({ state: 'cancelling' });
    expect(await run.told('task.cancel')).toMatchObject({ epoch: run.epoch, reason: expect.any(String) });
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
  });

  it('cancel does not wait for a hold', async () => {
    const { boss, run } = scene;
    await run.hold();
    await boss.cancel(run.task_id);
    await run.told('task.cancel');
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
    expect(await boss.status()).toMatchObject({ state: { can_interrupt: true } });
  });

  it('cancel ends a deaf run after the grace', async () => {
    const { boss, watcher, run } = await handle.stage().running({ pause_grace_ms: 150 });
    await boss.cancel(run.task_id);
    const asked = await watcher.fact('task.cancelling', run.task_id);
    const ended = await watcher.fact('task.cancelled', run.task_id);
    expect(ended.at - asked.at).toBeGreaterThanOrEqual(145);
  });

  it('task.paused is not_pausing', async () => {
    const { boss, run } = scene;
    await run.sayRefused('task.paused', {}, 'not_pausing');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
  });

  it('task.cancelled is not_cancelling', async () => {
    const { boss, run } = scene;
    await run.sayRefused('task.cancelled', {}, 'not_cancelling');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
  });

  it('complete is the end', async () => {
    const { boss, run } = scene;
    await run.complete({ said: 'hello' });
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'completed', result: { said: 'hello' } });
  });

  it('fail is the end', async () => {
    const { boss, run } = scene;
    await run.fail('no_voice');
    expect(await boss.get(run.task_id)).toMatchObject({
      state: 'failed',
      error: { code: 'no_voice', message: 'it says no_voice' },
    });
  });

  it('a checkpoint is kept', async () => {
    const { boss, other, run } = scene;
    await run.checkpoint({ at: 1 });
    await run.checkpoint({ at: 2 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await (await other.dispatched()).complete();
    expect((await run.resumed()).checkpoint).toEqual({ at: 2 });
  });

  it('a hold is taken', async () => {
    const { boss, run } = scene;
    const before = Date.now();
    const { hold_id, expires_at } = await run.hold();
    expect(hold_id).toEqual(expect.any(String));
    expect(expires_at - before).toBeGreaterThan(28_000);
    expect(expires_at - before).toBeLessThan(40_000);
    expect(await boss.status()).toMatchObject({ state: { can_interrupt: false } });
  });

  it('chunks and progress are fanned out', async () => {
    const { watcher, run } = scene;
    run.open();
    run.chunk(0, 'hello');
    run.say('task.progress', { ratio: 0.5, note: 'half' });
    const chunk = await watcher.client.expectFrame({ type: 'chunk', task_id: run.task_id });
    expect(chunk).toMatchObject({ lane: watcher.lane, stream: 'main', epoch: run.epoch, seq: 0, data: 'hello' });
    const progress = await watcher.client.expectFrame({ type: 'progress', task_id: run.task_id });
    expect(progress).toMatchObject({ lane: watcher.lane, ratio: 0.5, note: 'half' });
  });

  it('losing the executor pauses the task, and the floor is free', async () => {
    const { boss, worker, other, watcher, run } = scene;
    const next = await boss.submit({ name: 'other', priority: 'BACKGROUND' });
    await run.hold();
    await worker.client.vanish();
    const paused = await watcher.fact('task.paused', run.task_id);
    expect(paused.task).toMatchObject({ state: 'paused', reason: 'executor_lost' });
    expect((await other.dispatched()).task_id).toBe(next.task_id);
  });

  it('a timeout is a cancel with grace, then failed', async () => {
    const { boss, run } = await handle.stage().running({ timeout_ms: 100, ...GRACE });
    await run.told('task.cancel');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'cancelling' });
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', reason: 'timeout' });
  });

  it('lane.stop pauses what may be interrupted', async () => {
    const { boss, watcher, run } = scene;
    await boss.stop();
    await run.pausesWhenAsked({ line: 1 });
    await watcher.fact('task.paused', run.task_id);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused', waiting_for: 'start' });
    await boss.start();
    expect((await run.resumed()).checkpoint).toEqual({ line: 1 });
  });
});

describe('while pausing', () => {
  beforeEach(async () => {
    scene = await handle.stage().running(GRACE);
    await scene.boss.submit({ name: 'other', priority: 'URGENT' });
    await scene.run.told('task.pause');
  });

  it('cancel asks the executor, and the task ends at its word', async () => {
    const { boss, other, run } = scene;
    expect(await boss.cancel(run.task_id)).toMatchObject({ state: 'cancelling' });
    await run.told('task.cancel');
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
    await other.dispatched();
  });

  it('task.paused is the pause', async () => {
    const { boss, other, run } = scene;
    run.paused();
    await other.dispatched();
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused' });
  });

  it('task.cancelled is not_cancelling', async () => {
    const { boss, run } = scene;
    await run.sayRefused('task.cancelled', {}, 'not_cancelling');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'pausing' });
  });

  it('complete is the end', async () => {
    const { boss, other, run } = scene;
    await run.complete(1);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'completed', result: 1 });
    await other.dispatched();
  });

  it('fail is the end', async () => {
    const { boss, other, run } = scene;
    await run.fail('oops');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'failed', error: { code: 'oops' } });
    await other.dispatched();
  });

  it('a checkpoint is kept', async () => {
    const { other, run } = scene;
    await run.checkpoint({ at: 'the pause' });
    run.paused();
    await (await other.dispatched()).complete();
    expect((await run.resumed()).checkpoint).toEqual({ at: 'the pause' });
  });

  it('a new hold is refused as preempting', async () => {
    const { run } = scene;
    const { retryable } = await run.refused('floor.hold', {}, 'preempting');
    expect(retryable).toBe(true);
  });

  it('chunks and progress are fanned out', async () => {
    const { watcher, run } = scene;
    run.open();
    run.chunk(0, 'one more word');
    run.say('task.progress', { ratio: 0.9 });
    await watcher.client.expectFrame({ type: 'chunk', task_id: run.task_id, seq: 0, data: 'one more word' });
    await watcher.client.expectFrame({ type: 'progress', task_id: run.task_id, ratio: 0.9 });
  });

  it('losing the executor is the pause, at once', async () => {
    const { worker, other, watcher, run } = scene;
    const asked = await watcher.fact('task.pausing', run.task_id);
    await worker.client.vanish();
    const paused = await watcher.fact('task.paused', run.task_id);
    expect(paused.at - asked.at).toBeLessThan(4_000);
    await other.dispatched();
  });

  it('the clock of the timeout is stopped', async () => {
    const stage = handle.stage();
    const { boss, run } = await stage.running({ timeout_ms: 400, ...GRACE });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.told('task.pause');
    await stage.elapse(700);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'pausing' });
    await run.complete();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed' });
  });

  it('when the interrupter disappears the pause completes, and the order decides', async () => {
    const { boss, run } = scene;
    const [urgent] = (await boss.client.ok('task.list', { lane: boss.lane, states: ['queued'] })).tasks;
    await boss.cancel(urgent?.task_id ?? '');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'pausing' });
    run.paused();
    await run.resumed();
  });

  it('lane.stop lets the pause complete and grants nothing', async () => {
    const { boss, other, run } = scene;
    await boss.stop();
    run.paused();
    await run.client.fence();
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused' });
    await other.client.fence();
    expect(other.dispatches()).toEqual([]);
    await boss.start();
    await other.dispatched();
  });
});

describe('while cancelling', () => {
  beforeEach(async () => {
    scene = await handle.stage().running(GRACE);
    await scene.boss.cancel(scene.run.task_id);
    await scene.run.told('task.cancel');
  });

  /** A run that is cancelling because it was displaced and will start again. */
  const restarting = async (): Promise<Scene> => {
    const restart = await handle.stage().running({ on_interrupt: 'restart', ...GRACE });
    await restart.boss.submit({ name: 'other', priority: 'URGENT' });
    await restart.run.told('task.cancel');
    return restart;
  };

  it('cancel again changes nothing', async () => {
    const { boss, run } = scene;
    expect(await boss.cancel(run.task_id)).toMatchObject({ state: 'cancelling' });
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
  });

  it('cancel overrides a restart', async () => {
    const { boss, other, run } = await restarting();
    await boss.cancel(run.task_id);
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
    await other.dispatched();
  });

  it('task.paused is ignored', async () => {
    const { boss, run } = scene;
    run.paused();
    await run.client.fence();
    expect(run.client.seen({ type: 'error' })).toEqual([]);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'cancelling' });
  });

  it('task.cancelled is the end', async () => {
    const { boss, run } = scene;
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
  });

  it('task.cancelled is the restart', async () => {
    const { boss, other, run } = await restarting();
    run.cancelled();
    await other.dispatched();
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'queued' });
  });

  it('complete is the end: what comes first wins', async () => {
    const { boss, run } = scene;
    await run.complete('finished');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', result: 'finished' });
  });

  it('complete is the end of a restart too', async () => {
    const { boss, other, run } = await restarting();
    await run.complete('finished');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', result: 'finished' });
    await other.dispatched();
  });

  it('fail counts as task.cancelled', async () => {
    const { boss, run } = scene;
    await run.fail('interrupted_io');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
  });

  it('fail counts as task.cancelled for a restart', async () => {
    const { boss, other, run } = await restarting();
    await run.fail('interrupted_io');
    await other.dispatched();
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'queued' });
  });

  it('a checkpoint is kept', async () => {
    const { worker, other, run } = await restarting();
    await run.checkpoint({ last: 'words' });
    run.cancelled();
    await (await other.dispatched()).complete();
    const again = await worker.dispatched({ task_id: run.task_id });
    expect(again.dispatch.resume).toMatchObject({ checkpoint: { last: 'words' } });
  });

  it('a new hold is refused as preempting', async () => {
    await scene.run.refused('floor.hold', {}, 'preempting');
  });

  it('chunks and progress are fanned out', async () => {
    const { watcher, run } = scene;
    run.open();
    run.chunk(0, 'goodbye');
    run.say('task.progress', { ratio: 1 });
    await watcher.client.expectFrame({ type: 'chunk', task_id: run.task_id, seq: 0, data: 'goodbye' });
    await watcher.client.expectFrame({ type: 'progress', task_id: run.task_id, ratio: 1 });
  });

  it('losing the executor is the end, at once', async () => {
    const { boss, worker, watcher, run } = scene;
    const asked = await watcher.fact('task.cancelling', run.task_id);
    await worker.client.vanish();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
    const ended = await watcher.fact('task.cancelled', run.task_id);
    expect(ended.at - asked.at).toBeLessThan(4_000);
  });

  it('losing the executor is the restart, at once', async () => {
    const { boss, worker, other, run } = await restarting();
    await worker.client.vanish();
    await other.dispatched();
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'queued' });
  });

  it('lane.stop lets it go on', async () => {
    const { boss, run } = scene;
    await boss.stop();
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'cancelling' });
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
  });
});

describe('while paused', () => {
  /** The run of `other` that has the floor meanwhile. */
  const displaced = async (task = {}): Promise<Scene> => {
    const paused = await handle.stage().running({ ...GRACE, ...task });
    paused.run.open();
    // Sockets have no order among each other: without a grace the floor would be gone before the stream is open.
    await paused.run.client.fence();
    await paused.boss.submit({ name: 'other', priority: 'URGENT' });
    return paused;
  };
  beforeEach(async () => {
    scene = await displaced();
    await scene.run.pausesWhenAsked({ at: 'the pause' });
    await scene.watcher.fact('task.paused');
  });

  it('cancel is the end at once, and the run is revoked', async () => {
    const { boss, run } = scene;
    expect(await boss.cancel(run.task_id)).toMatchObject({ state: 'cancelled' });
    expect(await run.told('task.revoked')).toMatchObject({ epoch: run.epoch, reason: expect.any(String) });
    expect(run.words('task.cancel')).toEqual([]);
  });

  it('task.paused is accepted late, with its checkpoint', async () => {
    const { other, watcher, run } = await displaced({ pause_grace_ms: 0 });
    await watcher.fact('task.paused', run.task_id);
    run.paused({ at: 'my own pace' });
    await run.client.fence();
    expect(run.client.seen({ type: 'error' })).toEqual([]);
    await (await other.dispatched()).complete();
    expect((await run.resumed()).checkpoint).toEqual({ at: 'my own pace' });
  });

  it('task.cancelled is ignored', async () => {
    const { boss, run } = scene;
    run.cancelled();
    await run.client.fence();
    expect(run.client.seen({ type: 'error' })).toEqual([]);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused' });
  });

  it('complete with the latest epoch is accepted: finished work is not thrown away', async () => {
    const { boss, other, run } = scene;
    await run.complete('was done already');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', result: 'was done already' });
    await (await other.dispatched()).complete();
  });

  it('complete with an older epoch is stale', async () => {
    const { boss, other, run } = scene;
    const older = run.epoch;
    await (await other.dispatched()).complete();
    await run.resumed();
    await run.refused('task.complete', { epoch: older }, 'stale_epoch');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
  });

  it('fail with the latest epoch is accepted', async () => {
    const { boss, run } = scene;
    await run.fail('gave_up');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', error: { code: 'gave_up' } });
  });

  it('a checkpoint with the latest epoch is accepted', async () => {
    const { other, run } = scene;
    await run.checkpoint({ at: 'second thoughts' });
    await (await other.dispatched()).complete();
    expect((await run.resumed()).checkpoint).toEqual({ at: 'second thoughts' });
  });

  it('a new hold is stale', async () => {
    await scene.run.refused('floor.hold', {}, 'stale_epoch');
  });

  it('a chunk is stale and reaches nobody', async () => {
    const { boss, watcher, run } = scene;
    await run.sayRefused('stream.chunk', { seq: 0, data: 'psst' }, 'stale_epoch');
    await watcher.settle(boss);
    expect(watcher.chunkSeqs(run.task_id)).toEqual([]);
  });

  it('progress is stale and reaches nobody', async () => {
    const { boss, watcher, run } = scene;
    await run.sayRefused('task.progress', { ratio: 0.1 }, 'stale_epoch');
    await watcher.settle(boss);
    expect(watcher.client.seen({ type: 'progress' })).toEqual([]);
  });

  it('losing the executor starts the clock of its claim', async () => {
    const { boss, worker, other, watcher, run } = scene;
    await other.dispatched();
    await worker.client.vanish();
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused' });
    const failed = await watcher.fact('task.failed', run.task_id);
    expect(failed.task).toMatchObject({ state: 'failed', reason: 'executor_lost' });
  });

  it('the session that comes back in time goes on with it', async () => {
    const stage = handle.stage();
    const { worker, other, boss, run } = await stage.running(GRACE);
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    const urgent = await other.dispatched();
    const holding = [{ task_id: run.task_id, epoch: run.epoch }];
    await worker.client.vanish();
    const back = await stage.client({ resume: worker.client.claim, holding });
    expect(back.welcome).toMatchObject({ resumed: true, adopted: [run.task_id] });
    await urgent.complete();
    await back.expectFrame({ type: 'task.resume', task_id: run.task_id });
  });

  it('lane.stop leaves it', async () => {
    const { boss, other, run } = scene;
    const urgent = await other.dispatched();
    await boss.stop();
    await urgent.pausesWhenAsked();
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused' });
    await boss.start();
    await urgent.resumed();
  });
});

describe('cancel in the other states', () => {
  it('a queued task is cancelled at once', async () => {
    const boss = await handle.stage().join();
    const { task_id } = await boss.submit({ name: 'nobody' });
    expect(await boss.cancel(task_id)).toMatchObject({ task_id, state: 'cancelled' });
    expect(await boss.status()).toMatchObject({ queue_size: 0 });
  });

  it('a terminal task stays what it is', async () => {
    const { boss, run } = await handle.stage().running();
    await run.complete('kept');
    await boss.ended(run.task_id);
    expect(await boss.cancel(run.task_id)).toMatchObject({ state: 'completed', result: 'kept' });
  });

  it('an unknown task is not_found', async () => {
    const boss = await handle.stage().join();
    await boss.client.refused('task.cancel', { task_id: 'never-existed' }, 'not_found');
  });
});

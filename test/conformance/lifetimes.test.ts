// Owns: the clocks of a task (§4): ttl, resume_ttl, timeout, attempts and their pause of a second.
// Leaves to others: lost executors (lost-connection.test.ts). Time passes on the hub's clock only (see `Stage.elapse`).
import { describe, expect, it } from 'vitest';
import { useHub } from './harness.js';

const handle = useHub();

describe('ttl_ms', () => {
  it('expires a task that waited too long for its first start', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const watcher = await stage.watcher();
    const { task_id } = await boss.submit({ name: 'nobody', ttl_ms: 100 });
    const queued = await watcher.fact('task.queued', task_id);
    const expired = await watcher.fact('task.expired', task_id);
    expect(expired.task).toMatchObject({ state: 'expired', reason: 'ttl' });
    expect(expired.at - queued.at).toBeGreaterThanOrEqual(95);
    expect(await boss.status()).toMatchObject({ queue_size: 0 });
  });

  it('runs on while the lane is stopped', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const worker = await stage.worker('job');
    await boss.stop();
    const { task_id } = await boss.submit({ name: 'job', ttl_ms: 100 });
    expect(await boss.ended(task_id)).toMatchObject({ state: 'expired', reason: 'ttl' });
    await boss.start();
    await worker.client.fence();
    expect(worker.dispatches()).toEqual([]);
  });

  it('is over once the task has started', async () => {
    const stage = handle.stage();
    const { boss, other, run } = await stage.running({ ttl_ms: 200 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    const urgent = await other.dispatched();
    await stage.elapse(400);
    await urgent.complete();
    await run.resumed();
    await run.complete();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed' });
  });
});

describe('resume_ttl_ms', () => {
  it('expires a task whose pause took too long, and revokes its run', async () => {
    const { boss, other, run } = await handle.stage().running({ resume_ttl_ms: 150 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await other.dispatched();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'expired', reason: 'resume_ttl' });
    expect(await run.told('task.revoked')).toMatchObject({ epoch: run.epoch });
  });

  it('counts each pause alone', async () => {
    const stage = handle.stage();
    const { boss, other, run } = await stage.running({ resume_ttl_ms: 800 });
    for (let pauses = 0; pauses < 3; pauses += 1) {
      await boss.submit({ name: 'other', priority: 'URGENT' });
      await run.pausesWhenAsked();
      const urgent = await other.dispatched();
      await stage.elapse(350);
      await urgent.complete();
      await run.resumed();
    }
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running', interruptions: 3 });
  });
});

describe('timeout_ms', () => {
  it('cancels a run that took too long, with the grace, and fails it', async () => {
    const { boss, watcher, run } = await handle.stage().running({ timeout_ms: 150, pause_grace_ms: 5_000 });
    expect(await run.told('task.cancel')).toMatchObject({ epoch: run.epoch });
    await watcher.fact('task.cancelling', run.task_id);
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', reason: 'timeout' });
  });

  it('fails a deaf run after the grace', async () => {
    const { boss, watcher, run } = await handle.stage().running({ timeout_ms: 100, pause_grace_ms: 150 });
    const asked = await watcher.fact('task.cancelling', run.task_id);
    const failed = await watcher.fact('task.failed', run.task_id);
    expect(failed.task).toMatchObject({ state: 'failed', reason: 'timeout' });
    expect(failed.at - asked.at).toBeGreaterThanOrEqual(145);
    expect(await boss.status()).toMatchObject({ current_task: null });
  });

  it('does not count pauses', async () => {
    const stage = handle.stage();
    const { boss, other, run } = await stage.running({ timeout_ms: 1_000 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    const urgent = await other.dispatched();
    await stage.elapse(1_300);
    await urgent.complete();
    await run.resumed();
    await run.complete();
    const task = await boss.ended(run.task_id);
    expect(task.state).toBe('completed');
    expect(task.paused_ms).toBeGreaterThanOrEqual(1_250);
    expect(task.running_ms).toBeLessThan(1_000);
  });

  it('goes on counting after a pause', async () => {
    const { boss, other, run } = await handle.stage().running({ timeout_ms: 400 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await (await other.dispatched()).complete();
    await run.resumed();
    await run.told('task.cancel');
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', reason: 'timeout' });
  });
});

describe('max_attempts', () => {
  it('a retryable failure is tried again after a second, as a new attempt that starts over', async () => {
    const { boss, worker, watcher, run } = await handle.stage().running({ max_attempts: 2 });
    run.open();
    run.chunks(0, 3);
    await run.fail('flaky', true);
    const retrying = await watcher.fact('task.retrying', run.task_id);
    expect(await boss.get(run.task_id)).toMatchObject({ waiting_for: 'retry' });
    const again = await worker.dispatched({ task_id: run.task_id });
    expect(again.dispatch).toMatchObject({ attempt: 2, resume: null });
    expect(again.epoch).toBeGreaterThan(run.epoch);
    const task = await boss.get(run.task_id);
    expect(task).toMatchObject({ state: 'running', attempt: 2 });
    expect(Date.now() - retrying.at).toBeGreaterThanOrEqual(900);
    await again.complete('second time lucky');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', attempt: 2 });
  });

  it('others run while a task waits for its retry', async () => {
    const { boss, other, worker, run } = await handle.stage().running({ max_attempts: 2, priority: 'HIGH' });
    await boss.submit({ name: 'other', priority: 'LOW' });
    await run.fail('flaky', true);
    const low = await other.dispatched();
    await low.pausesWhenAsked();
    await (await worker.dispatched({ task_id: run.task_id })).complete();
    await low.resumed();
  });

  it('the last attempt ends the task with its error', async () => {
    const { boss, worker, run } = await handle.stage().running({ max_attempts: 2 });
    await run.fail('flaky', true);
    const again = await worker.dispatched({ task_id: run.task_id });
    await again.fail('still_flaky', true);
    expect(await boss.ended(run.task_id)).toMatchObject({
      state: 'failed',
      attempt: 2,
      error: { code: 'still_flaky', message: 'it says still_flaky' },
    });
  });

  it('a failure that is not retryable ends the task whatever attempts are left', async () => {
    const { boss, watcher, run } = await handle.stage().running({ max_attempts: 5 });
    await run.fail('broken', false);
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', error: { code: 'broken' }, attempt: 1 });
    await watcher.settle(boss);
    expect(watcher.facts(run.task_id)).not.toContain('task.retrying');
  });

  it('is 1 unless the task says otherwise', async () => {
    const { boss, run } = await handle.stage().running();
    await run.fail('flaky', true);
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', error: { code: 'flaky' } });
  });

  it('a new attempt starts from the last checkpoint', async () => {
    const { worker, run } = await handle.stage().running({ max_attempts: 2 });
    run.open();
    run.chunks(0, 4);
    await run.checkpoint({ said: 4 });
    run.chunks(4, 6);
    await run.fail('flaky', true);
    const again = await worker.dispatched({ task_id: run.task_id });
    expect(again.dispatch.resume).toMatchObject({
      checkpoint: { said: 4 },
      checkpoint_streams: { main: 4 },
      streams: { main: 6 },
    });
  });
});

// Owns: what an operator can do over the socket (§7) and what a lane's state says (§6).
// Leaves to others: the same over HTTP (http.test.ts), the table's row about lane.stop (state-table.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, useHub } from './harness.js';

const handle = useHub();

describe.each(CODECS)('steering over %s', (codec) => {
  it('lane.status says what the lane does', async () => {
    const { boss, other, run } = await handle.stage(codec).running({ priority: 'LOW' });
    const waiting = await boss.submit({ name: 'nobody', priority: 'BACKGROUND' });
    expect(await boss.status()).toMatchObject({
      state: {
        mode: 'busy',
        started: true,
        streaming: false,
        can_interrupt: true,
        tasks_queued: 1,
        tasks_paused: 0,
        tasks_deferred: 0,
        tasks_completed: 0,
      },
      current_task: {
        task_id: run.task_id,
        name: 'chat',
        priority: 'LOW',
        interruptible: true,
        state: 'running',
        epoch: run.epoch,
        started_at: expect.any(Number),
        running_for: expect.any(Number),
      },
      queue_size: 1,
      paused_tasks: 0,
    });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await (await other.dispatched()).complete();
    await run.resumed();
    await run.complete();
    await boss.cancel(waiting.task_id);
    expect(await boss.status()).toMatchObject({
      state: { mode: 'idle', tasks_queued: 0, tasks_paused: 0, tasks_completed: 2 },
      current_task: null,
      queue_size: 0,
      paused_tasks: 0,
    });
  });

  it('a stopped lane takes tasks, tells why they wait, and loses none', async () => {
    const stage = handle.stage(codec);
    const boss = await stage.join();
    const worker = await stage.worker('job');
    const watcher = await stage.watcher();
    await boss.stop();
    await watcher.fact('lane.stopped');
    await watcher.state({ started: false });
    const { task_id } = await boss.submit({ name: 'job' });
    expect(await boss.get(task_id)).toMatchObject({ state: 'queued', waiting_for: 'start' });
    await worker.client.fence();
    expect(worker.dispatches()).toEqual([]);
    await boss.start();
    await watcher.fact('lane.started');
    await watcher.state({ started: true });
    expect((await worker.dispatched()).task_id).toBe(task_id);
  });
});

describe('lane.stop', () => {
  it('with drain lets the holder finish and starts nothing else', async () => {
    const { boss, other, run } = await handle.stage().running();
    const next = await boss.submit({ name: 'other' });
    await boss.stop({ drain: true });
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    await run.complete();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed' });
    expect(await boss.get(next.task_id)).toMatchObject({ state: 'queued', waiting_for: 'start' });
    await boss.start();
    expect((await other.dispatched()).task_id).toBe(next.task_id);
  });

  it('lets a holder finish that may not be interrupted', async () => {
    const { boss, other, run } = await handle.stage().running({ interruptible: false });
    await boss.submit({ name: 'other' });
    await boss.stop();
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    await run.complete();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed' });
    await other.client.fence();
    expect(other.dispatches()).toEqual([]);
  });

  it('takes the floor from a deaf holder after its grace', async () => {
    const { boss, watcher, run } = await handle.stage().running({ pause_grace_ms: 100 });
    await boss.stop();
    await watcher.fact('task.paused', run.task_id);
    expect(await boss.status()).toMatchObject({ current_task: null, paused_tasks: 1, state: { started: false } });
    await boss.start();
    await run.resumed();
  });

  it('stops its own lane alone', async () => {
    const stage = handle.stage();
    const beside = stage.beside();
    await (await stage.join()).stop();
    const worker = await beside.worker('job');
    await (await beside.join()).submit({ name: 'job' });
    await worker.dispatched();
  });
});

describe('the clients', () => {
  it('are listed', async () => {
    const stage = handle.stage();
    const boss = await stage.join({ name: 'the-boss' });
    const quiet = await stage.join({ name: 'the-quiet-one' });
    const listed = JSON.stringify(await boss.client.ok('client.list'));
    for (const sign of [boss.client.sessionId, quiet.client.sessionId, 'the-boss', 'the-quiet-one']) {
      expect(listed).toContain(sign);
    }
    for (const { client } of [boss, quiet]) expect(listed).not.toContain(client.claim.resume_token);
  });

  it('one that is removed is closed with 4510, and its claims end', async () => {
    const stage = handle.stage();
    const { boss, worker, run } = await stage.running();
    await boss.client.ok('client.remove', { session_id: worker.client.sessionId });
    expect(await worker.client.closeCode()).toBe(4510);
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', reason: 'executor_lost' });
    const back = await stage.client({ resume: worker.client.claim });
    expect(back.welcome?.resumed).toBe(false);
  });

  it('one that is not there cannot be removed', async () => {
    const { client } = await handle.stage().join();
    await client.refused('client.remove', { session_id: 'never-existed' }, 'not_found');
  });
});

// Owns: registration, the choice among workers, what executors are told, and progress (§5).
// Leaves to others: holds, streams, lost connections (their own files).
import { describe, expect, it } from 'vitest';
import { CODECS, useHub } from './harness.js';

const handle = useHub();

describe.each(CODECS)('a worker over %s', (codec) => {
  it('is told the task, the epoch and the attempt when it gets the floor', async () => {
    const { run, worker } = await handle.stage(codec).running({ args: { text: 'hi' }, meta: { m: 1 } });
    expect(run.dispatch).toMatchObject({ type: 'task.dispatch', attempt: 1, resume: null });
    expect(run.dispatch.epoch).toBeGreaterThan(0);
    expect(run.dispatch.task).toMatchObject({
      task_id: run.task_id,
      lane: worker.lane,
      name: 'chat',
      args: { text: 'hi' },
      meta: { m: 1 },
      priority: 'MEDIUM',
      attempt: 1,
      epoch: run.epoch,
    });
  });

  it('is told where it was when the floor comes back', async () => {
    const { boss, other, run } = await handle.stage(codec).running();
    run.open();
    run.open({ stream: 'aside' });
    run.chunks(0, 3);
    run.chunk(0, 'by the way', 'aside');
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked([1, { two: 'three' }]);
    const urgent = await other.dispatched();
    await urgent.complete();
    const resume = await run.resumed();
    expect(resume).toMatchObject({
      task_id: run.task_id,
      checkpoint: [1, { two: 'three' }],
      streams: { main: 3, aside: 1 },
      paused_ms: expect.any(Number),
    });
    expect(resume.epoch).toBeGreaterThan(urgent.epoch);
  });
});

describe('registration', () => {
  it('a name that ends in * takes every task that begins with it', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const worker = await stage.worker('voice.*');
    const { task_id } = await boss.submit({ name: 'video.cut' });
    for (const name of ['voice.command', 'voice.']) {
      await boss.submit({ name });
      const run = await worker.dispatched({ name });
      await run.complete();
    }
    expect(await boss.get(task_id)).toMatchObject({ state: 'queued', waiting_for: 'worker' });
  });

  it('a bare * takes everything', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const worker = await stage.worker('*');
    await boss.submit({ name: 'anything at all' });
    await worker.dispatched({ name: 'anything at all' });
  });

  it('belongs to its lane', async () => {
    const stage = handle.stage();
    const elsewhere = await stage.beside().worker('job');
    const boss = await stage.join();
    const { task_id } = await boss.submit({ name: 'job' });
    expect(await boss.get(task_id)).toMatchObject({ waiting_for: 'worker' });
    await elsewhere.client.fence();
    expect(elsewhere.dispatches()).toEqual([]);
  });

  it('starts what waited for it', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const { task_id } = await boss.submit({ name: 'job' });
    const worker = await stage.worker('job');
    expect((await worker.dispatched()).task_id).toBe(task_id);
  });

  it('unregister takes no new tasks and leaves runs alone', async () => {
    const { boss, worker, run, watcher } = await handle.stage().running();
    await worker.client.ok('worker.unregister', { lane: worker.lane, names: ['chat'] });
    const next = await boss.submit({ name: 'chat' });
    run.open();
    run.chunk(0);
    await watcher.client.expectFrame({ type: 'chunk', task_id: run.task_id, seq: 0 });
    await run.complete();
    expect(await boss.get(next.task_id)).toMatchObject({ state: 'queued', waiting_for: 'worker' });
    await worker.client.fence();
    expect(worker.dispatches()).toEqual(['chat']);
  });

  it('a task that its worker has paused comes back to it though it has unregistered', async () => {
    const { boss, worker, other, run } = await handle.stage().running();
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    const urgent = await other.dispatched();
    await worker.client.ok('worker.unregister', { lane: worker.lane, names: ['chat'] });
    await urgent.complete();
    await run.resumed();
  });

  it('64 names a connection are the most', async () => {
    const worker = await handle.stage().join();
    const names = Array.from({ length: 64 }, (_, at) => `name-${at}`);
    await worker.register(...names);
    await worker.client.refused('worker.register', { lane: worker.lane, names: ['one-more'] }, 'too_many_names');
  });

  it('the lane must have a proper name', async () => {
    const { client } = await handle.stage().join();
    for (const lane of ['', 'has space', 'ü', 'x'.repeat(65), 'a/b']) {
      const { issues } = await client.refused('worker.register', { lane, names: ['job'] }, 'invalid_message');
      expect(issues.map((issue) => issue.path)).toContain('lane');
    }
  });
});

describe('several workers for one name', () => {
  it('the longest idle one is next', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const workers = [await stage.worker('job'), await stage.worker('job'), await stage.worker('job')];
    const ran: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const { task_id } = await boss.submit({ name: 'job' });
      const [at, run] = await Promise.any(
        workers.map(async (worker, index) => [index, await worker.dispatched({ task_id })] as const),
      );
      ran.push(at);
      await run.complete();
    }
    expect(new Set(ran.slice(0, 3)).size).toBe(3);
    expect(ran.slice(3)).toEqual(ran.slice(0, 3));
  });

  it('the one with the fewest runs on other lanes is next', async () => {
    const stage = handle.stage();
    const beside = stage.beside();
    const boss = await stage.join();
    const busy = await stage.join();
    await busy.register('job');
    await busy.client.ok('worker.register', { lane: beside.lane, names: ['long'] });
    await (await beside.join()).submit({ name: 'long' });
    await busy.dispatched({ name: 'long' });
    const free = await stage.worker('job');
    for (let round = 0; round < 3; round += 1) {
      await boss.submit({ name: 'job' });
      const run = await free.dispatched({ name: 'job' });
      await run.complete();
    }
    expect(busy.dispatches()).toEqual(['long']);
  });
});

describe('task.progress', () => {
  it('reaches those who watch the state', async () => {
    const { watcher, run } = await handle.stage().running();
    run.say('task.progress', { ratio: 0.25, note: 'thinking' });
    const progress = await watcher.client.expectFrame({ type: 'progress' });
    expect(progress).toMatchObject({ lane: watcher.lane, task_id: run.task_id, ratio: 0.25, note: 'thinking' });
  });

  it('is conflated, and the last word arrives', async () => {
    const { watcher, run } = await handle.stage().running();
    for (let at = 0; at <= 500; at += 1) run.say('task.progress', { ratio: at / 500 });
    await watcher.client.expectFrame({ type: 'progress', ratio: 1 });
    expect(watcher.client.seen({ type: 'progress' }).length).toBeLessThan(50);
  });

  it('has a ratio between 0 and 1', async () => {
    const { run } = await handle.stage().running();
    for (const ratio of [-0.1, 1.1, 'half']) {
      const error = await run.sayRefused('task.progress', { ratio }, 'invalid_message');
      expect(error.issues.map((issue) => issue.path)).toContain('ratio');
    }
  });
});

describe('checkpoints', () => {
  it('are 64 KiB at most', async () => {
    const { run } = await handle.stage().running();
    await run.checkpoint('x'.repeat(60_000));
    await run.refused('task.checkpoint', { checkpoint: 'x'.repeat(70_000) }, 'too_large');
  });
});

describe('frames about runs', () => {
  it('with an epoch that was never given are stale', async () => {
    const { boss, run } = await handle.stage().running();
    await run.refused('task.complete', { epoch: run.epoch + 1 }, 'stale_epoch');
    await run.refused('task.fail', { epoch: run.epoch - 1, error: { code: 'x', message: 'x' } }, 'stale_epoch');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
  });

  it('from a session that does not have the run are stale and reach nobody', async () => {
    const { boss, other, watcher, run } = await handle.stage().running();
    const { task_id, epoch } = run;
    run.open();
    await run.client.fence();
    other.client.send('stream.chunk', { task_id, epoch, seq: 0, data: 'forged' });
    await other.client.expectFrame({ type: 'error', code: 'stale_epoch' });
    await other.client.refused('task.complete', { task_id, epoch, result: 'forged' }, 'stale_epoch');
    await other.client.refused('task.checkpoint', { task_id, epoch, checkpoint: 'forged' }, 'stale_epoch');
    await other.client.refused('floor.hold', { task_id, epoch }, 'stale_epoch');
    run.chunk(0, 'genuine');
    await watcher.client.expectFrame({ type: 'chunk', seq: 0 });
    expect(watcher.text(task_id)).toBe('genuine');
    expect(await boss.status()).toMatchObject({ state: { can_interrupt: true } });
    expect(await boss.get(task_id)).toMatchObject({ state: 'running' });
  });

  it('with an id are answered like any request, each once; without one they are not', async () => {
    const { boss, run } = await handle.stage().running({ pause_grace_ms: 5_000 });
    await run.ok('stream.open');
    await run.ok('stream.chunk', { seq: 0, data: 'answered' });
    await run.ok('stream.chunk', { seq: 0, data: 'and a repeat is, too' });
    await run.refused('stream.chunk', { seq: 7, data: 'too far' }, 'seq_gap');
    await run.ok('stream.close');
    await run.ok('task.progress', { ratio: 0.5 });
    const { hold_id } = await run.hold();
    await run.ok('floor.release', { hold_id });
    await run.refused('task.paused', {}, 'not_pausing');
    await run.refused('task.cancelled', {}, 'not_cancelling');
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.told('task.pause');
    await run.ok('task.paused', { checkpoint: 1 });
    const { length } = run.client.seen({ type: 'ok' });
    run.say('task.checkpoint', { checkpoint: 2 });
    run.say('task.complete');
    await run.client.fence();
    expect(run.client.seen({ type: 'ok' })).toHaveLength(length + 1);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'completed' });
  });

  it('that are late are each refused when they have an id, however often the run was told', async () => {
    const { run } = await handle.stage().running();
    await run.complete();
    await run.sayRefused('stream.chunk', { seq: 0, data: 'late' }, 'stale_epoch');
    run.chunks(1, 5);
    for (let at = 0; at < 3; at += 1) await run.refused('task.complete', {}, 'stale_epoch');
    expect(run.client.seen({ type: 'error' })).toHaveLength(4);
  });
});

// Owns: how an interruption goes (§4): the two phases, the three ways to ask, the three ways to take it, deaf executors,
// nesting, and what happens when one side ends in the middle.
// Leaves to others: who may interrupt (order.test.ts), the table of inputs and states (state-table.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, type Frame, useHub } from './harness.js';

const handle = useHub();

function between(from: Frame, to: Frame): number {
  return to.at - from.at;
}

describe.each(CODECS)('an interruption over %s', (codec) => {
  it('asks the holder, waits for its answer, and only then gives the floor away', async () => {
    const { boss, other, watcher, run } = await handle.stage(codec).running({ pause_grace_ms: 5_000 });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    const pause = await run.told('task.pause');
    expect(pause).toMatchObject({ epoch: run.epoch, style: 'now', grace_ms: 5_000 });
    expect(pause.by).toEqual({ task_id: urgent.task_id, name: 'other', priority: 'URGENT' });
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'pausing' });
    expect(await boss.status()).toMatchObject({ current_task: { task_id: run.task_id, state: 'pausing' } });
    await other.client.fence();
    expect(other.dispatches()).toEqual([]);

    run.paused({ line: 3 });
    const interruption = await other.dispatched();
    expect(interruption.task_id).toBe(urgent.task_id);
    await watcher.fact('task.paused', run.task_id);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused', waiting_for: 'floor', interruptions: 1 });
    await interruption.complete();
    const resume = await run.resumed();
    expect(resume.checkpoint).toEqual({ line: 3 });
    expect(resume.paused_ms).toBeGreaterThanOrEqual(0);
    expect(run.epoch).toBeGreaterThan(interruption.epoch);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running', epoch: run.epoch, attempt: 1 });
    await run.complete();
  });

  it('interruptions nest, and each level goes on when the one above has ended', async () => {
    const stage = handle.stage(codec);
    const { boss, other, watcher, run: low } = await stage.running({ priority: 'BACKGROUND' });
    await other.register('deeper');
    await boss.submit({ name: 'other', priority: 'LOW' });
    await low.pausesWhenAsked('low');
    const medium = await other.dispatched({ name: 'other' });
    await boss.submit({ name: 'deeper', priority: 'HIGH' });
    await medium.pausesWhenAsked('medium');
    const high = await other.dispatched({ name: 'deeper' });
    const top = await stage.worker('top');
    await boss.submit({ name: 'top', priority: 'URGENT' });
    await high.pausesWhenAsked('high');
    const urgent = await top.dispatched();
    await watcher.state({ tasks_paused: 3 });

    await urgent.complete();
    expect((await high.resumed()).checkpoint).toBe('high');
    await high.complete();
    expect((await medium.resumed()).checkpoint).toBe('medium');
    await medium.complete();
    expect((await low.resumed()).checkpoint).toBe('low');
    expect([low.epoch, medium.epoch, high.epoch, urgent.epoch]).toEqual(
      [low.epoch, medium.epoch, high.epoch, urgent.epoch].sort((a, b) => b - a),
    );
    await low.complete();
    await watcher.state({ tasks_paused: 0, mode: 'idle' });
  });
});

describe('preempt', () => {
  it('finish gives the holder 3 s for its sentence', async () => {
    const { boss, other, run } = await handle.stage().running();
    await boss.submit({ name: 'other', priority: 'HIGH', preempt: 'finish' });
    expect(await run.told('task.pause')).toMatchObject({ style: 'finish', grace_ms: 3_000 });
    await other.client.fence();
    expect(other.dispatches()).toEqual([]);
    run.paused();
    await other.dispatched();
  });

  it('an interrupt that arrives during a finish shortens it and asks again, style now', async () => {
    const { boss, other, run } = await handle.stage().running();
    await other.register('siren');
    await boss.submit({ name: 'other', priority: 'HIGH', preempt: 'finish' });
    await run.told('task.pause', { style: 'finish' });
    const urgent = await boss.submit({ name: 'siren', priority: 'URGENT', preempt: 'interrupt' });
    const again = await run.told('task.pause', { style: 'now' });
    expect(again.grace_ms).toBeLessThanOrEqual(250);
    // The executor is deaf: the shortened grace decides, well before the 3 s of the first one.
    const siren = await other.dispatched();
    expect(siren.task_id).toBe(urgent.task_id);
    const task = await boss.get(siren.task_id);
    expect(task.started_at - task.submitted_at).toBeLessThan(2_000);
  });

  it('queue waits behind the holder without asking it, then runs by the order', async () => {
    const { boss, other, run } = await handle.stage().running({ priority: 'LOW' });
    await boss.submit({ name: 'other', priority: 'LOW' });
    const polite = await boss.submit({ name: 'other', priority: 'URGENT', preempt: 'queue' });
    expect(polite).toMatchObject({ state: 'queued', position: 1 });
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    await run.complete();
    expect((await other.dispatched()).task_id).toBe(polite.task_id);
  });
});

describe('interruptible: false', () => {
  it('defers whoever would interrupt, says why, and lets it run afterwards', async () => {
    const { boss, other, watcher, run } = await handle.stage().running({ priority: 'LOW', interruptible: false });
    expect(await boss.status()).toMatchObject({
      state: { can_interrupt: false },
      current_task: { task_id: run.task_id, interruptible: false },
    });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    const fact = await watcher.fact('task.deferred', urgent.task_id);
    expect(fact.task).toMatchObject({ deferred: { reason: 'not_interruptible', by_task_id: run.task_id } });
    const equal = await boss.submit({ name: 'other', priority: 'LOW' });
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    await run.complete();
    const next = await other.dispatched();
    expect(next.task_id).toBe(urgent.task_id);
    await watcher.settle(boss);
    expect(watcher.facts(urgent.task_id).filter((name) => name === 'task.deferred')).toHaveLength(1);
    expect(watcher.facts(equal.task_id)).not.toContain('task.deferred');
  });
});

describe('on_interrupt', () => {
  it('restart is told to cancel, is queued again at its old place, and starts anew without using an attempt', async () => {
    const { boss, worker, other, watcher, run } = await handle.stage().running({ on_interrupt: 'restart' });
    const behind = await boss.submit({ name: 'chat', priority: 'MEDIUM' });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    expect(await run.told('task.cancel')).toMatchObject({ epoch: run.epoch });
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'cancelling' });
    await other.client.fence();
    expect(other.dispatches()).toEqual([]);
    run.cancelled();
    const interruption = await other.dispatched();
    expect(interruption.task_id).toBe(urgent.task_id);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'queued' });
    await interruption.complete();

    const again = await worker.dispatched();
    expect(again.task_id).toBe(run.task_id);
    expect(again.dispatch).toMatchObject({ attempt: 1, resume: null });
    expect(again.epoch).toBeGreaterThan(interruption.epoch);
    await again.complete();
    expect((await worker.dispatched()).task_id).toBe(behind.task_id);
    await watcher.fact('task.completed', run.task_id);
    expect(watcher.facts(run.task_id).filter((name) => name === 'task.queued')).toHaveLength(2);
    expect(watcher.facts(run.task_id)).not.toContain('task.retrying');
    expect(watcher.facts(run.task_id)).not.toContain('task.paused');
  });

  it('a restart keeps its checkpoint', async () => {
    const { boss, worker, other, run } = await handle.stage().running({ on_interrupt: 'restart' });
    await run.checkpoint({ page: 9 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.told('task.cancel');
    run.cancelled();
    await (await other.dispatched()).complete();
    const again = await worker.dispatched({ task_id: run.task_id });
    expect(again.dispatch.resume).toMatchObject({ checkpoint: { page: 9 } });
  });

  it('drop is told to cancel and ends as displaced', async () => {
    const { boss, other, run } = await handle.stage().running({ on_interrupt: 'drop' });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.told('task.cancel');
    run.cancelled();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled', reason: 'displaced' });
    await (await other.dispatched()).complete();
  });

  it.each(['restart', 'drop'])('a deaf executor of a %s loses the floor after the grace', async (on_interrupt) => {
    const { boss, other, watcher, run } = await handle.stage().running({ on_interrupt, pause_grace_ms: 150 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    const asked = await watcher.fact('task.cancelling', run.task_id);
    await other.dispatched();
    const event = on_interrupt === 'drop' ? 'task.cancelled' : 'task.queued';
    const gone = await watcher.client.expectFrame(
      (frame) => frame.event === event && frame.task.task_id === run.task_id && frame.seq > asked.seq,
    );
    expect(between(asked, gone)).toBeGreaterThanOrEqual(145);
  });
});

describe('a deaf executor', () => {
  it('loses the floor after its grace, and gets it back like any other', async () => {
    const { boss, other, watcher, run } = await handle.stage().running({ pause_grace_ms: 200 });
    run.open();
    run.chunks(0, 3);
    await boss.submit({ name: 'other', priority: 'URGENT' });
    const pausing = await watcher.fact('task.pausing', run.task_id);
    const urgent = await other.dispatched();
    const paused = await watcher.fact('task.paused', run.task_id);
    expect(between(pausing, paused)).toBeGreaterThanOrEqual(195);
    expect(between(pausing, paused)).toBeLessThan(2_000);

    const late = await run.sayRefused('stream.chunk', { seq: 3, data: 'still talking' }, 'stale_epoch');
    expect(late.re).toBeUndefined();
    await urgent.complete();
    const resume = await run.resumed();
    expect(resume.streams).toEqual({ main: 3 });
    run.chunks(3, 5);
    await run.complete();
    await watcher.client.expectFrame({ type: 'chunk', task_id: run.task_id, seq: 4 });
    expect(watcher.chunkSeqs(run.task_id)).toEqual([0, 1, 2, 3, 4]);
    expect(watcher.text(run.task_id)).not.toContain('still talking');
  });

  it('with a grace of 0 it is paused at once', async () => {
    const { boss, other, run } = await handle.stage().running({ pause_grace_ms: 0 });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    expect((await other.dispatched()).task_id).toBe(urgent.task_id);
    expect(await run.told('task.pause')).toMatchObject({ grace_ms: 0 });
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused' });
  });

  it('is told of late frames of one epoch only once', async () => {
    const { boss, other, run } = await handle.stage().running({ pause_grace_ms: 0 });
    run.open();
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await other.dispatched();
    run.chunks(0, 20);
    await run.client.expectFrame({ type: 'error', code: 'stale_epoch' });
    await run.client.fence();
    expect(run.client.seen({ type: 'error' })).toHaveLength(1);
  });
});

describe('in the middle of an interruption', () => {
  it('a holder that completes while pausing is completed, and the interrupter runs', async () => {
    const { boss, other, watcher, run } = await handle.stage().running({ pause_grace_ms: 5_000 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.told('task.pause');
    await run.complete('done anyway');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', result: 'done anyway' });
    await (await other.dispatched()).complete();
    await watcher.settle(boss);
    expect(watcher.facts(run.task_id)).not.toContain('task.paused');
  });

  it('when the interrupter is cancelled the pause still completes, and the order gives the floor back', async () => {
    const { boss, other, watcher, run } = await handle.stage().running({ pause_grace_ms: 5_000 });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.told('task.pause');
    await boss.cancel(urgent.task_id);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'pausing' });
    const before = run.epoch;
    run.paused({ word: 4 });
    expect((await run.resumed()).checkpoint).toEqual({ word: 4 });
    expect(run.epoch).toBeGreaterThan(before);
    await watcher.fact('task.resumed', run.task_id);
    expect(watcher.facts(run.task_id)).toEqual([
      'task.queued',
      'task.started',
      'task.pausing',
      'task.paused',
      'task.resumed',
    ]);
    expect(other.dispatches()).toEqual([]);
  });

  it('somebody more urgent who comes while the holder is pausing runs first', async () => {
    const { boss, other, run } = await handle.stage().running({ priority: 'LOW', pause_grace_ms: 5_000 });
    const high = await boss.submit({ name: 'other', priority: 'HIGH' });
    await run.told('task.pause');
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    run.paused();
    const first = await other.dispatched();
    expect(first.task_id).toBe(urgent.task_id);
    await first.complete();
    const second = await other.dispatched();
    expect(second.task_id).toBe(high.task_id);
    await second.complete();
    await run.resumed();
  });

  it('a worker that leaves before it got the floor leaves the pause to complete and the holder to go on', async () => {
    const { boss, other, run } = await handle.stage().running({ pause_grace_ms: 5_000 });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.told('task.pause');
    await other.client.close(1000);
    run.paused();
    await run.resumed();
    expect(await boss.get(urgent.task_id)).toMatchObject({ state: 'queued', waiting_for: 'worker' });
  });
});

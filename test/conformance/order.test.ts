// Owns: who runs next and who may interrupt (§4): priorities, ties, and that only a task that could start counts.
// Leaves to others: how an interruption goes (preemption.test.ts), what a task is told (tasks.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, type Stage, useHub } from './harness.js';

const handle = useHub();

/** Runs what comes and says which tasks, by the `at` in their args, until `count` are done. */
async function ranInOrder(stage: Stage, count: number): Promise<unknown[]> {
  const worker = await stage.worker('job');
  const ran: unknown[] = [];
  for (let done = 0; done < count; done += 1) {
    const run = await worker.dispatched();
    ran.push((run.dispatch.task.args as { at: unknown }).at);
    await run.complete();
  }
  return ran;
}

describe.each(CODECS)('who runs next, over %s', (codec) => {
  it('the five levels run from URGENT to BACKGROUND, by name or by number', async () => {
    const stage = handle.stage(codec);
    const boss = await stage.join();
    await boss.stop();
    const priorities = [5, 'LOW', 'MEDIUM', 2, 'URGENT', 1, 'HIGH', 3, 4, 'BACKGROUND'] as const;
    for (const [at, priority] of priorities.entries()) await boss.submit({ name: 'job', args: { at }, priority });
    await boss.start();
    expect(await ranInOrder(stage, priorities.length)).toEqual([4, 5, 3, 6, 2, 7, 1, 8, 0, 9]);
  });

  it('a number is accepted as a priority, and the name is what everybody is told', async () => {
    const stage = handle.stage(codec);
    const boss = await stage.join();
    const watcher = await stage.watcher();
    const names = ['URGENT', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'];
    for (const [at, name] of names.entries()) {
      const { task_id } = await boss.submit({ name: 'nobody', priority: at + 1 });
      expect((await boss.get(task_id)).priority).toBe(name);
      expect((await watcher.fact('task.queued', task_id)).task.priority).toBe(name);
    }
  });

  it('equal priorities run in the order of submission, whoever submitted', async () => {
    const stage = handle.stage(codec);
    const people = [await stage.join(), await stage.join(), await stage.join()];
    const [first] = people;
    await first?.stop();
    for (let at = 0; at < 9; at += 1) await people[at % 3]?.submit({ name: 'job', args: { at } });
    await first?.start();
    expect(await ranInOrder(stage, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('who runs next', () => {
  it('a task without a priority is MEDIUM', async () => {
    const boss = await handle.stage().join();
    const { task_id } = await boss.submit({ name: 'nobody' });
    expect((await boss.get(task_id)).priority).toBe('MEDIUM');
  });

  it('neither an equal nor a lower priority interrupts', async () => {
    const { boss, other, run } = await handle.stage().running({ priority: 'HIGH' });
    const equal = await boss.submit({ name: 'other', priority: 'HIGH' });
    const lower = await boss.submit({ name: 'other', priority: 'LOW' });
    expect([equal.position, lower.position]).toEqual([1, 2]);
    expect(await boss.get(equal.task_id)).toMatchObject({ state: 'queued', waiting_for: 'floor' });
    expect((await boss.get(equal.task_id)).deferred ?? null).toBeNull();
    await run.client.fence();
    await other.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    expect(other.dispatches()).toEqual([]);
    await run.complete();
    expect((await other.dispatched()).task_id).toBe(equal.task_id);
  });

  it('at equal priority what is paused goes before what is queued, even if that was submitted earlier', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const early = await boss.submit({ name: 'early', priority: 'MEDIUM' });
    const chat = await stage.worker('chat');
    const urgent = await stage.worker('urgent');
    await boss.submit({ name: 'chat', priority: 'MEDIUM' });
    const run = await chat.dispatched();
    await boss.submit({ name: 'urgent', priority: 'URGENT' });
    await run.pausesWhenAsked();
    const interruption = await urgent.dispatched();
    const latecomer = await stage.worker('early');
    expect(await boss.get(early.task_id)).toMatchObject({ waiting_for: 'floor' });
    await interruption.complete();
    await run.resumed();
    await latecomer.client.fence();
    expect(latecomer.dispatches()).toEqual([]);
    await run.complete();
    expect((await latecomer.dispatched()).task_id).toBe(early.task_id);
  });

  it('a queued task of higher priority goes before one that is paused', async () => {
    const { boss, other, run } = await handle.stage().running({ priority: 'LOW' });
    const first = await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    const urgent = await other.dispatched({ task_id: first.task_id });
    const second = await boss.submit({ name: 'other', priority: 'MEDIUM' });
    await urgent.complete();
    const medium = await other.dispatched({ task_id: second.task_id });
    await medium.complete();
    await run.resumed();
  });

  it('an URGENT task that nobody can run neither blocks a LOW one nor interrupts it, until its worker comes', async () => {
    const stage = handle.stage();
    const { boss, run } = await stage.running({ priority: 'LOW' });
    const urgent = await boss.submit({ name: 'rare', priority: 'URGENT' });
    expect(await boss.get(urgent.task_id)).toMatchObject({ state: 'queued', waiting_for: 'worker' });
    const next = await boss.submit({ name: 'other', priority: 'LOW' });
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    await run.complete();
    expect(await boss.get(next.task_id)).toMatchObject({ state: 'running' });

    const rare = await stage.worker('rare');
    expect((await rare.dispatched()).task_id).toBe(urgent.task_id);
  });

  it('a worker that goes takes the chance of its tasks with it', async () => {
    const stage = handle.stage();
    const { boss, run } = await stage.running({ priority: 'LOW' });
    const rare = await stage.worker('rare');
    await rare.client.ok('worker.unregister', { lane: stage.lane, names: ['rare'] });
    const urgent = await boss.submit({ name: 'rare', priority: 'URGENT' });
    expect(await boss.get(urgent.task_id)).toMatchObject({ waiting_for: 'worker' });
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
  });

  it('position counts from 1 among the waiting, in the order they would run, and is null for what runs', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    await stage.worker('job');
    expect(await boss.submit({ name: 'job', priority: 'HIGH' })).toMatchObject({ state: 'running', position: null });
    expect(await boss.submit({ name: 'job', priority: 'LOW' })).toMatchObject({ state: 'queued', position: 1 });
    expect(await boss.submit({ name: 'job', priority: 'BACKGROUND' })).toMatchObject({ position: 2 });
    expect(await boss.submit({ name: 'job', priority: 'LOW' })).toMatchObject({ position: 2 });
    expect(await boss.submit({ name: 'job', priority: 'MEDIUM' })).toMatchObject({ position: 1 });
  });

  it('at most one task holds the floor of a lane, while lanes do not wait for each other', async () => {
    const stage = handle.stage();
    const beside = stage.beside();
    const [boss, boss2] = [await stage.join(), await beside.join()];
    const [worker, worker2] = [await stage.worker('job'), await beside.worker('job')];
    for (let at = 0; at < 3; at += 1) {
      await boss.submit({ name: 'job' });
      await boss2.submit({ name: 'job' });
    }
    const [one, two] = [await worker.dispatched(), await worker2.dispatched()];
    expect(one.epoch).not.toBe(two.epoch);
    await worker.client.fence();
    expect(worker.dispatches()).toHaveLength(1);
    await one.complete();
    const three = await worker.dispatched();
    expect(three.epoch).toBeGreaterThan(Math.max(one.epoch, two.epoch));
  });
});

// Owns: tasks that wait for tasks of their own lane (§4, `call: true`), and `parent_id` alone.
// Leaves to others: retries and losses of the parent like of any task.
//
// The page says that the parent *is paused*; whether its executor is asked first is not for these tests to decide, so
// the parent here answers a `task.pause` if there is one.
import { describe, expect, it } from 'vitest';
import { CODECS, type Frame, type Run, type Scene, useHub } from './harness.js';

const handle = useHub();

/** From now on the run answers every `task.pause` at once. */
function answersPauses(run: Run, checkpoint: unknown): void {
  void run.client.expectFrame({ type: 'task.pause', task_id: run.task_id }, 20_000).then(
    () => {
      run.paused(checkpoint);
      answersPauses(run, checkpoint);
    },
    () => {},
  );
}

/** The executor of the scene's run calls a child, to be run by `other`. */
function call(scene: Scene, task: Record<string, unknown> = {}): Promise<Frame> {
  answersPauses(scene.run, 'waiting for my child');
  return scene.worker.client.ok('task.submit', {
    lane: scene.worker.lane,
    task: { name: 'other', parent_id: scene.task_id, call: true, ...task },
  });
}

describe.each(CODECS)('a call over %s', (codec) => {
  it('pauses the parent, runs the child on the same lane, and gives the floor back', async () => {
    const scene = await handle.stage(codec).running();
    const { boss, other, watcher, run } = scene;
    const { task_id } = await call(scene);
    const paused = await watcher.fact('task.paused', run.task_id);
    expect(paused.task.reason).toBe('awaiting_child');
    const child = await other.dispatched({ task_id });
    expect(child.dispatch.task.parent_id).toBe(run.task_id);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused', waiting_for: 'child' });
    await child.complete({ fact: 'cats purr' });
    const answer = await scene.worker.ended(task_id);
    expect(answer.result).toEqual({ fact: 'cats purr' });
    await run.resumed();
    await run.complete('with a fact');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', result: 'with a fact' });
  });
});

describe('a call', () => {
  it('goes through whatever holds the parent has', async () => {
    const scene = await handle.stage().running({ interruptible: false });
    await scene.run.hold({ ttl_ms: 60_000 });
    const { task_id } = await call(scene);
    const child = await scene.other.dispatched({ task_id });
    await child.complete();
    await scene.run.resumed();
  });

  it('runs at the higher of both priorities, before others of that level', async () => {
    const scene = await handle.stage().running({ priority: 'HIGH' });
    const { boss, other, run } = scene;
    const waiting = await boss.submit({ name: 'other', priority: 'HIGH' });
    const { task_id } = await call(scene, { priority: 'LOW' });
    const child = await other.dispatched();
    expect(child.task_id).toBe(task_id);
    await child.complete();
    await run.resumed();
    await run.complete();
    expect((await other.dispatched()).task_id).toBe(waiting.task_id);
  });

  it('holds at the higher of both priorities', async () => {
    const stage = handle.stage();
    const scene = await stage.running({ priority: 'HIGH' });
    const { boss, other } = scene;
    const { task_id } = await call(scene, { priority: 'BACKGROUND' });
    const child = await other.dispatched({ task_id });
    const siren = await stage.worker('siren');
    await boss.submit({ name: 'siren', priority: 'MEDIUM' });
    await boss.submit({ name: 'siren', priority: 'HIGH' });
    await other.client.fence();
    expect(child.words('task.pause')).toEqual([]);

    await boss.submit({ name: 'siren', priority: 'URGENT' });
    await child.pausesWhenAsked();
    const urgent = await siren.dispatched();
    await urgent.complete();
    await child.resumed();
  });

  it('its parent does not resume while the child is paused', async () => {
    const stage = handle.stage();
    const scene = await stage.running({ priority: 'LOW' });
    const { boss, other, run, worker } = scene;
    const { task_id } = await call(scene);
    const child = await other.dispatched({ task_id });
    const siren = await stage.worker('siren');
    await boss.submit({ name: 'siren', priority: 'URGENT' });
    await child.pausesWhenAsked();
    await (await siren.dispatched()).complete();
    await child.resumed();
    await worker.client.fence();
    expect(worker.client.seen({ type: 'task.resume' })).toEqual([]);
    await child.fail('no_idea');
    await run.resumed();
  });

  it('others may have the floor while the child waits for a worker', async () => {
    const stage = handle.stage();
    const scene = await stage.running({ priority: 'HIGH' });
    const { boss, run } = scene;
    const { task_id } = await call(scene, { name: 'rare' });
    const low = await boss.submit({ name: 'other', priority: 'LOW' });
    const between = await scene.other.dispatched({ task_id: low.task_id });
    await between.complete();
    const rare = await stage.worker('rare');
    await (await rare.dispatched({ task_id })).complete();
    await run.resumed();
  });

  it('stops the clock of resume_ttl_ms', async () => {
    const stage = handle.stage();
    const scene = await stage.running({ resume_ttl_ms: 150 });
    const { task_id } = await call(scene);
    const child = await scene.other.dispatched({ task_id });
    await stage.elapse(400);
    await child.complete();
    await scene.run.resumed();
  });

  it('a parent that ends takes its child with it', async () => {
    const scene = await handle.stage().running();
    const { boss, other, run } = scene;
    const { task_id } = await call(scene);
    const child = await other.dispatched({ task_id });
    await boss.cancel(run.task_id);
    await child.told('task.cancel');
    child.cancelled();
    expect(await boss.ended(task_id)).toMatchObject({ state: 'cancelled', reason: 'parent_ended' });
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled' });
  });

  it('a child that waits is cancelled at once with its parent', async () => {
    const scene = await handle.stage().running();
    const { boss, run, watcher } = scene;
    const { task_id } = await call(scene, { name: 'nobody' });
    await watcher.fact('task.paused', run.task_id);
    await boss.cancel(run.task_id);
    expect(await boss.ended(task_id)).toMatchObject({ state: 'cancelled', reason: 'parent_ended' });
  });

  it('a duplicate of a child that has ended pauses nobody', async () => {
    const scene = await handle.stage().running();
    const { other, worker, run, boss } = scene;
    const child = { name: 'other', idempotency_key: 'ask once', parent_id: run.task_id, call: true };
    const first = await call(scene, { idempotency_key: 'ask once' });
    await (await other.dispatched({ task_id: first.task_id })).complete('once');
    await run.resumed();
    const again = await worker.client.ok('task.submit', { lane: worker.lane, task: child });
    expect(again).toMatchObject({ task_id: first.task_id, duplicate: true, state: 'completed' });
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
  });

  it('is forbidden to anybody but the session that has the run', async () => {
    const { boss, other, run } = await handle.stage().running();
    const task = { name: 'other', parent_id: run.task_id, call: true };
    await boss.client.refused('task.submit', { lane: boss.lane, task }, 'forbidden');
    await other.client.refused('task.submit', { lane: other.lane, task }, 'forbidden');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
    expect(await boss.status()).toMatchObject({ queue_size: 0 });
  });

  it('is forbidden for a parent that has not started, or has ended', async () => {
    const { boss, worker, run } = await handle.stage().running();
    const waiting = await worker.submit({ name: 'chat', priority: 'LOW' });
    const ask = (parent_id: string) => ({
      lane: worker.lane,
      task: { name: 'other', parent_id, call: true },
    });
    await worker.client.refused('task.submit', ask(waiting.task_id), 'forbidden');
    await run.complete();
    await boss.ended(run.task_id);
    await worker.client.refused('task.submit', ask(run.task_id), 'forbidden');
  });

  it('is taken while the parent is pausing', async () => {
    const stage = handle.stage();
    const scene = await stage.running({ priority: 'LOW', pause_grace_ms: 5_000 });
    const { boss, other, run, worker } = scene;
    const siren = await stage.worker('siren');
    await boss.submit({ name: 'siren', priority: 'URGENT' });
    await run.told('task.pause');
    const child = { name: 'other', parent_id: run.task_id, call: true };
    const { task_id } = await worker.client.ok('task.submit', { lane: worker.lane, task: child });
    run.paused();
    const urgent = await siren.dispatched();
    await urgent.complete();
    await (await other.dispatched({ task_id })).complete();
    await run.resumed();
  });
});

describe('parent_id without call', () => {
  it('is for tracing alone', async () => {
    const { boss, worker, other, run } = await handle.stage().running();
    const { task_id } = await worker.submit({ name: 'other', parent_id: run.task_id });
    expect(await boss.get(task_id)).toMatchObject({ parent_id: run.task_id, state: 'queued', waiting_for: 'floor' });
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
    await run.complete();
    await (await other.dispatched({ task_id })).complete();
    expect(await boss.ended(task_id)).toMatchObject({ state: 'completed' });
  });
});

// Owns: losing the connection as an involuntary pause (§5) and every way back (§3): the same session, holding in a new
// one, nobody in time, and leaving on purpose.
// Leaves to others: sessions without runs (sessions.test.ts), `self` executors (self-executor.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, Person, type Run, type Scene, type Stage, useHub, words } from './harness.js';

/** Long enough to come back in, short enough to wait for. */
const SESSION_TTL_MS = 1_500;
const handle = useHub({ flags: { 'session-ttl': SESSION_TTL_MS } });
const patient = useHub({ flags: { 'session-ttl': 60_000 } });

function inHand(run: Run): { task_id: string; epoch: number } {
  return { task_id: run.task_id, epoch: run.epoch };
}

/** The worker of the scene loses its socket, and the hub has noticed. */
async function cut({ worker, watcher, run }: Scene): Promise<void> {
  await worker.client.vanish();
  const paused = await watcher.fact('task.paused', run.task_id);
  expect(paused.task).toMatchObject({ state: 'paused', reason: 'executor_lost' });
}

describe.each(CODECS)('an executor that lost its socket, over %s', (codec) => {
  it('goes on in the same session, and no chunk is lost or doubled', async () => {
    const stage = patient.stage(codec);
    const scene = await stage.running();
    const { boss, worker, watcher, run } = scene;
    run.open();
    run.chunks(0, 4);
    await watcher.client.expectFrame({ type: 'chunk', seq: 3 });
    await cut(scene);

    const holding = [inHand(run)];
    const back = await stage.client({ resume: worker.client.claim, holding });
    expect(back.welcome).toMatchObject({
      resumed: true,
      session_id: worker.client.sessionId,
      adopted: [run.task_id],
      released: [],
    });
    const resume = await back.expectFrame({ type: 'task.resume', task_id: run.task_id });
    expect(resume.epoch).toBeGreaterThan(run.epoch);
    expect(resume.streams).toEqual({ main: 4 });
    const { epoch } = resume;
    const { task_id } = run;
    back.send('stream.chunk', { task_id, epoch, seq: 3, data: 'not sure whether this came' });
    for (let seq = 4; seq < 8; seq += 1) back.send('stream.chunk', { task_id, epoch, seq, data: `w${seq} ` });
    await back.ok('task.complete', { task_id, epoch });
    await watcher.client.expectFrame({ type: 'chunk', seq: 7 });
    expect(watcher.text(task_id)).toBe(words(0, 8));
    expect(await boss.ended(task_id)).toMatchObject({ state: 'completed', attempt: 1 });
  });

  it('goes on in a new session by holding its run', async () => {
    const stage = patient.stage(codec);
    const scene = await stage.running();
    await cut(scene);
    const { run, boss } = scene;
    const back = await stage.client({ holding: [inHand(run)] });
    expect(back.welcome).toMatchObject({ resumed: false, adopted: [run.task_id], released: [] });
    expect(back.sessionId).not.toBe(scene.worker.client.sessionId);
    const { epoch } = await back.expectFrame({ type: 'task.resume', task_id: run.task_id });
    await back.ok('task.complete', { task_id: run.task_id, epoch, result: 'from here' });
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', result: 'from here', attempt: 1 });
  });
});

describe('an executor that lost its socket', () => {
  it('frees the floor at once, its holds and streams included', async () => {
    const scene = await patient.stage().running({ priority: 'URGENT' });
    const { boss, other, run } = scene;
    await run.hold({ ttl_ms: 60_000 });
    run.open({ can_interrupt: false });
    const low = await boss.submit({ name: 'other', priority: 'BACKGROUND' });
    await cut(scene);
    await other.dispatched({ task_id: low.task_id });
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused', waiting_for: 'session' });
    expect(await boss.status()).toMatchObject({ state: { can_interrupt: true, tasks_paused: 1 } });
  });

  it('comes back as a candidate like others: it interrupts what is lower', async () => {
    const stage = patient.stage();
    const scene = await stage.running({ priority: 'HIGH' });
    const { boss, other, worker, run } = scene;
    await boss.submit({ name: 'other', priority: 'LOW' });
    await cut(scene);
    const low = await other.dispatched();
    const back = await stage.client({ resume: worker.client.claim, holding: [inHand(run)] });
    const pause = await low.pausesWhenAsked();
    expect(pause.by.task_id).toBe(run.task_id);
    await back.expectFrame({ type: 'task.resume', task_id: run.task_id });
  });

  it('waits for the floor when it comes back and somebody higher has it, still paused', async () => {
    const stage = patient.stage();
    const scene = await stage.running({ priority: 'LOW' });
    const { boss, other, worker, run } = scene;
    await boss.submit({ name: 'other', priority: 'LOW' });
    await cut(scene);
    const equal = await other.dispatched();
    const back = await stage.client({ resume: worker.client.claim, holding: [inHand(run)] });
    expect(back.welcome?.adopted).toEqual([run.task_id]);
    await back.fence();
    expect(back.seen({ type: 'task.resume' })).toEqual([]);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused', waiting_for: 'floor' });
    await equal.complete();
    await back.expectFrame({ type: 'task.resume', task_id: run.task_id });
  });

  it('may hand in finished work right after it was adopted, before any resume', async () => {
    const stage = patient.stage();
    const scene = await stage.running({ priority: 'LOW' });
    const { boss, other, worker, run } = scene;
    await boss.submit({ name: 'other', priority: 'LOW' });
    await cut(scene);
    const holder = await other.dispatched();
    const back = await stage.client({ resume: worker.client.claim, holding: [inHand(run)] });
    await back.ok('task.complete', { ...inHand(run), result: 'was ready' });
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', result: 'was ready' });
    expect(await boss.get(holder.task_id)).toMatchObject({ state: 'running' });
  });

  it('gives up what it does not hold any more: the task fails when no attempt is left', async () => {
    const stage = patient.stage();
    const scene = await stage.running();
    await cut(scene);
    const back = await stage.client({ resume: scene.worker.client.claim, holding: [] });
    expect(back.welcome).toMatchObject({ resumed: true, adopted: [] });
    expect(await scene.boss.ended(scene.run.task_id)).toMatchObject({ state: 'failed', reason: 'executor_lost' });
  });

  it('gives up what it does not hold any more: another attempt starts from the checkpoint', async () => {
    const stage = patient.stage();
    const scene = await stage.running({ max_attempts: 2 });
    const { worker, watcher, run } = scene;
    run.open();
    run.chunks(0, 2);
    await run.checkpoint({ at: 2 });
    await cut(scene);
    const back = await stage.client({ resume: worker.client.claim });
    await watcher.fact('task.retrying', run.task_id);
    const again = await back.expectFrame({ type: 'task.dispatch', task: { task_id: run.task_id } });
    expect(again).toMatchObject({ attempt: 2, resume: { checkpoint: { at: 2 }, checkpoint_streams: { main: 2 } } });
  });

  it('is told to stop for good about runs that are over, stale or unknown', async () => {
    const stage = patient.stage();
    const scene = await stage.running();
    const { boss, run } = scene;
    await cut(scene);
    await boss.cancel(run.task_id);
    const holding = [inHand(run), { task_id: 'never-existed', epoch: 1 }];
    const back = await stage.client({ holding });
    expect(back.welcome?.adopted).toEqual([]);
    expect(new Set(back.welcome?.released)).toEqual(new Set([run.task_id, 'never-existed']));
  });

  it('cannot adopt with an epoch that is not the latest', async () => {
    const stage = patient.stage();
    const scene = await stage.running();
    const { boss, other, run } = scene;
    const old = inHand(run);
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await (await other.dispatched()).complete();
    await run.resumed();
    await scene.watcher.fact('task.paused', run.task_id);
    await cut(scene);
    const back = await stage.client({ holding: [old] });
    expect(back.welcome).toMatchObject({ adopted: [], released: [run.task_id] });
  });

  it('that closes with 1000 ends its claims at once', async () => {
    const { boss, worker, run } = await patient.stage().running();
    await worker.client.close(1000);
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', reason: 'executor_lost' });
  });

  it('that closes without a code ends its claims at once', async () => {
    const { boss, worker, run } = await patient.stage().running();
    await worker.client.close();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'failed', reason: 'executor_lost' });
  });

  it('that closes with 1000 leaves the next attempt to others', async () => {
    const stage = patient.stage();
    const { worker, watcher, run } = await stage.running({ max_attempts: 2 });
    const second = await stage.worker('chat');
    await worker.client.close(1000);
    await watcher.fact('task.retrying', run.task_id);
    const again = await second.dispatched({ task_id: run.task_id });
    expect(again.dispatch).toMatchObject({ attempt: 2, resume: null });
  });

  it('that closes with another code keeps its claims', async () => {
    const scene = await patient.stage().running();
    const { boss, worker, watcher, run } = scene;
    await worker.client.close(4999);
    const paused = await watcher.fact('task.paused', run.task_id);
    expect(paused.task.reason).toBe('executor_lost');
    await watcher.settle(boss);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'paused' });
  });

  it('is fenced by the session that took over', async () => {
    const stage = patient.stage();
    const { worker, run, boss } = await stage.running();
    const back = await stage.client({ resume: worker.client.claim, holding: [inHand(run)] });
    expect(await worker.client.closeCode()).toBe(4509);
    const { epoch } = await back.expectFrame({ type: 'task.resume', task_id: run.task_id });
    await back.refused('task.complete', inHand(run), 'stale_epoch');
    await back.ok('task.complete', { task_id: run.task_id, epoch });
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed' });
  });
});

describe('a session that does not come back in time', () => {
  it('loses its task: it fails when no attempt is left', async () => {
    const stage = handle.stage();
    const scene = await stage.running();
    await cut(scene);
    const { boss, watcher, run, worker } = scene;
    const failed = await watcher.fact('task.failed', run.task_id);
    expect(failed.task).toMatchObject({ state: 'failed', reason: 'executor_lost' });
    const times = await boss.get(run.task_id);
    expect(times.ended_at - times.started_at).toBeGreaterThanOrEqual(SESSION_TTL_MS - 50);
    const back = await stage.client({ resume: worker.client.claim, holding: [inHand(run)] });
    expect(back.welcome).toMatchObject({ adopted: [], released: [run.task_id] });
  });

  it('leaves another attempt to any executor, from the last checkpoint', async () => {
    const stage = handle.stage();
    const scene = await stage.running({ max_attempts: 2 });
    const { watcher, run, boss } = scene;
    run.open();
    run.chunks(0, 3);
    await run.checkpoint('three words');
    const second = await stage.worker('chat');
    await cut(scene);
    expect(await boss.get(run.task_id)).toMatchObject({ waiting_for: 'session' });
    await watcher.fact('task.retrying', run.task_id);
    const again: Run = await second.dispatched({ task_id: run.task_id });
    expect(again.dispatch).toMatchObject({
      attempt: 2,
      resume: { checkpoint: 'three words', checkpoint_streams: { main: 3 }, streams: { main: 3 } },
    });
    again.open();
    again.chunks(3, 5);
    await again.complete();
    await watcher.client.expectFrame({ type: 'chunk', seq: 4 });
    expect(watcher.text(run.task_id)).toBe(words(0, 5));
  });
});

describe('the registrations of a session', () => {
  const back = async (stage: Stage, worker: Person): Promise<Person> =>
    new Person(await stage.client({ resume: worker.client.claim }), stage.lane);

  it('come back with it', async () => {
    const stage = patient.stage();
    const boss = await stage.join();
    const worker = await stage.worker('job');
    await worker.client.vanish();
    const again = await back(stage, worker);
    const { task_id } = await boss.submit({ name: 'job' });
    expect((await again.dispatched()).task_id).toBe(task_id);
  });

  it('do not count while it is away', async () => {
    const stage = patient.stage();
    const worker = await stage.worker('job');
    await stage.cutOff(worker);
    const boss = await stage.join();
    const { task_id } = await boss.submit({ name: 'job' });
    expect(await boss.get(task_id)).toMatchObject({ state: 'queued', waiting_for: 'worker' });
    const again = await back(stage, worker);
    expect((await again.dispatched()).task_id).toBe(task_id);
  });
});

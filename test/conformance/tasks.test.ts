// Owns: asking about tasks (§4): get, list, wait, and what a task looks like in each message.
// Leaves to others: how it got into its state.
import { describe, expect, it } from 'vitest';
import { CODECS, type Task, useHub } from './harness.js';

const handle = useHub();

describe.each(CODECS)('a task over %s', (codec) => {
  it('is told with the fields it was submitted with, its source and its times', async () => {
    const stage = handle.stage(codec);
    const boss = await stage.join({ name: 'fido-voice' });
    const before = Date.now();
    const args = { text: 'grüß Gott 🐈', list: [1, 2.5, -7, true, null], nested: { deep: [{}] }, big: 2 ** 40 };
    const { task_id } = await boss.submit({ name: 'nobody', args, meta: { trace: 'abc' }, priority: 'HIGH' });
    const task = await boss.get(task_id);
    expect(task).toMatchObject({
      task_id,
      lane: stage.lane,
      name: 'nobody',
      args,
      meta: { trace: 'abc' },
      priority: 'HIGH',
      interruptible: true,
      state: 'queued',
      waiting_for: 'worker',
      source: { session_id: boss.client.sessionId, client_name: 'fido-voice', kind: 'test' },
      running_ms: 0,
      paused_ms: 0,
      interruptions: 0,
    });
    expect(task.submitted_at).toBeGreaterThanOrEqual(before - 50);
    expect(task.submitted_at).toBeLessThanOrEqual(Date.now() + 50);
    expect(task.started_at ?? null).toBeNull();
    expect(task.ended_at ?? null).toBeNull();
  });

  it('carries args and meta when it is queued, started, dispatched and asked for, and nowhere else', async () => {
    const args = { secret: 'large' };
    const meta = { from: 'test' };
    const { boss, other, watcher, run } = await handle.stage(codec).running({ args, meta });
    expect(run.dispatch.task).toMatchObject({ args, meta });
    expect((await watcher.fact('task.queued', run.task_id)).task).toMatchObject({ args, meta });
    expect((await watcher.fact('task.started', run.task_id)).task).toMatchObject({ args, meta });
    expect(await boss.get(run.task_id)).toMatchObject({ args, meta });

    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await (await other.dispatched()).complete();
    await run.resumed();
    const lean: Task[] = (await boss.client.ok('task.list', { lane: boss.lane })).tasks;
    await run.complete();
    lean.push(await boss.ended(run.task_id));
    for (const event of ['task.pausing', 'task.paused', 'task.resumed', 'task.completed']) {
      lean.push((await watcher.fact(event, run.task_id)).task);
    }
    expect(lean.length).toBeGreaterThanOrEqual(6);
    for (const task of lean) {
      expect(task).not.toHaveProperty('args');
      expect(task).not.toHaveProperty('meta');
    }
  });
});

describe('task.get', () => {
  it('an unknown task is not_found', async () => {
    const { client } = await handle.stage().join();
    expect(await client.refused('task.get', { task_id: 'never-existed' }, 'not_found')).toMatchObject({
      retryable: false,
      message: expect.any(String),
    });
  });

  it('a task that ended is still told, with its times and its end', async () => {
    const { boss, run } = await handle.stage().running();
    await run.complete({ answer: 42 });
    const task = await boss.get(run.task_id);
    expect(task).toMatchObject({ state: 'completed', attempt: 1, epoch: run.epoch, result: { answer: 42 } });
    expect(task.started_at).toBeGreaterThanOrEqual(task.submitted_at);
    expect(task.ended_at).toBeGreaterThanOrEqual(task.started_at);
    expect(task.running_ms).toBeGreaterThanOrEqual(0);
  });
});

describe('task.list', () => {
  it('names the tasks of one lane, and those of some states when asked', async () => {
    const stage = handle.stage();
    const { boss, run } = await stage.running();
    const waiting = await boss.submit({ name: 'nobody' });
    const gone = await boss.submit({ name: 'nobody' });
    await boss.cancel(gone.task_id);
    await (await stage.beside().join()).submit({ name: 'nobody' });
    const ids = async (fields: object): Promise<string[]> =>
      (await boss.client.ok('task.list', { lane: boss.lane, ...fields })).tasks.map((task) => task.task_id);
    expect(new Set(await ids({}))).toEqual(new Set([run.task_id, waiting.task_id, gone.task_id]));
    expect(await ids({ states: ['queued'] })).toEqual([waiting.task_id]);
    expect(await ids({ states: ['cancelled'] })).toEqual([gone.task_id]);
    expect(new Set(await ids({ states: ['queued', 'running'] }))).toEqual(new Set([run.task_id, waiting.task_id]));
    expect(await ids({ states: ['failed'] })).toEqual([]);
  });

  it('goes through many in pages, each task once', async () => {
    const boss = await handle.stage().join();
    const made = new Set<string>();
    for (let at = 0; at < 7; at += 1) made.add((await boss.submit({ name: 'nobody' })).task_id);
    const listed: string[] = [];
    let before: unknown;
    for (let pages = 0; pages < 10; pages += 1) {
      const page = await boss.client.ok('task.list', {
        lane: boss.lane,
        limit: 3,
        ...(before === undefined ? {} : { before }),
      });
      expect(page.tasks.length).toBeLessThanOrEqual(3);
      listed.push(...page.tasks.map((task) => task.task_id));
      before = page.next ?? undefined;
      if (before === undefined) break;
    }
    expect(listed).toHaveLength(7);
    expect(new Set(listed)).toEqual(made);
  });
});

describe('task.wait', () => {
  it('answers once, when the task is terminal', async () => {
    const { boss, other, run } = await handle.stage().running();
    const waiting = other.ended(run.task_id);
    await other.client.fence();
    expect(other.client.seen((frame) => frame.task?.task_id === run.task_id && frame.type === 'ok')).toEqual([]);
    await run.complete('at last');
    expect(await waiting).toMatchObject({ task_id: run.task_id, state: 'completed', result: 'at last' });
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed' });
  });

  it('an unknown task is not_found', async () => {
    const { client } = await handle.stage().join();
    await client.refused('task.wait', { task_id: 'never-existed' }, 'not_found');
  });
});

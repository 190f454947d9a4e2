// Owns: watching more than a lane (§6): lane "*", and presence.
// Leaves to others: one lane (watch.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, type Stage, useHub, Watcher } from './harness.js';

const handle = useHub();

async function onlooker(stage: Stage): Promise<Watcher> {
  return new Watcher(await stage.client({ name: 'onlooker' }), stage.lane);
}

describe.each(CODECS)('lane "*" over %s', (codec) => {
  it('watches the lanes there are and those that come, with a snapshot of each', async () => {
    const [one, two] = [handle.stage(codec), handle.stage(codec)];
    const [boss1, boss2] = [await one.join(), await two.join()];
    const waiting = await boss1.submit({ name: 'nobody' });
    const watcher = await onlooker(one);
    const reply = await watcher.client.ok('subscribe', { lane: '*', topics: ['task', 'state'] });
    expect(reply.lanes[one.lane]).toMatchObject({ log: expect.any(String), seq: expect.any(Number) });
    const snapshot = await watcher.client.expectFrame({ type: 'snapshot', lane: one.lane });
    expect(snapshot).toMatchObject({ queue_size: 1, queue: [{ task_id: waiting.task_id }] });
    const first = await boss1.submit({ name: 'nobody' });
    const second = await boss2.submit({ name: 'nobody' });
    await watcher.client.expectFrame({ type: 'event', lane: one.lane, task: { task_id: first.task_id } });
    await watcher.client.expectFrame({ type: 'event', lane: two.lane, task: { task_id: second.task_id } });
  });

  it('since by lane brings what was missed of each', async () => {
    const [one, two] = [handle.stage(codec), handle.stage(codec)];
    const watchers = [await one.watcher(), await two.watcher()];
    const since: Record<string, { log: string; seq: number }> = {};
    const missed: string[] = [];
    for (const [at, stage] of [one, two].entries()) {
      const boss = await stage.join();
      const { task_id } = await boss.submit({ name: 'nobody' });
      const { log, seq } = (await watchers[at]?.fact('task.queued', task_id)) ?? { log: '', seq: 0 };
      since[stage.lane] = { log, seq };
      missed.push((await boss.submit({ name: 'nobody' })).task_id);
    }
    const watcher = await onlooker(one);
    const reply = await watcher.client.ok('subscribe', { lane: '*', topics: ['task'], since });
    for (const { lane } of [one, two]) expect(reply.lanes[lane]).toMatchObject({ recovered: true });
    const [first, second] = [
      await watcher.client.expectFrame({ type: 'event', lane: one.lane }),
      await watcher.client.expectFrame({ type: 'event', lane: two.lane }),
    ];
    expect([first.task.task_id, second.task.task_id]).toEqual(missed);
    expect([first.seq, second.seq]).toEqual([one, two].map(({ lane }) => (since[lane]?.seq ?? 0) + 1));
  });
});

describe('lane "*"', () => {
  it('replaces the single ones, and nothing comes twice', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const watcher = await stage.watcher('task');
    await watcher.client.ok('subscribe', { lane: '*', topics: ['task'] });
    const { task_id } = await boss.submit({ name: 'nobody' });
    await watcher.settle(boss);
    expect(watcher.facts(task_id)).toEqual(['task.queued']);
  });

  it('is replaced by a single one after it', async () => {
    const stage = handle.stage();
    const beside = stage.beside();
    const [here, there] = [await stage.join(), await beside.join()];
    const witness = await beside.watcher('task');
    const watcher = await onlooker(stage);
    await watcher.client.ok('subscribe', { lane: '*', topics: ['task'] });
    await watcher.subscribe({ topics: ['task'] });
    await there.submit({ name: 'nobody' });
    await witness.settle(there);
    await watcher.settle(here);
    expect(watcher.client.seen({ type: 'event', lane: beside.lane })).toEqual([]);
  });
});

describe('presence', () => {
  it('tells who joins and leaves, and which workers register', async () => {
    const stage = handle.stage();
    const watcher = await stage.watcher('client');
    const worker = await stage.worker('job');
    const { sessionId } = worker.client;
    const told = (event: string) =>
      watcher.client.expectFrame(
        (frame) => frame.type === 'presence' && frame.event === event && JSON.stringify(frame).includes(sessionId),
      );
    await told('client.joined');
    await told('worker.registered');
    await worker.client.ok('worker.unregister', { lane: stage.lane, names: ['job'] });
    await told('worker.unregistered');
    await worker.client.close(1000);
    await told('client.left');
  });

  it('never tells a resume token', async () => {
    const stage = handle.stage();
    const watcher = await stage.watcher('client', 'task', 'state');
    const worker = await stage.worker('job');
    await watcher.client.expectFrame({ type: 'presence', event: 'worker.registered' });
    expect(JSON.stringify(watcher.client.frames)).not.toContain(worker.client.claim.resume_token);
  });
});

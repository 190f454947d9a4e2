// Owns: subscriptions to one lane (§6): the reply, snapshot, replay, the seam between replay and live, facts and state,
// pausing and ending a subscription.
// Leaves to others: chunks (watch-chunks.test.ts), all lanes and presence (watch-hub.test.ts), slow readers.
import { describe, expect, it } from 'vitest';
import { CODECS, type Frame, type Stage, useHub, Watcher } from './harness.js';

const handle = useHub();

/** A second watcher, not subscribed yet. */
async function latecomer(stage: Stage): Promise<Watcher> {
  return new Watcher(await stage.client({ name: 'latecomer' }), stage.lane);
}

function seqs(frames: Frame[]): number[] {
  return frames.map((frame) => frame.seq);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

describe.each(CODECS)('a subscription over %s', (codec) => {
  it('without since begins with a snapshot and the state, and goes on with every fact after it', async () => {
    const stage = handle.stage(codec);
    const { boss, run } = await stage.running({ priority: 'LOW', args: { text: 'hi' } });
    const second = await boss.submit({ name: 'nobody', priority: 'BACKGROUND' });
    const first = await boss.submit({ name: 'nobody', priority: 'HIGH' });
    const watcher = await latecomer(stage);
    const reply = await watcher.subscribe();
    expect(reply).toMatchObject({
      lane: stage.lane,
      log: expect.any(String),
      seq: expect.any(Number),
      recovered: false,
      snapshot: {
        lane: stage.lane,
        log: reply.log,
        seq: reply.seq,
        state: { mode: 'busy', started: true, tasks_queued: 2, tasks_paused: 0 },
        current_task: { task_id: run.task_id, state: 'running' },
        queue_size: 2,
        paused_tasks: 0,
        paused: [],
        streams: [],
      },
    });
    expect(reply.snapshot.queue.map((task) => task.task_id)).toEqual([first.task_id, second.task_id]);
    const state = await watcher.client.expectFrame({ type: 'state', lane: stage.lane });
    expect(state).toMatchObject({ state: { mode: 'busy' }, current_task: { task_id: run.task_id }, queue_size: 2 });
    expect(state.seq).toBeGreaterThanOrEqual(reply.seq);

    await run.complete();
    const fact = await watcher.fact('task.completed', run.task_id);
    expect(fact).toMatchObject({ type: 'event', lane: stage.lane, log: reply.log, seq: reply.seq + 1 });
    expect(Math.abs(fact.at - Date.now())).toBeLessThan(5_000);
    await watcher.state({ mode: 'idle', tasks_completed: 1 });
  });

  it('with since gets what it missed, each fact once, and then the live ones', async () => {
    const stage = handle.stage(codec);
    const { boss, run, watcher: witness } = await stage.running();
    const started = await witness.fact('task.started', run.task_id);
    const { task_id } = await boss.submit({ name: 'nobody' });
    await boss.cancel(task_id);
    await run.complete();
    await witness.fact('task.completed');
    const watcher = await latecomer(stage);
    const since = { log: started.log, seq: started.seq };
    const reply = await watcher.subscribe({ since });
    expect(reply).toMatchObject({ recovered: true, log: started.log });
    expect(reply.snapshot).toBeUndefined();
    await watcher.state({ mode: 'idle' });
    await watcher.settle(boss);
    const replayed = watcher.client.seen({ type: 'event' });
    expect(seqs(replayed)).toEqual(range(since.seq + 1, since.seq + replayed.length));
    await witness.fact('task.cancelled', replayed.at(-1)?.task.task_id);
    expect(replayed).toEqual(witness.client.seen((frame) => frame.type === 'event' && frame.seq > since.seq));
  });

  it('with a since that nothing followed is recovered, and the state comes all the same', async () => {
    const stage = handle.stage(codec);
    const { boss, watcher: witness, run } = await stage.running();
    const { log, seq } = await witness.fact('task.started', run.task_id);
    const watcher = await latecomer(stage);
    expect(await watcher.subscribe({ since: { log, seq } })).toMatchObject({ recovered: true });
    await watcher.state({ mode: 'busy' });
    expect(watcher.facts()).toEqual([]);
    await watcher.settle(boss);
  });

  it('with a since of another log gets a snapshot instead of facts', async () => {
    const stage = handle.stage(codec);
    const { boss, run } = await stage.running();
    const watcher = await latecomer(stage);
    const reply = await watcher.subscribe({ since: { log: 'another-log', seq: 1 } });
    expect(reply).toMatchObject({ recovered: false, snapshot: { current_task: { task_id: run.task_id } } });
    await watcher.state({ mode: 'busy' });
    await watcher.settle(boss);
    expect(watcher.facts()).toEqual([]);
  });
});

describe('between the reply and what is live', () => {
  it('there is no gap and no repeat, however busy the lane is', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const flood = await stage.client();
    const witness = await stage.watcher('task');
    let since: { log: string; seq: number } | undefined;
    const watchers: Watcher[] = [];
    for (let round = 0; round < 10; round += 1) {
      for (let at = 0; at < 50; at += 1) flood.send('task.submit', { lane: stage.lane, task: { name: 'nobody' } });
      const watcher = await latecomer(stage);
      const reply = await watcher.subscribe(since === undefined ? {} : { since });
      expect(reply.recovered).toBe(since !== undefined);
      watchers.push(watcher);
      since = { log: reply.log, seq: since?.seq ?? reply.seq };
    }
    await flood.fence();
    await witness.settle(boss);
    expect(witness.facts()).toHaveLength(500);
    const from = (since?.seq ?? 0) + 1;
    const last = Math.max(...seqs(witness.client.seen({ type: 'event' })));
    for (const watcher of watchers) {
      await watcher.settle(boss);
      const got = watcher.client.seen((frame) => frame.type === 'event' && frame.seq <= last);
      expect(seqs(got)).toEqual(range(from, last));
    }
  });
});

describe('topics', () => {
  it('are state and task unless the client says otherwise', async () => {
    const stage = handle.stage();
    const { boss, run } = await stage.running();
    const watcher = await stage.watcher();
    run.open();
    run.chunk(0);
    await watcher.fact('stream.opened', run.task_id);
    await watcher.state({ mode: 'streaming' });
    await watcher.settle(boss);
    expect(watcher.client.seen({ type: 'chunk' })).toEqual([]);
    expect(watcher.client.seen({ type: 'presence' })).toEqual([]);
  });

  it('of text alone bring no facts', async () => {
    const stage = handle.stage();
    const { run } = await stage.running();
    const watcher = await stage.watcher('text');
    run.open();
    run.chunks(0, 3);
    await watcher.client.expectFrame({ type: 'chunk', seq: 2 });
    expect(watcher.client.seen({ type: 'event' })).toEqual([]);
  });

  it('of audio on a JSON connection are encoding_unsupported', async () => {
    const { client, lane } = await handle.stage('json').join();
    await client.refused('subscribe', { lane, topics: ['audio'] }, 'encoding_unsupported');
    await client.refused('subscribe', { lane, topics: ['task', 'audio'] }, 'encoding_unsupported');
  });
});

describe('a snapshot', () => {
  it('tells what is paused and what streams, so that a page opened in mid-sentence shows the sentence', async () => {
    const stage = handle.stage();
    const { boss, other, run, watcher: witness } = await stage.running();
    run.open();
    for (const [seq, text] of ['Once ', 'upon ', 'a '].entries()) run.chunk(seq, text);
    await witness.client.expectFrame({ type: 'chunk', seq: 2 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    const urgent = await other.dispatched();
    const watcher = await latecomer(stage);
    const { snapshot } = await watcher.subscribe({ topics: ['task', 'text'] });
    expect(snapshot).toMatchObject({ paused_tasks: 1, current_task: { task_id: urgent.task_id } });
    expect(snapshot.paused.map((task) => task.task_id)).toEqual([run.task_id]);
    expect(snapshot.streams).toHaveLength(1);
    expect(snapshot.streams[0]).toMatchObject({
      task_id: run.task_id,
      stream: 'main',
      content_type: 'text/plain',
      next_seq: 3,
      text: 'Once upon a ',
    });
  });

  it('has the last 64 KiB of a long text', async () => {
    const stage = handle.stage();
    const { run, watcher: witness } = await stage.running();
    run.open();
    for (let seq = 0; seq < 120; seq += 1) run.chunk(seq, `${seq}:`.padEnd(1_000, '.'));
    await witness.client.expectFrame({ type: 'chunk', seq: 119 });
    const { snapshot } = await (await latecomer(stage)).subscribe({ topics: ['text'] });
    const text = snapshot.streams[0]?.text ?? '';
    expect(text.length).toBeGreaterThan(60_000);
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.endsWith('119:'.padEnd(1_000, '.'))).toBe(true);
    expect(snapshot.streams[0]?.next_seq).toBe(120);
  });

  it('has the first 100 of the waiting, and counts all', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    for (let at = 0; at < 120; at += 1) await boss.submit({ name: 'nobody' });
    const { snapshot } = await (await latecomer(stage)).subscribe();
    expect(snapshot.queue_size).toBe(120);
    expect(snapshot.queue).toHaveLength(100);
    expect(snapshot.queue[0]).toMatchObject({ state: 'queued', name: 'nobody', waiting_for: 'worker' });
  });

  it('of a lane that nobody made is empty, and does not make it', async () => {
    const stage = handle.stage();
    const watcher = await latecomer(stage);
    const { snapshot } = await watcher.subscribe();
    expect(snapshot).toMatchObject({
      state: { mode: 'idle', started: true, can_interrupt: true },
      current_task: null,
      queue: [],
      paused: [],
      streams: [],
    });
    const { text } = await stage.hub.http('GET', '/v1/lanes');
    expect(text).not.toContain(`"${stage.lane}"`);
    const { task_id } = await (await stage.join()).submit({ name: 'nobody' });
    await watcher.fact('task.queued', task_id);
  });

  it('has nothing of tasks that are over', async () => {
    const stage = handle.stage();
    const { run, boss } = await stage.running();
    run.open();
    run.chunk(0);
    await run.complete();
    await boss.ended(run.task_id);
    const { snapshot } = await (await latecomer(stage)).subscribe({ topics: ['task', 'text'] });
    expect(snapshot).toMatchObject({ current_task: null, queue: [], paused: [], streams: [] });
  });
});

describe('one subscription a lane', () => {
  it('the last one replaces, and nothing comes twice', async () => {
    const { boss, watcher, run } = await handle.stage().running();
    await watcher.subscribe({ topics: ['task'] });
    const before = watcher.client.frames.length;
    run.open();
    run.chunk(0);
    await run.complete();
    await watcher.settle(boss);
    const since = watcher.client.frames.slice(before);
    expect(since.filter((frame) => frame.event === 'task.completed')).toHaveLength(1);
    expect(since.filter((frame) => frame.type === 'chunk' || frame.type === 'state')).toEqual([]);
  });

  it('unsubscribe ends it', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const [leaving, staying] = [await stage.watcher(), await stage.watcher()];
    await leaving.client.ok('unsubscribe', { lane: stage.lane });
    await boss.submit({ name: 'nobody' });
    await staying.settle(boss);
    await leaving.client.fence();
    expect(leaving.client.seen({ type: 'event' })).toEqual([]);
  });
});

describe('watch.pause', () => {
  it('brings nothing until watch.resume, which brings a snapshot and then what is live', async () => {
    const { boss, watcher, run } = await handle.stage().running();
    await watcher.fact('task.started');
    await watcher.client.ok('watch.pause');
    const before = watcher.client.frames.length;
    const hidden = await boss.submit({ name: 'nobody' });
    run.open();
    run.chunks(0, 3);
    await boss.client.fence();
    await watcher.client.fence();
    expect(watcher.client.frames.slice(before).filter((frame) => frame.type === 'event')).toEqual([]);

    const reply = await watcher.client.ok('watch.resume');
    const snapshot = reply.snapshot ?? (await watcher.client.expectFrame({ type: 'snapshot', lane: watcher.lane }));
    expect(snapshot).toMatchObject({ current_task: { task_id: run.task_id }, queue_size: 1 });
    run.chunk(3);
    await watcher.client.expectFrame({ type: 'chunk', seq: 3 });
    await boss.cancel(hidden.task_id);
    await watcher.fact('task.cancelled', hidden.task_id);
  });
});

describe('the state', () => {
  it('is told with the number of the fact it is true after, and is never behind for good', async () => {
    const { boss, watcher, run } = await handle.stage().running();
    const { hold_id } = await run.hold();
    await boss.submit({ name: 'nobody', priority: 'LOW' });
    run.release(hold_id);
    await run.complete();
    const completed = await watcher.fact('task.completed');
    // The lane was idle before, too, but then nothing waited.
    const idle = await watcher.state({ mode: 'idle', tasks_queued: 1 });
    expect(idle.seq).toBeGreaterThanOrEqual(completed.seq);
    expect(idle).toMatchObject({ current_task: null, queue_size: 1, state: { can_interrupt: true } });
    expect(seqs(watcher.client.seen({ type: 'state' }))).toEqual(
      seqs(watcher.client.seen({ type: 'state' })).sort((a, b) => a - b),
    );
  });

  it('is told at most once a turn of the loop', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const watcher = await stage.watcher('state');
    const submit = boss.client.encode({ type: 'task.submit', lane: stage.lane, task: { name: 'nobody' } });
    for (let at = 0; at < 400; at += 1) boss.client.sendRaw(submit);
    await watcher.state({ tasks_queued: 400 });
    expect(watcher.client.seen({ type: 'state' }).length).toBeLessThan(400);
  });
});

// Owns: what watchers get of streams (§6): live, after a reconnect, and after the task has ended.
// Leaves to others: how executors stream (streams.test.ts), lag (slow-reader.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, type Stage, useHub, Watcher, word, words } from './harness.js';

const handle = useHub();

async function again(stage: Stage): Promise<Watcher> {
  return new Watcher(await stage.client({ name: 'again' }), stage.lane);
}

describe.each(CODECS)('chunks over %s', (codec) => {
  it('reach every watcher of text in order, with the task, the stream and the epoch', async () => {
    const stage = handle.stage(codec);
    const { run, watcher } = await stage.running();
    const second = await stage.watcher('text');
    run.open();
    run.chunks(0, 50);
    for (const { client } of [watcher, second]) {
      const last = await client.expectFrame({ type: 'chunk', seq: 49 });
      expect(last).toEqual({
        type: 'chunk',
        lane: stage.lane,
        task_id: run.task_id,
        stream: 'main',
        epoch: run.epoch,
        seq: 49,
        data: word(49),
      });
    }
    expect(watcher.text(run.task_id)).toBe(words(0, 50));
    expect(second.text(run.task_id)).toBe(words(0, 50));
  });

  it('since.streams goes on after the last chunk seen', async () => {
    const stage = handle.stage(codec);
    const { run, watcher: witness } = await stage.running();
    run.open();
    run.chunks(0, 6);
    const { log, seq } = await witness.fact('stream.opened', run.task_id);
    await witness.client.expectFrame({ type: 'chunk', seq: 5 });
    const watcher = await again(stage);
    const reply = await watcher.subscribe({
      topics: ['task', 'text'],
      since: { log, seq, streams: { [`${run.task_id}/main`]: 2 } },
    });
    expect(reply.recovered).toBe(true);
    run.chunks(6, 8);
    await watcher.client.expectFrame({ type: 'chunk', seq: 7 });
    expect(watcher.chunkSeqs(run.task_id)).toEqual([3, 4, 5, 6, 7]);
    expect(watcher.text(run.task_id)).toBe(words(3, 8));
  });

  it('since without the stream gets the kept text from its start', async () => {
    const stage = handle.stage(codec);
    const { run, watcher: witness } = await stage.running();
    const { log, seq } = await witness.fact('task.started', run.task_id);
    run.open();
    run.chunks(0, 4);
    await witness.client.expectFrame({ type: 'chunk', seq: 3 });
    const watcher = await again(stage);
    expect(await watcher.subscribe({ topics: ['task', 'text'], since: { log, seq } })).toMatchObject({
      recovered: true,
    });
    run.chunk(4);
    await watcher.client.expectFrame({ type: 'chunk', seq: 4 });
    expect(watcher.chunkSeqs(run.task_id)).toEqual([0, 1, 2, 3, 4]);
  });

  it('are kept for a while after the task has ended', async () => {
    const stage = handle.stage(codec);
    const { run, watcher: witness } = await stage.running();
    run.open();
    run.chunks(0, 5);
    const { log, seq } = await witness.fact('stream.opened', run.task_id);
    await run.complete();
    await witness.fact('task.completed', run.task_id);
    const watcher = await again(stage);
    await watcher.subscribe({
      topics: ['task', 'text'],
      since: { log, seq, streams: { [`${run.task_id}/main`]: 1 } },
    });
    await watcher.client.expectFrame({ type: 'chunk', seq: 4 });
    expect(watcher.chunkSeqs(run.task_id)).toEqual([2, 3, 4]);
    await watcher.fact('task.completed', run.task_id);
  });
});

describe('chunks', () => {
  it('of a stream opened anew after since come from where it was opened', async () => {
    const stage = handle.stage();
    const { worker, run, watcher: witness } = await stage.running({ max_attempts: 2 });
    run.open();
    run.chunks(0, 5);
    const { log, seq } = await witness.fact('stream.opened', run.task_id);
    await witness.client.expectFrame({ type: 'chunk', seq: 4 });
    await run.fail('flaky', true);
    const attempt = await worker.dispatched({ task_id: run.task_id });
    attempt.open();
    attempt.chunk(0, 'from the top');
    attempt.chunk(1, ' again');
    await witness.client.expectFrame({ type: 'chunk', epoch: attempt.epoch, seq: 1 });
    const watcher = await again(stage);
    await watcher.subscribe({
      topics: ['task', 'text'],
      since: { log, seq, streams: { [`${run.task_id}/main`]: 4 } },
    });
    await watcher.client.expectFrame({ type: 'chunk', epoch: attempt.epoch, seq: 1 });
    expect(watcher.text(run.task_id)).toBe('from the top again');
  });

  it('after a snapshot go on where its text ends, with none missing and none changed', async () => {
    const stage = handle.stage();
    const { run, watcher: witness } = await stage.running();
    run.open();
    run.chunks(0, 4);
    await witness.client.expectFrame({ type: 'chunk', seq: 3 });
    const watcher = await again(stage);
    const { snapshot } = await watcher.subscribe({ topics: ['text'] });
    const shown = snapshot.streams[0];
    expect(shown).toMatchObject({ next_seq: 4, text: words(0, 4) });
    run.chunks(4, 7);
    await watcher.client.expectFrame({ type: 'chunk', seq: 6 });
    // Whether the kept ones come as chunks too is told by their seq, which is below next_seq.
    const more = watcher.client.seen((frame) => frame.type === 'chunk' && frame.seq >= 4);
    expect((shown?.text ?? '') + more.map((frame) => frame.data).join('')).toBe(words(0, 7));
  });

  it('that are not kept any more are announced as a gap before those that are', async () => {
    const stage = handle.stage('msgpack');
    const { run, watcher: witness } = await stage.running();
    run.open();
    const opened = await witness.fact('stream.opened', run.task_id);
    const count = 60;
    for (let seq = 0; seq < count; seq += 1) {
      run.chunk(seq, 'x'.repeat(30_000));
      // Not all in one breath: past 1 MiB unsent the witness would be a slow reader.
      if (seq % 10 === 9) await witness.client.expectFrame({ type: 'chunk', seq });
    }
    const watcher = await again(stage);
    const stream = { task_id: run.task_id, stream: 'main' };
    await watcher.subscribe({
      topics: ['task', 'text'],
      since: { log: opened.log, seq: opened.seq, streams: { [`${run.task_id}/main`]: 3 } },
    });
    await watcher.client.expectFrame({ type: 'chunk', seq: count - 1 });
    const [first = 0] = watcher.chunkSeqs(run.task_id);
    expect(first).toBeGreaterThan(4);
    // 1 MiB is kept.
    expect(count - first).toBe(Math.floor((1024 * 1024) / 30_000));
    const gaps = watcher.client.seen({ type: 'gap' });
    expect(gaps).toMatchObject([
      { lane: stage.lane, facts: null, streams: [{ ...stream, from_seq: 4, to_seq: first - 1 }] },
    ]);
    expect(watcher.client.frames.findIndex(({ type }) => type === 'gap')).toBeLessThan(
      watcher.client.frames.findIndex(({ type }) => type === 'chunk'),
    );
  });

  it('of a deaf executor whose floor has gone reach nobody', async () => {
    const { boss, other, run, watcher } = await handle.stage().running({ pause_grace_ms: 0 });
    run.open();
    await boss.submit({ name: 'other', priority: 'URGENT' });
    const urgent = await other.dispatched();
    run.chunks(0, 5);
    urgent.open();
    urgent.chunk(0, 'clean');
    await watcher.client.expectFrame({ type: 'chunk', task_id: urgent.task_id });
    await run.client.expectFrame({ type: 'error', code: 'stale_epoch' });
    expect(watcher.chunkSeqs(run.task_id)).toEqual([]);
  });
});

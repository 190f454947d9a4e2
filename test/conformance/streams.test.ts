// Owns: streams as executors and sinks see them (§5): opening, numbering, gaps and repeats, acks, the hold of a stream,
// new attempts, heard positions.
// Leaves to others: what watchers get of them after a reconnect (watch-chunks.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, useHub, words } from './harness.js';

const handle = useHub();

describe.each(CODECS)('a stream over %s', (codec) => {
  it('is opened as main, text/plain, and told so', async () => {
    const { watcher, run } = await handle.stage(codec).running();
    run.open();
    const opened = await watcher.fact('stream.opened', run.task_id);
    expect(opened).toMatchObject({ task_id: run.task_id, stream: 'main', from_seq: 0 });
    await watcher.state({ mode: 'streaming', streaming: true, can_interrupt: true });
    run.chunks(0, 2);
    run.closeStream();
    const closed = await watcher.fact('stream.closed', run.task_id);
    expect(closed).toMatchObject({ task_id: run.task_id, stream: 'main' });
    await watcher.state({ mode: 'busy', streaming: false });
  });

  it('a repeated chunk is ignored, and a skipped one is a gap that names what was expected', async () => {
    const { watcher, run } = await handle.stage(codec).running();
    run.open();
    run.chunks(0, 3);
    run.chunk(1, 'again');
    run.chunk(0, 'and again');
    const gap = await run.sayRefused('stream.chunk', { seq: 5, data: 'too far' }, 'seq_gap');
    expect(gap.expected).toBe(3);
    run.chunks(3, 5);
    await watcher.client.expectFrame({ type: 'chunk', seq: 4 });
    expect(watcher.chunkSeqs(run.task_id)).toEqual([0, 1, 2, 3, 4]);
    expect(watcher.text(run.task_id)).toBe(words(0, 5));
    expect(run.client.seen({ type: 'error' })).toHaveLength(1);
  });

  it('what was sent and not accepted before a pause is sent again after it, from the position told', async () => {
    const { boss, other, watcher, run } = await handle.stage(codec).running({ pause_grace_ms: 0 });
    run.open();
    run.chunks(0, 4);
    await watcher.client.expectFrame({ type: 'chunk', seq: 3 });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    const urgent = await other.dispatched();
    run.chunks(4, 9);
    await run.client.expectFrame({ type: 'error', code: 'stale_epoch' });
    await urgent.complete();
    const { streams } = await run.resumed();
    expect(streams).toEqual({ main: 4 });
    run.chunks(streams['main'] ?? 0, 9);
    await run.complete();
    await watcher.fact('task.completed', run.task_id);
    await watcher.client.expectFrame({ type: 'chunk', seq: 8 });
    expect(watcher.text(run.task_id)).toBe(words(0, 9));
  });

  it('several of one task are numbered each on its own', async () => {
    const { watcher, run } = await handle.stage(codec).running();
    run.open({ stream: 'left' });
    run.open({ stream: 'right' });
    run.chunk(0, 'l0', 'left');
    run.chunk(0, 'r0', 'right');
    run.chunk(1, 'r1', 'right');
    run.chunk(1, 'l1', 'left');
    await watcher.client.expectFrame({ type: 'chunk', stream: 'left', seq: 1, data: 'l1' });
    await watcher.client.expectFrame({ type: 'chunk', stream: 'right', seq: 1, data: 'r1' });
  });
});

describe('a chunk', () => {
  it('before its stream was opened is stream_not_open', async () => {
    const { run } = await handle.stage().running();
    await run.sayRefused('stream.chunk', { seq: 0, data: 'x' }, 'stream_not_open');
    run.open({ stream: 'main' });
    await run.sayRefused('stream.chunk', { stream: 'other', seq: 0, data: 'x' }, 'stream_not_open');
  });

  it('after its stream was closed is stream_not_open', async () => {
    const { run } = await handle.stage().running();
    run.open();
    run.chunk(0);
    run.closeStream();
    await run.sayRefused('stream.chunk', { seq: 1, data: 'x' }, 'stream_not_open');
  });

  it('of bytes reaches those who watch audio, and not those who watch text', async () => {
    const stage = handle.stage('msgpack');
    const { watcher, run } = await stage.running();
    const listener = await stage.watcher('audio');
    run.open({ stream: 'speech', content_type: 'audio/pcm' });
    run.open();
    const bytes = Uint8Array.from([0, 255, 128, 7]);
    run.chunk(0, bytes, 'speech');
    run.chunk(0, 'the words');
    const heard = await listener.client.expectFrame({ type: 'chunk', stream: 'speech', seq: 0 });
    expect(Uint8Array.from(heard.data as Uint8Array)).toEqual(bytes);
    await watcher.client.expectFrame({ type: 'chunk', stream: 'main', data: 'the words' });
    expect(watcher.client.seen({ type: 'chunk', stream: 'speech' })).toEqual([]);
    expect(listener.client.seen({ type: 'chunk', stream: 'main' })).toEqual([]);
  });
});

describe('stream.ack', () => {
  it('tells what is in the journal, soon after a chunk', async () => {
    const { run } = await handle.stage().running();
    run.open();
    run.chunks(0, 3);
    const ack = await run.told('stream.ack', { streams: { main: 3 } });
    expect(ack.streams).toEqual({ main: 3 });
  });

  it('comes for every 64 KiB without waiting for the second', async () => {
    const { run } = await handle.stage().running();
    run.open();
    const data = 'x'.repeat(20_000);
    for (let seq = 0; seq < 16; seq += 1) run.chunk(seq, data);
    await run.client.fence();
    await run.told('stream.ack', { streams: { main: 16 } });
    expect(run.words('stream.ack').length).toBeGreaterThanOrEqual(2);
  });
});

describe('a stream with can_interrupt: false', () => {
  it('holds the floor for its life', async () => {
    const { boss, watcher, run } = await handle.stage().running();
    run.open({ can_interrupt: false });
    await watcher.state({ can_interrupt: false });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    run.chunks(0, 5);
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    run.closeStream();
    await run.told('task.pause');
  });

  it('is counted beside other holds', async () => {
    const { boss, watcher, run } = await handle.stage().running();
    const { hold_id } = await run.hold();
    run.open({ can_interrupt: false });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    run.closeStream();
    await watcher.fact('stream.closed', run.task_id);
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    run.release(hold_id);
    await run.told('task.pause');
  });

  it('opens while somebody is deferred, but its hold waits', async () => {
    const { boss, other, watcher, run } = await handle.stage().running();
    const { hold_id } = await run.hold();
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    await watcher.fact('task.deferred', urgent.task_id);
    run.open({ can_interrupt: false });
    await watcher.fact('stream.opened', run.task_id);
    run.chunk(0);
    await watcher.client.expectFrame({ type: 'chunk', seq: 0 });
    run.release(hold_id);
    await run.pausesWhenAsked();
    await other.dispatched({ task_id: urgent.task_id });
  });

  it('holds again after a resume while it is open', async () => {
    const stage = handle.stage();
    const { boss, other, watcher, run } = await stage.running();
    const { hold_id } = await run.hold();
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    await watcher.fact('task.deferred', urgent.task_id);
    run.open({ can_interrupt: false });
    run.chunk(0);
    run.release(hold_id);
    await run.pausesWhenAsked();
    await (await other.dispatched()).complete();
    await run.resumed();
    const second = await boss.submit({ name: 'other', priority: 'URGENT' });
    await watcher.fact('task.deferred', second.task_id);
    expect(await boss.status()).toMatchObject({ state: { can_interrupt: false } });
    run.chunk(1);
    run.closeStream();
    await run.pausesWhenAsked();
    await other.dispatched({ task_id: second.task_id });
  });

  it('lets go of the floor when its task ends without closing it', async () => {
    const { boss, other, run } = await handle.stage().running();
    run.open({ can_interrupt: false });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.complete();
    const next = await other.dispatched({ task_id: urgent.task_id });
    expect(await boss.status()).toMatchObject({ state: { can_interrupt: true, streaming: false } });
    await next.complete();
  });
});

describe('a new attempt', () => {
  it('without a checkpoint streams from 0 again, and watchers are told', async () => {
    const { worker, watcher, run } = await handle.stage().running({ max_attempts: 2 });
    run.open();
    run.chunks(0, 3);
    await run.fail('flaky', true);
    const again = await worker.dispatched({ task_id: run.task_id });
    await again.sayRefused('stream.chunk', { seq: 3, data: 'not opened anew' }, 'stream_not_open');
    again.open();
    again.chunk(0, 'once more');
    await watcher.fact('stream.opened', run.task_id);
    const opened = await watcher.fact('stream.opened', run.task_id);
    expect(opened.from_seq).toBe(0);
    const chunk = await watcher.client.expectFrame({ type: 'chunk', seq: 0, epoch: again.epoch });
    expect(chunk.data).toBe('once more');
  });

  it('goes on from the checkpoint with from_seq', async () => {
    const { worker, watcher, run } = await handle.stage().running({ max_attempts: 2 });
    run.open();
    run.chunks(0, 3);
    await run.checkpoint({ words: 3 });
    run.chunks(3, 6);
    await run.fail('flaky', true);
    const again = await worker.dispatched({ task_id: run.task_id });
    expect(again.dispatch.resume).toMatchObject({ checkpoint_streams: { main: 3 }, streams: { main: 6 } });
    again.open({ from_seq: 3 });
    again.chunk(3, 'another ending');
    await watcher.fact('stream.opened', run.task_id);
    expect((await watcher.fact('stream.opened', run.task_id)).from_seq).toBe(3);
    await watcher.client.expectFrame({ type: 'chunk', seq: 3, epoch: again.epoch, data: 'another ending' });
  });

  it('goes on where the last one stopped when it has a checkpoint and says nothing', async () => {
    const { worker, watcher, run } = await handle.stage().running({ max_attempts: 2 });
    run.open();
    run.chunks(0, 2);
    await run.checkpoint('here');
    run.chunks(2, 4);
    await run.fail('flaky', true);
    const again = await worker.dispatched({ task_id: run.task_id });
    again.open();
    again.chunks(4, 6);
    await watcher.client.expectFrame({ type: 'chunk', seq: 5, epoch: again.epoch });
    expect(watcher.text(run.task_id)).toBe(words(0, 6));
  });
});

describe('stream.heard', () => {
  it('is a cursor of its own, told to the executor at the resume', async () => {
    const { boss, other, watcher, run } = await handle.stage().running();
    run.open();
    run.chunks(0, 4);
    await watcher.client.expectFrame({ type: 'chunk', seq: 3 });
    const heard = { lane: watcher.lane, task_id: run.task_id, stream: 'main' };
    watcher.client.send('stream.heard', { ...heard, seq: 1, sink: 'speakers' });
    watcher.client.send('stream.heard', { ...heard, seq: 2 });
    await watcher.client.fence();
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await (await other.dispatched()).complete();
    const resume = await run.resumed();
    expect(resume.streams).toEqual({ main: 4 });
    expect(resume.heard).toEqual({ main: { speakers: 1, watcher: 2 } });
  });

  it('is clamped to what was accepted', async () => {
    const { boss, other, watcher, run } = await handle.stage().running();
    run.open();
    run.chunks(0, 2);
    await watcher.client.expectFrame({ type: 'chunk', seq: 1 });
    const heard = { lane: watcher.lane, task_id: run.task_id, stream: 'main', seq: 99, sink: 'liar' };
    watcher.client.send('stream.heard', heard);
    await watcher.client.fence();
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await (await other.dispatched()).complete();
    const liar = (await run.resumed()).heard['main']?.['liar'];
    expect(liar).toBeGreaterThanOrEqual(1);
    expect(liar).toBeLessThanOrEqual(2);
  });
});

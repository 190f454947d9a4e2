// Owns: the three jobs that the hub exists for, end to end, in both encodings.
// Leaves to others: every single rule behind them (the other files here).
import { describe, expect, it } from 'vitest';
import { CODECS, useHub, word, words } from './harness.js';

const handle = useHub();

describe.each(CODECS)('the hub over %s', (codec) => {
  it('an URGENT voice command interrupts a streaming chat, and the chat goes on with no chunk lost or doubled', async () => {
    const stage = handle.stage(codec);
    const producer = await stage.join({ name: 'producer' });
    const chatWorker = await stage.worker('chat_response');
    const voiceWorker = await stage.worker('voice_command');
    const watcher = await stage.watcher('state', 'task', 'text');

    const submitted = await producer.submit({ name: 'chat_response', args: { text: 'hi' }, priority: 'MEDIUM' });
    const chat = await chatWorker.dispatched({ name: 'chat_response' });
    expect(chat.task_id).toBe(submitted.task_id);
    expect(chat.dispatch.task.args).toEqual({ text: 'hi' });
    expect(chat.dispatch.resume).toBeNull();
    chat.open({ can_interrupt: true });
    chat.chunks(0, 5);
    await watcher.client.expectFrame({ type: 'chunk', task_id: chat.task_id, seq: 4 });

    const command = { name: 'voice_command', args: { command: 'lights on' }, priority: 'URGENT' } as const;
    const urgent = await producer.submit(command);
    const pause = await chat.told('task.pause');
    expect(pause).toMatchObject({ epoch: chat.epoch, style: 'now', grace_ms: 250 });
    expect(pause.by).toMatchObject({ task_id: urgent.task_id, name: 'voice_command', priority: 'URGENT' });
    chat.chunks(5, 7);
    chat.paused({ at: 7 });
    chat.chunk(7, 'too late, said again after the pause');

    const voice = await voiceWorker.dispatched({ name: 'voice_command' });
    expect(voice.dispatch.task.args).toEqual({ command: 'lights on' });
    expect(voice.epoch).toBeGreaterThan(chat.epoch);
    expect(await chatWorker.client.expectFrame({ type: 'error' })).toMatchObject({ code: 'stale_epoch' });
    await voice.complete({ said: 'lights are on' });
    expect((await producer.ended(urgent.task_id)).result).toEqual({ said: 'lights are on' });

    const resume = await chat.resumed();
    expect(chat.epoch).toBeGreaterThan(voice.epoch);
    expect(resume.streams).toEqual({ main: 7 });
    expect(resume.checkpoint).toEqual({ at: 7 });
    chat.chunks(7, 12);
    chat.closeStream();
    await chat.complete();

    await watcher.fact('task.completed', chat.task_id);
    await watcher.client.expectFrame({ type: 'chunk', task_id: chat.task_id, seq: 11 });
    expect(watcher.chunkSeqs(chat.task_id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(watcher.text(chat.task_id)).toBe(words(0, 12));
    expect(watcher.facts(chat.task_id)).toEqual([
      'task.queued',
      'task.started',
      'stream.opened',
      'task.pausing',
      'task.paused',
      'task.resumed',
      'stream.closed',
      'task.completed',
    ]);
    expect(watcher.facts(urgent.task_id)).toEqual(['task.queued', 'task.started', 'task.completed']);
    const ended = await producer.get(chat.task_id);
    expect(ended).toMatchObject({ state: 'completed', interruptions: 1, attempt: 1 });
  });

  it('four tasks queued while the lane is stopped run in the order of their priority', async () => {
    const stage = handle.stage(codec);
    const operator = await stage.join({ name: 'operator' });
    const worker = await stage.worker('job');
    await operator.stop();
    const positions: unknown[] = [];
    for (const priority of ['LOW', 'URGENT', 'MEDIUM', 'HIGH'] as const) {
      const reply = await operator.submit({ name: 'job', args: { priority }, priority });
      expect(reply).toMatchObject({ state: 'queued', duplicate: false });
      positions.push(reply.position);
    }
    expect(positions).toEqual([1, 1, 2, 2]);
    expect(await operator.status()).toMatchObject({ queue_size: 4, current_task: null, state: { started: false } });
    await worker.client.fence();
    expect(worker.dispatches()).toEqual([]);

    await operator.start();
    const ran: unknown[] = [];
    for (let at = 0; at < 4; at += 1) {
      const run = await worker.dispatched();
      ran.push(run.dispatch.task.args);
      await run.complete();
    }
    expect(ran).toEqual(['URGENT', 'HIGH', 'MEDIUM', 'LOW'].map((priority) => ({ priority })));
  });

  it('a donation is deferred with its reason while a stream holds the floor, and runs when the stream ends', async () => {
    const stage = handle.stage(codec);
    const { boss, other, watcher, run: chat } = await stage.running({ priority: 'MEDIUM' });
    chat.open({ can_interrupt: false });
    chat.chunks(0, 3);
    await watcher.state({ can_interrupt: false, streaming: true, mode: 'streaming' });

    const donation = await boss.submit({ name: 'other', args: { amount: 50 }, priority: 'HIGH' });
    expect(donation.state).toBe('queued');
    const deferred = await watcher.fact('task.deferred', donation.task_id);
    expect(deferred.task.deferred).toMatchObject({ reason: 'hold', by_task_id: chat.task_id });
    expect(await boss.get(donation.task_id)).toMatchObject({ state: 'queued', waiting_for: 'hold' });
    await watcher.state({ tasks_deferred: 1, can_interrupt: false });
    chat.chunks(3, 6);
    await other.client.fence();
    await chat.client.fence();
    expect(chat.words('task.pause')).toEqual([]);
    expect(other.dispatches()).toEqual([]);

    chat.closeStream();
    await chat.complete();
    const thanks = await other.dispatched({ task_id: donation.task_id });
    await thanks.complete();
    await watcher.fact('task.completed', donation.task_id);
    expect(watcher.facts(donation.task_id)).toEqual(['task.queued', 'task.deferred', 'task.started', 'task.completed']);
    expect(watcher.text(chat.task_id)).toBe(words(0, 6));
  });

  it('a donation takes the floor from a chat that goes on after its protected stream', async () => {
    const { boss, other, watcher, run: chat } = await handle.stage(codec).running({ priority: 'MEDIUM' });
    chat.open({ can_interrupt: false });
    chat.chunk(0);
    await watcher.state({ can_interrupt: false });
    const donation = await boss.submit({ name: 'other', priority: 'HIGH' });
    await watcher.fact('task.deferred', donation.task_id);

    chat.closeStream();
    const pause = await chat.pausesWhenAsked();
    expect(pause.by).toMatchObject({ task_id: donation.task_id, priority: 'HIGH' });
    const thanks = await other.dispatched({ task_id: donation.task_id });
    await thanks.complete();
    await chat.resumed();
    chat.open({ stream: 'encore' });
    chat.chunk(0, word(0), 'encore');
    await watcher.client.expectFrame({ type: 'chunk', stream: 'encore', seq: 0 });
    await chat.complete();
  });
});

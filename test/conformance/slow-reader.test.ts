// Owns: readers that fall behind (§6): they cost only themselves, gaps are announced, and the worst are let go.
// Leaves to others: rates of requests (limits.test.ts).
//
// A reader here stops reading its socket. The system's own buffers take some megabytes first, so each flood is larger
// than they can be.
import { describe, expect, it } from 'vitest';
import { type Fields, type Frame, type Run, useHub } from './harness.js';

const handle = useHub();

const CHUNK = 'x'.repeat(60_000);
/** 48 MB: Linux gives a socket on loopback at most 4 MiB to send and 32 MiB to receive. */
const FLOOD_CHUNKS = 800;

/** Streams the flood, waiting for the fast reader now and then so that only the slow one falls behind. */
async function flood(run: Run, fast: { client: { expectFrame(pattern: Fields): Promise<Frame> } }): Promise<void> {
  run.open();
  for (let seq = 0; seq < FLOOD_CHUNKS; seq += 1) {
    run.chunk(seq, CHUNK);
    if (seq % 4 === 3) await fast.client.expectFrame({ type: 'chunk', task_id: run.task_id, seq });
  }
}

describe('a reader that falls behind', () => {
  it('is told what it missed, gets a snapshot, and goes on live; others miss nothing', {
    timeout: 60_000,
  }, async () => {
    const stage = handle.stage('msgpack');
    const { watcher: fast, run } = await stage.running();
    const slow = await stage.watcher('task', 'state', 'text');
    slow.client.stopReading();
    await flood(run, fast);
    slow.client.readOn();
    const gap = await slow.client.expectFrame({ type: 'gap', lane: stage.lane }, 20_000);
    expect(gap.reason).toBe('lag');
    await slow.client.expectFrame({ type: 'snapshot', lane: stage.lane }, 20_000);
    run.chunk(FLOOD_CHUNKS, 'live again');
    await slow.client.expectFrame({ type: 'chunk', seq: FLOOD_CHUNKS, data: 'live again' }, 20_000);

    const told = new Set(slow.chunkSeqs(run.task_id));
    for (const frame of slow.client.seen({ type: 'gap' })) {
      const missed = frame.streams as unknown as {
        task_id: string;
        stream: string;
        from_seq: number;
        to_seq: number;
      }[];
      for (const { task_id, stream, from_seq, to_seq } of missed) {
        expect({ task_id, stream }).toEqual({ task_id: run.task_id, stream: 'main' });
        for (let seq = from_seq; seq <= to_seq; seq += 1) told.add(seq);
      }
    }
    for (let seq = 0; seq <= FLOOD_CHUNKS; seq += 1) expect(told.has(seq), `chunk ${seq}`).toBe(true);
    expect(slow.chunkSeqs(run.task_id).length).toBeLessThan(FLOOD_CHUNKS);
    expect(fast.client.seen({ type: 'gap' })).toEqual([]);
    expect(fast.chunkSeqs(run.task_id).length).toBeGreaterThanOrEqual(FLOOD_CHUNKS);
    expect((await slow.status()).type).toBe('ok');
  });

  it('far behind in facts is closed when it only watches', { timeout: 60_000 }, async () => {
    const stage = handle.stage('msgpack');
    const boss = await stage.join();
    const slow = await stage.watcher('task');
    slow.client.stopReading();
    for (let at = 0; at < 900; at += 1) {
      await boss.client.ok('task.submit', { lane: stage.lane, task: { name: 'nobody', args: CHUNK } });
    }
    // What is stuck cannot be told why: the close frame is behind what it does not read.
    slow.client.readOn();
    expect([4408, 1006]).toContain(await slow.client.closeCode(30_000));
    await boss.client.fence();
  });

  it('far behind loses its subscriptions, not its socket, when it executes', { timeout: 60_000 }, async () => {
    const stage = handle.stage('msgpack');
    const { boss, worker, run } = await stage.running();
    await worker.client.ok('subscribe', { lane: stage.lane, topics: ['task'] });
    worker.client.stopReading();
    for (let at = 0; at < 900; at += 1) {
      await boss.client.ok('task.submit', { lane: stage.lane, task: { name: 'nobody', args: CHUNK } });
    }
    worker.client.readOn();
    const lost = await worker.client.expectFrame({ type: 'unsubscribed', lane: stage.lane }, 20_000);
    expect(lost.reason).toBe('lag');
    await run.complete('still here');
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed', result: 'still here' });
  });
});

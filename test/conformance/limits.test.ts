// Owns: what happens past a bound of a connection or of the hub (§1, §2, §3): rates, lanes, subscriptions, and the two
// limits of silence. The slow ones run at the same time, each on a hub of its own.
// Leaves to others: the bounds of a queue (once.test.ts), of frames (messages.test.ts), of names (workers.test.ts).
import { describe, expect, it } from 'vitest';
import { type Hub, joinHub, openSocket, startHub, useHub } from './harness.js';

async function withHub(options: Parameters<typeof startHub>[0], test: (hub: Hub) => Promise<void>): Promise<void> {
  const hub = await startHub(options);
  try {
    await test(hub);
  } finally {
    await hub.stop();
  }
}

describe.concurrent('limits that take their time', () => {
  it('a client that says nothing is closed with 4402 after 10 s', { timeout: 30_000 }, ({ expect }) =>
    withHub({}, async (hub) => {
      const silent = await openSocket(hub);
      const before = Date.now();
      expect(await silent.closeCode(20_000)).toBe(4402);
      expect(Date.now() - before).toBeGreaterThan(9_000);
      expect(Date.now() - before).toBeLessThan(15_000);
    }),
  );

  it('a client that goes on past its rate for 10 s is closed with 4429', { timeout: 40_000 }, ({ expect }) =>
    withHub({ rateLimit: 5 }, async (hub) => {
      const greedy = await joinHub(hub);
      const modest = await joinHub(hub);
      const before = Date.now();
      const flood = setInterval(() => {
        for (let at = 0; at < 10; at += 1) greedy.send('lane.status', { lane: 'main' });
      }, 50);
      try {
        expect(await greedy.closeCode(30_000)).toBe(4429);
      } finally {
        clearInterval(flood);
      }
      expect(Date.now() - before).toBeGreaterThan(8_000);
      await modest.fence();
      await modest.close(1000);
    }),
  );

  it('a client that answers no heartbeat is closed with 4415', { timeout: 30_000 }, ({ expect }) =>
    withHub({ flags: { heartbeat: 200, 'silence-timeout': 1_000 } }, async (hub) => {
      const silent = await joinHub(hub, { pongs: false });
      const alive = await joinHub(hub);
      expect(await silent.closeCode(10_000)).toBe(4415);
      await alive.fence();
      expect(alive.isOpen).toBe(true);
      await alive.close(1000);
    }),
  );

  it('any frame is a sign of life, a pong or not', { timeout: 30_000 }, ({ expect }) =>
    withHub({ flags: { heartbeat: 200, 'silence-timeout': 1_000 } }, async (hub) => {
      const talker = await joinHub(hub, { pongs: false });
      for (let beats = 0; beats < 12; beats += 1) {
        await talker.expectFrame({ type: 'ping' });
        await talker.fence();
      }
      expect(talker.isOpen).toBe(true);
      await talker.close(1000);
    }),
  );
});

describe('the rate of a connection', () => {
  const handle = useHub({ rateLimit: null });

  it('is 100 requests a second with a burst of 200 by default; past it rate_limited says when to come again', async () => {
    const client = await handle.stage().client();
    const replies = await Promise.all(
      Array.from({ length: 600 }, () => client.request('task.get', { task_id: 'never-existed' })),
    );
    const limited = replies.filter((reply) => reply.code === 'rate_limited');
    const served = replies.length - limited.length;
    expect(served).toBeGreaterThanOrEqual(190);
    expect(limited.length).toBeGreaterThan(0);
    for (const error of limited) {
      expect(error).toMatchObject({ type: 'error', retryable: true });
      expect(error.retry_after_ms).toBeGreaterThan(0);
      expect(error.retry_after_ms).toBeLessThanOrEqual(60_000);
    }
    expect(client.isOpen).toBe(true);
  });

  it('is counted for each connection alone', async () => {
    const stage = handle.stage();
    const [greedy, modest] = [await stage.client(), await stage.client()];
    const flood = Array.from({ length: 500 }, () => greedy.request('task.get', { task_id: 'x' }));
    await modest.refused('task.get', { task_id: 'x' }, 'not_found');
    const replies = await Promise.all(flood);
    expect(replies.some((reply) => reply.code === 'rate_limited')).toBe(true);
    await modest.fence();
  });

  it('does not count what an executor says about its run', async () => {
    const { watcher, run } = await handle.stage().running();
    run.open();
    run.chunks(0, 3_000);
    for (let at = 0; at < 300; at += 1) run.say('task.checkpoint', { checkpoint: at });
    run.client.send('pong', { at: Date.now() });
    await run.complete();
    await watcher.client.expectFrame({ type: 'chunk', seq: 2_999 }, 10_000);
    expect(run.client.seen({ type: 'error' })).toEqual([]);
  });
});

describe('the bounds of the hub', () => {
  const handle = useHub();

  it('a connection has 128 subscriptions at most', async () => {
    const client = await handle.stage().client();
    for (let at = 0; at < 128; at += 1) await client.ok('subscribe', { lane: `sub-${at}` });
    await client.refused('subscribe', { lane: 'one-more' }, 'too_many_subscriptions');
    await client.ok('subscribe', { lane: 'sub-0', topics: ['task'] });
    await client.ok('unsubscribe', { lane: 'sub-1' });
    await client.ok('subscribe', { lane: 'one-more' });
  });

  it('a hub has 1 000 lanes at most, and those it has go on', async () => {
    const { client } = await handle.stage().join();
    const submit = (lane: string) => ({ lane, task: { name: 'nobody' } });
    const replies = await Promise.all(
      Array.from({ length: 1_001 }, (_, at) => client.request('task.submit', submit(`many-${at}`))),
    );
    expect(replies.filter((reply) => reply.type === 'ok').length).toBeGreaterThan(900);
    expect(replies.at(-1)).toMatchObject({ type: 'error', code: 'too_many_lanes', retryable: false });
    await client.ok('task.submit', submit('many-0'));
  });
});

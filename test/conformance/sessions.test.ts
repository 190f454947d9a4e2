// Owns: sessions without a run (§3): resuming, taking over, resume tokens, and the hub's own goodbye.
// Leaves to others: runs across sessions (lost-connection.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, joinHub, type RawClient, startHub, useHub } from './harness.js';

const handle = useHub();

function resumeOf(client: RawClient, token?: string): { session_id: string; resume_token: string } {
  return { session_id: client.claim.session_id, resume_token: token ?? client.claim.resume_token };
}

describe.each(CODECS)('a session over %s', (codec) => {
  it('is given back to who has its resume token', async () => {
    const stage = handle.stage(codec);
    const worker = await stage.worker('job');
    await worker.client.vanish();
    const back = await stage.client({ resume: resumeOf(worker.client) });
    expect(back.welcome).toMatchObject({ resumed: true, session_id: worker.client.sessionId });
    await back.fence();
  });

  it('belongs to the last hello: the socket that had it closes with 4509', async () => {
    const stage = handle.stage(codec);
    const worker = await stage.worker('job');
    const back = await stage.client({ resume: resumeOf(worker.client) });
    expect(back.welcome).toMatchObject({ resumed: true, session_id: worker.client.sessionId });
    expect(await worker.client.closeCode()).toBe(4509);
    await back.fence();
  });
});

describe('a session', () => {
  it('is not given to a wrong resume token, and its socket stays', async () => {
    const stage = handle.stage();
    const worker = await stage.worker('job');
    for (const token of ['wrong', `${worker.client.claim.resume_token}x`, (await stage.client()).claim.resume_token]) {
      const thief = await stage.client({ resume: resumeOf(worker.client, token) });
      expect(thief.welcome?.resumed).toBe(false);
      expect(thief.sessionId).not.toBe(worker.client.sessionId);
    }
    await worker.client.fence();
    const boss = await stage.join();
    await boss.submit({ name: 'job' });
    await worker.dispatched();
  });

  it('that never was is not resumed, and the client gets a new one', async () => {
    const client = await handle.stage().client({ resume: { session_id: 'never-existed', resume_token: 'x' } });
    expect(client.welcome).toMatchObject({ resumed: false });
    expect(client.sessionId).not.toBe('never-existed');
    await client.fence();
  });

  it('keeps its previous resume token until the first frame after the welcome', async () => {
    const stage = handle.stage();
    const first = await stage.worker('job');
    const before = resumeOf(first.client);
    // The first welcome after the cut may never have arrived; so the old token must still do.
    const lost = await stage.client({ resume: before });
    await lost.vanish();
    const second = await stage.client({ resume: before });
    expect(second.welcome).toMatchObject({ resumed: true, session_id: before.session_id });
    await second.fence();
    await second.vanish();
    const late = await stage.client({ resume: before });
    expect(late.welcome?.resumed).toBe(false);
    const current = await stage.client({ resume: resumeOf(second) });
    expect(current.welcome).toMatchObject({ resumed: true, session_id: before.session_id });
  });

  it('makes no subscriptions anew by itself', async () => {
    const stage = handle.stage();
    const watcher = await stage.watcher();
    await watcher.register('job');
    await watcher.client.vanish();
    const back = await stage.client({ resume: resumeOf(watcher.client) });
    const boss = await stage.join();
    await boss.submit({ name: 'nobody' });
    await back.fence();
    await stage.elapse(50);
    expect(back.seen({ type: 'event' })).toEqual([]);
  });

  it('that ended with 1000 cannot be resumed', async () => {
    const stage = handle.stage();
    const worker = await stage.worker('job');
    await worker.client.close(1000);
    const back = await stage.client({ resume: resumeOf(worker.client) });
    expect(back.welcome?.resumed).toBe(false);
  });
});

describe('the hub as a process', () => {
  it('says goodbye on SIGTERM with going_away and 1012, and exits in order', async () => {
    const hub = await startHub();
    const clients = await Promise.all(CODECS.map((codec) => joinHub(hub, { codec })));
    hub.terminate();
    for (const client of clients) {
      const goodbye = await client.expectFrame({ type: 'going_away' });
      expect(goodbye.reason).toEqual(expect.any(String));
      expect(goodbye.reconnect_after_ms).toBeGreaterThanOrEqual(0);
      expect(await client.closeCode()).toBe(1012);
      expect(client.violations).toEqual([]);
    }
    expect(await hub.exited).toEqual({ code: 0, signal: null });
  });

  it('says exactly one line of JSON on stdout, and its log on stderr', async () => {
    const hub = await startHub();
    const client = await joinHub(hub);
    await client.ok('task.submit', { lane: 'main', task: { name: 'nobody' } });
    await client.close(1000);
    await hub.stop();
    const lines = hub.stdout.split('\n').filter((line) => line !== '');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({ event: 'listening', url: hub.url, pid: hub.pid });
  });
});

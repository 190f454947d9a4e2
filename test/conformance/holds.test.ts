// Owns: protected sections (§5): counted leases, their expiry, renewal and release, and who waits for them.
// Leaves to others: the hold of a stream (streams.test.ts), donations (scenarios.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, useHub } from './harness.js';

const handle = useHub();

describe.each(CODECS)('a hold over %s', (codec) => {
  it('keeps the floor until it is released, and then the deferred one interrupts', async () => {
    const { boss, other, watcher, run } = await handle.stage(codec).running();
    const { hold_id } = await run.hold({ reason: 'punch line' });
    expect((await watcher.fact('hold.taken', run.task_id)).task_id).toBe(run.task_id);
    await watcher.state({ can_interrupt: false });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    const deferred = await watcher.fact('task.deferred', urgent.task_id);
    expect(deferred.task.deferred).toEqual({ reason: 'hold', by_task_id: run.task_id });
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);

    run.release(hold_id);
    await watcher.fact('hold.released', run.task_id);
    await run.pausesWhenAsked();
    expect((await other.dispatched()).task_id).toBe(urgent.task_id);
  });
});

describe('a hold', () => {
  it('is counted: the last release frees the floor', async () => {
    const { boss, watcher, run } = await handle.stage().running();
    const [one, two] = [await run.hold(), await run.hold()];
    expect(one.hold_id).not.toBe(two.hold_id);
    await boss.submit({ name: 'other', priority: 'URGENT' });
    run.release(two.hold_id);
    await watcher.fact('hold.released', run.task_id);
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    expect(await boss.status()).toMatchObject({ state: { can_interrupt: false } });
    run.release(one.hold_id);
    await run.told('task.pause');
  });

  it('lapses with its lease, and the deferred one interrupts', async () => {
    const { boss, other, watcher, run } = await handle.stage().running();
    const before = Date.now();
    const { expires_at } = await run.hold({ ttl_ms: 200 });
    expect(expires_at - before).toBeGreaterThanOrEqual(150);
    expect(expires_at - before).toBeLessThan(2_000);
    await boss.submit({ name: 'other', priority: 'URGENT' });
    const taken = await watcher.fact('hold.taken', run.task_id);
    const expired = await watcher.fact('hold.expired', run.task_id);
    expect(expired.at - taken.at).toBeGreaterThanOrEqual(195);
    await run.pausesWhenAsked();
    await other.dispatched();
  });

  it('is renewed under its own id, also while somebody is deferred', async () => {
    const stage = handle.stage();
    const { boss, watcher, run } = await stage.running();
    const { hold_id, expires_at } = await run.hold({ ttl_ms: 300 });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    await watcher.fact('task.deferred', urgent.task_id);
    const renewed = await run.hold({ hold_id, ttl_ms: 60_000 });
    expect(renewed.hold_id).toBe(hold_id);
    expect(renewed.expires_at).toBeGreaterThan(expires_at + 30_000);
    await stage.elapse(500);
    expect(run.words('task.pause')).toEqual([]);
    run.release(hold_id);
    await run.told('task.pause');
  });

  it('is never renewed past five minutes from its taking', async () => {
    const { run } = await handle.stage().running();
    const before = Date.now();
    const { hold_id } = await run.hold({ ttl_ms: 250_000 });
    const renewed = await run.hold({ hold_id, ttl_ms: 250_000 });
    const again = await run.hold({ hold_id, ttl_ms: 299_999 });
    const after = Date.now();
    for (const { expires_at } of [renewed, again]) {
      expect(expires_at).toBeGreaterThan(before + 240_000);
      expect(expires_at).toBeLessThanOrEqual(after + 300_000);
    }
  });

  it('a new one is refused as preempting once somebody is deferred', async () => {
    const { boss, watcher, run } = await handle.stage().running();
    const { hold_id } = await run.hold();
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    await watcher.fact('task.deferred', urgent.task_id);
    expect(await run.refused('floor.hold', {}, 'preempting')).toMatchObject({ retryable: true });
    run.release(hold_id);
    await run.told('task.pause');
  });

  it('is not found once it was released, or if it never was', async () => {
    const { watcher, run } = await handle.stage().running();
    const { hold_id } = await run.hold();
    run.release(hold_id);
    await watcher.fact('hold.released', run.task_id);
    await run.sayRefused('floor.release', { hold_id }, 'hold_not_found');
    await run.refused('floor.hold', { hold_id }, 'hold_not_found');
    await run.refused('floor.release', { hold_id: 'never-taken' }, 'hold_not_found');
  });

  it('ends with its task', async () => {
    const { boss, other, run } = await handle.stage().running();
    await run.hold();
    const next = await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.complete();
    const urgent = await other.dispatched({ task_id: next.task_id });
    expect(await boss.status()).toMatchObject({ state: { can_interrupt: true } });
    await urgent.complete();
  });

  it('does not keep equal or lower ones waiting any other way than before', async () => {
    const { boss, watcher, run } = await handle.stage().running();
    await run.hold();
    const equal = await boss.submit({ name: 'other', priority: 'MEDIUM' });
    await watcher.settle(boss);
    expect(watcher.facts(equal.task_id)).toEqual(['task.queued']);
    expect(await boss.status()).toMatchObject({ state: { tasks_deferred: 0 } });
  });

  it('makes a lane.stop wait for its release', async () => {
    const { boss, run } = await handle.stage().running();
    const { hold_id } = await run.hold();
    await boss.stop();
    await run.client.fence();
    expect(run.words('task.pause')).toEqual([]);
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
    run.release(hold_id);
    await run.pausesWhenAsked();
    await boss.start();
    await run.resumed();
  });

  it('what is deferred first interrupts by the order, not by who came first', async () => {
    const { boss, other, run } = await handle.stage().running({ priority: 'LOW' });
    const { hold_id } = await run.hold();
    const high = await boss.submit({ name: 'other', priority: 'HIGH' });
    const urgent = await boss.submit({ name: 'other', priority: 'URGENT' });
    const medium = await boss.submit({ name: 'other', priority: 'MEDIUM' });
    run.release(hold_id);
    expect((await run.pausesWhenAsked()).by.task_id).toBe(urgent.task_id);
    const ran: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      const next = await other.dispatched();
      ran.push(next.task_id);
      await next.complete();
    }
    expect(ran).toEqual([urgent.task_id, high.task_id, medium.task_id]);
    await run.resumed();
  });
});

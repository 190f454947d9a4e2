// Owns: tasks that the submitting session runs itself (§4, `executor: self`).
// Leaves to others: the same rules for workers.
import { describe, expect, it } from 'vitest';
import { CODECS, Person, useHub } from './harness.js';

const SESSION_TTL_MS = 1_500;
const handle = useHub({ flags: { 'session-ttl': SESSION_TTL_MS } });

describe.each(CODECS)('a task with executor self, over %s', (codec) => {
  it('is run by the session that submitted it, without a registration, and by nobody else', async () => {
    const stage = handle.stage(codec);
    const worker = await stage.worker('remember', '*');
    const me = await stage.join({ name: 'me' });
    const task = { name: 'remember', executor: 'self', idempotency_key: 'self-1' };
    const { task_id } = await me.submit(task);
    const run = await me.dispatched({ task_id });
    expect(run.dispatch.task.idempotency_key).toBe('self-1');
    await run.complete('noted');
    expect(await me.ended(task_id)).toMatchObject({ state: 'completed', result: 'noted' });
    await worker.client.fence();
    expect(worker.dispatches()).toEqual([]);
  });

  it('needs an idempotency_key', async () => {
    const { client, lane } = await handle.stage(codec).join();
    const task = { name: 'remember', executor: 'self' };
    const { issues } = await client.refused('task.submit', { lane, task }, 'invalid_message');
    expect(issues.map((issue) => issue.path)).toContain('task.idempotency_key');
  });
});

describe('a task with executor self', () => {
  it('obeys the order of the lane', async () => {
    const stage = handle.stage();
    const { boss, run } = await stage.running({ priority: 'MEDIUM' });
    const me = await stage.join();
    const low = await me.submit({ name: 'mine', priority: 'LOW', executor: 'self', idempotency_key: 'low' });
    const urgent = await me.submit({ name: 'mine', priority: 'URGENT', executor: 'self', idempotency_key: 'top' });
    await run.pausesWhenAsked();
    const first = await me.dispatched();
    expect(first.task_id).toBe(urgent.task_id);
    await first.complete();
    await run.resumed();
    expect(await boss.get(low.task_id)).toMatchObject({ state: 'queued' });
    await run.complete();
    expect((await me.dispatched()).task_id).toBe(low.task_id);
  });

  it('waits for its session while that is away, and runs when it is back', async () => {
    const stage = handle.stage();
    const { boss, run } = await stage.running({ priority: 'HIGH' });
    const me = await stage.join();
    const { task_id } = await me.submit({ name: 'mine', executor: 'self', idempotency_key: 'k' });
    await stage.cutOff(me);
    await run.complete();
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'completed' });
    const back = new Person(await stage.client({ resume: me.client.claim }), stage.lane);
    expect((await back.dispatched()).task_id).toBe(task_id);
  });

  it('is cancelled when its session does not come back', async () => {
    const stage = handle.stage();
    const { boss } = await stage.running({ priority: 'HIGH' });
    const me = await stage.join();
    const { task_id } = await me.submit({ name: 'mine', executor: 'self', idempotency_key: 'k' });
    await me.client.vanish();
    const ended = await boss.ended(task_id);
    expect(ended).toMatchObject({ state: 'cancelled', reason: 'session_ended' });
    expect(ended.ended_at - ended.submitted_at).toBeGreaterThanOrEqual(SESSION_TTL_MS - 50);
  });

  it('is cancelled at once when its session leaves on purpose', async () => {
    const stage = handle.stage();
    const { boss } = await stage.running({ priority: 'HIGH' });
    const me = await stage.join();
    const { task_id } = await me.submit({ name: 'mine', executor: 'self', idempotency_key: 'k' });
    await me.client.close(1000);
    expect(await boss.ended(task_id)).toMatchObject({ state: 'cancelled', reason: 'session_ended' });
  });
});

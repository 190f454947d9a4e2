// Owns: what makes a submit safe to repeat or to flood (§4): idempotency keys, dedupe, and the bounds of the queue.
// Leaves to others: the same over HTTP (http-tasks.test.ts).
import { describe, expect, it } from 'vitest';
import { CODECS, useHub } from './harness.js';

const handle = useHub();

describe.each(CODECS)('an idempotency key over %s', (codec) => {
  it('the same key again answers for the same task', async () => {
    const stage = handle.stage(codec);
    const boss = await stage.join();
    const watcher = await stage.watcher();
    const task = { name: 'nobody', args: { a: 1, b: [2, { c: null }] }, idempotency_key: 'order-1' };
    const first = await boss.submit(task);
    expect(first).toMatchObject({ state: 'queued', position: 1, duplicate: false });
    const again = await (await stage.join()).submit(task);
    expect(again).toMatchObject({ task_id: first.task_id, duplicate: true, state: 'queued', position: 1 });
    await watcher.settle(boss);
    expect(watcher.facts()).toEqual(['task.queued']);
    expect(await boss.get(first.task_id)).toMatchObject({ idempotency_key: 'order-1' });
  });

  it('the same key with another body is a conflict', async () => {
    const boss = await handle.stage(codec).join();
    const { lane } = boss;
    await boss.submit({ name: 'nobody', args: { n: 1 }, idempotency_key: 'k' });
    const other = { lane, task: { name: 'nobody', args: { n: 2 }, idempotency_key: 'k' } };
    expect(await boss.client.refused('task.submit', other, 'idempotency_conflict')).toMatchObject({ retryable: false });
  });

  it('the key still answers when the task has ended', async () => {
    const { boss, run } = await handle.stage(codec).running({ idempotency_key: 'done' });
    await run.complete(42);
    await boss.ended(run.task_id);
    const again = await boss.submit({ name: 'chat', priority: 'MEDIUM', idempotency_key: 'done' });
    expect(again).toMatchObject({ task_id: run.task_id, duplicate: true, state: 'completed', position: null });
  });

  it('the key belongs to its lane', async () => {
    const stage = handle.stage(codec);
    const task = { name: 'nobody', idempotency_key: 'shared' };
    const here = await (await stage.join()).submit(task);
    const there = await (await stage.beside().join()).submit(task);
    expect(there.duplicate).toBe(false);
    expect(there.task_id).not.toBe(here.task_id);
  });

  it('a task is found by its key', async () => {
    const boss = await handle.stage(codec).join();
    const { task_id } = await boss.submit({ name: 'nobody', args: { n: 1 }, idempotency_key: 'find-me' });
    const found = await boss.client.ok('task.get', { lane: boss.lane, idempotency_key: 'find-me' });
    expect(found.task).toMatchObject({ task_id, args: { n: 1 } });
    await boss.client.refused('task.get', { lane: boss.lane, idempotency_key: 'never-used' }, 'not_found');
  });
});

describe('an idempotency key', () => {
  it('means the same body whatever the encoding and the order of its fields', async () => {
    const stage = handle.stage('json');
    const json = await stage.join();
    const msgpack = await stage.join({ codec: 'msgpack' });
    const first = await json.submit({ name: 'nobody', args: { a: 1, b: 'ü' }, idempotency_key: 'both' });
    const again = await msgpack.submit({ idempotency_key: 'both', args: { b: 'ü', a: 1 }, name: 'nobody' });
    expect(again).toMatchObject({ task_id: first.task_id, duplicate: true });
  });

  it('is looked at before dedupe', async () => {
    const boss = await handle.stage().join();
    const dedupe = { key: 'screen', mode: 'replace' };
    const first = await boss.submit({ name: 'nobody', idempotency_key: 'one', dedupe });
    const again = await boss.submit({ name: 'nobody', idempotency_key: 'one', dedupe });
    expect(again).toMatchObject({ task_id: first.task_id, duplicate: true });
    expect(await boss.get(first.task_id)).toMatchObject({ state: 'queued' });
  });

  it('two submits with one key in one breath make one task', async () => {
    const stage = handle.stage();
    const people = await Promise.all([stage.join(), stage.join(), stage.join()]);
    const replies = await Promise.all(people.map((p) => p.submit({ name: 'nobody', idempotency_key: 'race' })));
    expect(new Set(replies.map((reply) => reply.task_id)).size).toBe(1);
    expect(replies.filter((reply) => !reply.duplicate)).toHaveLength(1);
  });
});

describe('dedupe', () => {
  it('keep answers with the task that waits', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const watcher = await stage.watcher();
    const dedupe = { key: 'screen', mode: 'keep' };
    const first = await boss.submit({ name: 'nobody', args: 1, dedupe });
    const again = await boss.submit({ name: 'nobody', args: 2, dedupe });
    expect(again.task_id).toBe(first.task_id);
    expect((await boss.get(first.task_id)).args).toBe(1);
    const elsewhere = await boss.submit({ name: 'nobody', dedupe: { key: 'other', mode: 'keep' } });
    expect(elsewhere.task_id).not.toBe(first.task_id);
    await watcher.settle(boss);
    expect(watcher.facts()).toEqual(['task.queued', 'task.queued']);
  });

  it('replace supersedes the task that waits', async () => {
    const boss = await handle.stage().join();
    const dedupe = { key: 'screen', mode: 'replace' };
    const first = await boss.submit({ name: 'nobody', args: 1, dedupe });
    const second = await boss.submit({ name: 'nobody', args: 2, dedupe });
    expect(second.task_id).not.toBe(first.task_id);
    expect(await boss.get(first.task_id)).toMatchObject({ state: 'cancelled', reason: 'superseded' });
    expect(await boss.get(second.task_id)).toMatchObject({ state: 'queued', args: 2 });
    expect(await boss.status()).toMatchObject({ queue_size: 1 });
  });

  it.each(['keep', 'replace'])('%s leaves a running task alone', async (mode) => {
    const dedupe = { key: 'screen', mode };
    const { boss, run } = await handle.stage().running({ dedupe });
    const next = await boss.submit({ name: 'chat', dedupe });
    expect(next.task_id).not.toBe(run.task_id);
    expect(next.state).toBe('queued');
    expect(await boss.get(run.task_id)).toMatchObject({ state: 'running' });
  });

  it('a paused task counts: keep answers with it', async () => {
    const dedupe = { key: 'screen', mode: 'keep' };
    const { boss, other, run } = await handle.stage().running({ dedupe });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await other.dispatched();
    expect((await boss.submit({ name: 'chat', dedupe })).task_id).toBe(run.task_id);
  });

  it('a paused task counts: replace supersedes it and revokes its run', async () => {
    const dedupe = { key: 'screen', mode: 'replace' };
    const { boss, other, run } = await handle.stage().running({ dedupe });
    await boss.submit({ name: 'other', priority: 'URGENT' });
    await run.pausesWhenAsked();
    await other.dispatched();
    const next = await boss.submit({ name: 'chat', dedupe });
    expect(next.task_id).not.toBe(run.task_id);
    expect(await boss.ended(run.task_id)).toMatchObject({ state: 'cancelled', reason: 'superseded' });
    await run.told('task.revoked');
  });
});

describe('the bounds of a lane', () => {
  it('5 000 waiting tasks of a level fill that level and no other', async () => {
    const stage = handle.stage('msgpack');
    const flood = await stage.client();
    const boss = await stage.join();
    const submit = { lane: stage.lane, task: { name: 'nobody', priority: 'LOW' } };
    for (let at = 0; at < 4_999; at += 1) flood.send('task.submit', submit);
    expect(await flood.ok('task.submit', submit)).toMatchObject({ position: 5_000 });
    const full = await flood.refused('task.submit', submit, 'queue_full');
    expect(full.retryable).toBe(true);
    expect(await boss.submit({ name: 'nobody', priority: 'URGENT' })).toMatchObject({ position: 1 });
    expect(await boss.submit({ name: 'nobody', priority: 'BACKGROUND' })).toMatchObject({ position: 5_002 });
    const http = await stage.hub.http('POST', `/v1/lanes/${stage.lane}/tasks`, { body: submit.task });
    expect(http.status).toBe(429);
    expect(http.body.error.code).toBe('queue_full');
    expect(Number(http.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('64 MiB of waiting tasks fill a lane', async () => {
    const stage = handle.stage('msgpack');
    const boss = await stage.join();
    const task = { name: 'nobody', args: 'x'.repeat(64_000) };
    const replies = await Promise.all(
      Array.from({ length: 1_100 }, () => boss.client.request('task.submit', { lane: stage.lane, task }, 20_000)),
    );
    const accepted = replies.filter((reply) => reply.type === 'ok').length;
    // What a task takes beside its args is the hub's to say: 64 MiB are 1 048 such args.
    expect(accepted).toBeGreaterThan(900);
    expect(accepted).toBeLessThanOrEqual(1_049);
    expect(replies.at(-1)).toMatchObject({ type: 'error', code: 'queue_full', retryable: true });
  });
});

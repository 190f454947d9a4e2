import { describe, expect, test } from 'vitest';
import { createLane } from '../core/index.js';
import { LANE_REST_MS } from './lanes.js';
import { codeOf, TestHub, turnEnds } from './testing/test-hub.js';

async function rest(t: TestHub): Promise<void> {
  await turnEnds();
  t.clock.advance(LANE_REST_MS + 1);
}

function inMemory(t: TestHub): string[] {
  return [...t.hub.lanesInMemory].map(({ name }) => name);
}

test('watching makes no lane: it shows an empty one that is not listed', async () => {
  const t = await TestHub.open();
  const watcher = t.watcher({ lane: 'nobody' });
  await turnEnds();
  expect(watcher.reply).toMatchObject({
    lane: 'nobody',
    seq: 0,
    recovered: false,
    snapshot: { queue: [], paused: [] },
  });
  expect(watcher.of('state')).toHaveLength(1);
  expect(t.hub.lanes(t.access)).toEqual([]);
  t.submit({ name: 'x' }, 'nobody');
  expect(watcher.of('event')[0]).toMatchObject({ log: watcher.reply?.log, seq: 1 });
});

test('an empty lane that nobody watches any more is gone', async () => {
  const t = await TestHub.open();
  t.watcher({ lane: 'nobody' }).unsubscribe();
  expect(t.hub.lanesInMemory.inMemory('nobody')).toBeUndefined();
});

test('more busy lanes than there may be are refused, others go on', async () => {
  const t = await TestHub.open({ limits: { lanes_max: 2 } });
  t.submit({ name: 'x' }, 'a');
  t.submit({ name: 'x' }, 'b');
  await turnEnds();
  const task = { name: 'x' };
  expect(codeOf(t.request({ type: 'task.submit', lane: 'c', task }))).toBe('too_many_lanes');
  expect(codeOf(t.request({ type: 'lane.stop', lane: 'c' }))).toBe('too_many_lanes');
  expect(codeOf(t.client().register(['x'], 'c'))).toBe('too_many_lanes');
  expect(codeOf(t.request({ type: 'task.submit', lane: 'a', task }))).toBe('ok');
  expect(t.watcher({ lane: 'c' }).reply).toMatchObject({ seq: 0 });
});

test('a lane with nothing to do makes room for another', async () => {
  const t = await TestHub.open({ limits: { lanes_max: 2 } });
  t.request({ type: 'lane.stop', lane: 'a' });
  t.submit({ name: 'x' }, 'b');
  await turnEnds();
  t.submit({ name: 'x' }, 'c');
  expect(inMemory(t)).toEqual(['b', 'c']);
});

test('a lane that rested until this very turn is not the one that makes room', async () => {
  const t = await TestHub.open({ limits: { lanes_max: 2 } });
  t.request({ type: 'lane.start', lane: 'a' });
  t.request({ type: 'lane.start', lane: 'b' });
  await turnEnds();
  const task_id = t.submit({ name: 'x' }, 'a');
  t.submit({ name: 'x' }, 'c');
  expect(inMemory(t)).toEqual(['a', 'c']);
  expect(t.request({ type: 'task.get', task_id })).toMatchObject({ ok: { task: { state: 'queued' } } });
  expect(codeOf(t.request({ type: 'lane.start', lane: 'd' }))).toBe('too_many_lanes');
});

test('a lane at rest leaves memory, one that is watched, waits or has a worker does not', async () => {
  const t = await TestHub.open();
  for (const lane of ['rests', 'watched', 'worker']) t.request({ type: 'lane.start', lane });
  t.submit({ name: 'x' }, 'waits');
  t.watcher({ lane: 'watched' });
  t.client().register(['x'], 'worker');
  await rest(t);
  expect(inMemory(t).sort()).toEqual(['waits', 'watched', 'worker']);
});

test('a lane comes back as it was: its log and numbers, stopped, with its tasks, keys and facts', async () => {
  const t = await TestHub.open();
  const watcher = t.watcher({ lane: 'stage' });
  const worker = t.client();
  worker.register(['x'], 'stage');
  const task = { name: 'x', idempotency_key: 'k' };
  const task_id = t.submit(task, 'stage');
  const { epoch } = worker.last('task.dispatch');
  expect(codeOf(worker.says({ type: 'task.complete', task_id, epoch, result: 7 }))).toBe('ok');
  t.request({ type: 'lane.stop', lane: 'stage' });
  worker.goodbye();
  const { log } = watcher.reply ?? {};
  const [, second] = watcher.of('event');
  const seq = watcher.seqs('stage').at(-1) ?? 0;
  watcher.unsubscribe();
  await rest(t);
  expect(inMemory(t)).toEqual([]);
  expect(t.hub.lanes(t.access)).toMatchObject([
    { lane: 'stage', log, seq, state: { started: false, tasks_completed: 1 } },
  ]);

  expect(t.request({ type: 'task.get', task_id })).toMatchObject({ ok: { task: { state: 'completed', result: 7 } } });
  expect(inMemory(t)).toEqual(['stage']);
  await rest(t);
  expect(t.request({ type: 'task.submit', lane: 'stage', task })).toMatchObject({ ok: { task_id, duplicate: true } });
  await rest(t);
  const back = t.watcher({ lane: 'stage', since: { log: log ?? '', seq: 2 } });
  expect(back.reply).toMatchObject({ log, seq, recovered: true });
  expect(back.seqs('stage')).toEqual(Array.from({ length: seq - 2 }, (_, at) => at + 3));
  expect(second?.seq).toBe(2);
  await rest(t);
  t.request({ type: 'lane.start', lane: 'stage' });
  expect(back.seqs('stage').at(-1)).toBe(seq + 1);
});

test('watchers of all lanes are shown a lane that comes back', async () => {
  const t = await TestHub.open();
  t.request({ type: 'lane.stop', lane: 'stage' });
  await rest(t);
  const watcher = t.watcher({ lane: '*', topics: ['task'] });
  expect(watcher.reply?.lanes).toEqual({});
  t.request({ type: 'lane.start', lane: 'stage' });
  expect(watcher.messages).toMatchObject([
    { type: 'snapshot', lane: 'stage', seq: 1, state: { started: false } },
    { type: 'event', seq: 2, event: 'lane.started' },
  ]);
});

describe('past the most lanes at rest', () => {
  const KEPT_MS = 10 * 60_000;
  const task = { name: 'x', idempotency_key: 'k' };

  /** As many lanes as may be remembered, each of which ran a task that was cancelled, and one that is in memory. */
  async function full(): Promise<{ t: TestHub; task_id: string }> {
    const t = await TestHub.open({ limits: { lanes_max: 1 } });
    const cancelled = async (lane: string): Promise<string> => {
      const task_id = t.submit(task, lane);
      t.request({ type: 'task.cancel', task_id });
      await turnEnds();
      return task_id;
    };
    const task_id = await cancelled('first');
    for (let lane = 1; lane <= 10; lane++) await cancelled(`other-${lane}`);
    return { t, task_id };
  }

  test('no more are made while something of each is promised, and all are as they were', async () => {
    const { t, task_id } = await full();
    expect(codeOf(t.request({ type: 'task.submit', lane: 'one-more', task }))).toBe('too_many_lanes');
    t.clock.advance(9 * 60_000);
    expect(t.request({ type: 'task.submit', lane: 'first', task })).toMatchObject({ ok: { task_id, duplicate: true } });
    expect(t.request({ type: 'task.get', task_id })).toMatchObject({ ok: { task: { state: 'cancelled' } } });
    expect(codeOf(t.request({ type: 'task.submit', lane: 'one-more', task }))).toBe('too_many_lanes');
  });

  test('the one that rests longest goes when nothing of it is promised any more, and its name gets another log', async () => {
    const { t } = await full();
    const [before] = t.hub.lanes(t.access).filter(({ lane }) => lane === 'first');
    t.clock.advance(KEPT_MS);
    t.submit(task, 'one-more');
    expect(t.hub.lanes(t.access).map(({ lane }) => lane)).not.toContain('first');
    expect(t.hub.lanes(t.access)).toHaveLength(11);
    const again = t.watcher({ lane: 'first' });
    expect(again.reply?.seq).toBe(0);
    expect(again.reply?.log).not.toBe(before?.log);
  });

  test('one that was stopped stays, whatever comes', async () => {
    const { t } = await full();
    t.request({ type: 'lane.stop', lane: 'first' });
    await turnEnds();
    for (let lane = 0; lane < 20; lane++) {
      t.clock.advance(KEPT_MS);
      t.request({ type: 'lane.start', lane: `new-${lane}` });
      await turnEnds();
    }
    expect(t.request({ type: 'lane.status', lane: 'first' })).toMatchObject({ ok: { state: { started: false } } });
  });
});

test('a submit that is refused makes no lane', async () => {
  const t = await TestHub.open();
  const call = { name: 'x', call: true, parent_id: 'nobody' };
  const refused = t.request({ type: 'task.submit', lane: 'new', task: call });
  expect(refused).toMatchObject({ error: { code: 'forbidden', issues: [{ path: 'task.parent_id' }] } });
  expect(t.hub.lanes(t.access)).toEqual([]);
  t.submit({ name: 'x' }, 'new');
  expect(t.request({ type: 'task.submit', lane: 'new', task: call })).toEqual(refused);
});

test('after a start that brought more lanes than may be in memory, those at rest make room for no more than there may be', async () => {
  const t = await TestHub.open({ limits: { lanes_max: 2 } });
  for (const lane of ['a', 'b', 'c', 'd']) {
    const state = { lane: createLane({ lane, log: 'l' }), facts: [], ended: [], forks: {} };
    t.hub.lanesInMemory.restore(state, null);
  }
  await turnEnds();
  for (const lane of ['busy-1', 'busy-2']) expect(t.submit({ name: 'x' }, lane)).toBeTruthy();
  await turnEnds();
  expect(codeOf(t.request({ type: 'task.submit', lane: 'busy-3', task: { name: 'x' } }))).toBe('too_many_lanes');
  expect(inMemory(t).sort()).toEqual(['busy-1', 'busy-2']);
});

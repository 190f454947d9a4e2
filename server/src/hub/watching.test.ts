import { expect, test } from 'vitest';
import { TestHub, type TestClient, turnEnds } from './testing/test-hub.js';

test('a new watcher gets a snapshot, then the state, then what happens', async () => {
  const t = await TestHub.open();
  t.submit({ name: 'x' });
  const watcher = t.watcher();
  expect(watcher.reply).toMatchObject({ lane: 'main', seq: 1, recovered: false, snapshot: { seq: 1, queue_size: 1 } });
  expect(watcher.messages).toEqual([]);
  await turnEnds();
  expect(watcher.messages).toMatchObject([{ type: 'state', seq: 1, queue_size: 1 }]);
  t.flip();
  await turnEnds();
  expect(watcher.messages.map(({ type }) => type)).toEqual(['state', 'event', 'state']);
});

test('the state is told once a turn, when it changed', async () => {
  const t = await TestHub.open();
  const watcher = t.watcher({ topics: ['state'] });
  await turnEnds();
  for (let at = 0; at < 5; at++) t.submit({ name: 'x' });
  await turnEnds();
  expect(watcher.of('state').map(({ seq, queue_size }) => [seq, queue_size])).toEqual([
    [0, 0],
    [5, 5],
  ]);
  t.client().register(['nothing-of-that']);
  await turnEnds();
  expect(watcher.of('state')).toHaveLength(2);
  expect(watcher.of('event')).toEqual([]);
});

test('a watcher that comes back in time gets the facts it missed and no snapshot', async () => {
  const t = await TestHub.open();
  const { reply } = t.watcher();
  for (let at = 0; at < 3; at++) t.flip();
  const back = t.watcher({ since: { log: reply?.log ?? '', seq: 1 } });
  expect(back.reply).toEqual({ lane: 'main', log: reply?.log, seq: 3, recovered: true });
  t.flip();
  expect(back.seqs()).toEqual([2, 3, 4]);
});

test.each([
  ['another log', 'other', 1],
  ['a number that was never given', null, 9],
])('%s is not recovered: there is a snapshot and no replay', async (_what, log, seq) => {
  const t = await TestHub.open();
  t.flip();
  t.flip();
  const own = t.watcher().reply?.log ?? '';
  const back = t.watcher({ since: { log: log ?? own, seq } });
  expect(back.reply).toMatchObject({ recovered: false, seq: 2, snapshot: { seq: 2, log: own } });
  expect(back.seqs()).toEqual([]);
});

test('facts that are too old are not half replayed', async () => {
  const t = await TestHub.open({ limits: { fact_ring_items_max: 2 } });
  const log = t.watcher().reply?.log ?? '';
  for (let at = 0; at < 4; at++) t.flip();
  expect(t.watcher({ since: { log, seq: 1 } })).toMatchObject({ reply: { recovered: false }, messages: [] });
  expect(t.watcher({ since: { log, seq: 2 } }).seqs()).toEqual([3, 4]);
});

test('whoever subscribes without the topic task is recovered too, without facts', async () => {
  const t = await TestHub.open();
  const log = t.watcher().reply?.log ?? '';
  t.flip();
  expect(t.watcher({ topics: ['state'], since: { log, seq: 0 } })).toMatchObject({
    reply: { recovered: true },
    messages: [],
  });
});

test('watchers that come and go in the middle of things miss nothing and see nothing twice', async () => {
  const t = await TestHub.open();
  const seen: number[] = [];
  let since: { log: string; seq: number } | undefined;
  // An arbitrary but fixed mixture of changes, short and long absences.
  for (let round = 0; round < 60; round++) {
    for (let at = 0; at < (round * 7) % 5; at++) t.flip();
    const watcher = t.watcher(since === undefined ? {} : { since });
    for (let at = 0; at < (round * 3) % 4; at++) t.flip();
    if (round % 3 === 0) await turnEnds();
    watcher.unsubscribe();
    t.flip();
    const seqs = watcher.seqs();
    seen.push(...seqs);
    const first = since === undefined ? (watcher.reply?.seq ?? 0) : since.seq;
    since = { log: watcher.reply?.log ?? '', seq: seqs.at(-1) ?? first };
  }
  expect(seen.length).toBeGreaterThan(100);
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, at) => (seen[0] ?? 0) + at));
});

async function streaming(): Promise<{ t: TestHub; worker: TestClient; task_id: string; epoch: number }> {
  const t = await TestHub.open();
  const worker = t.client();
  worker.register(['x']);
  const task_id = t.submit({ name: 'x' });
  const { epoch } = worker.last('task.dispatch');
  worker.says({ type: 'stream.open', task_id, epoch });
  worker.says({ type: 'stream.open', task_id, epoch, stream: 'voice', content_type: 'audio/pcm' });
  for (let seq = 0; seq < 4; seq++) {
    worker.says({ type: 'stream.chunk', task_id, epoch, seq, data: `w${seq}` });
    worker.says({ type: 'stream.chunk', task_id, epoch, stream: 'voice', seq, data: Uint8Array.of(seq) });
  }
  return { t, worker, task_id, epoch };
}

test('kept text comes from its start, audio only to who says where it was', async () => {
  const { t, task_id } = await streaming();
  const fresh = t.watcher({ topics: ['text', 'audio'] });
  expect(fresh.of('chunk').map(({ stream, seq }) => [stream, seq])).toEqual([0, 1, 2, 3].map((seq) => ['main', seq]));
  const log = fresh.reply?.log ?? '';
  const seq = fresh.reply?.seq ?? 0;
  const since = { log, seq, streams: { [`${task_id}/main`]: 2, [`${task_id}/voice`]: 1 } };
  const back = t.watcher({ topics: ['text', 'audio'], since });
  expect(back.of('chunk').map(({ stream, seq }) => [stream, seq])).toEqual([
    ['main', 3],
    ['voice', 2],
    ['voice', 3],
  ]);
});

test('the snapshot has the text so far for who watches text, and clients for who watches clients', async () => {
  const { t } = await streaming();
  expect(t.watcher({ topics: ['text'] }).reply?.snapshot?.streams[0]).toMatchObject({ text: 'w0w1w2w3', next_seq: 4 });
  expect(t.watcher({ topics: ['task'] }).reply?.snapshot?.streams[0]?.text).toBe('');
  expect(t.watcher({ topics: ['task'] }).reply?.snapshot?.clients).toBeUndefined();
  expect(t.watcher({ topics: ['client'] }).reply?.snapshot?.clients).toMatchObject([
    { name: 'test', workers: { main: ['x'] } },
  ]);
});

test('text goes to watchers of text and audio to watchers of audio', async () => {
  const { t, worker, task_id, epoch } = await streaming();
  const text = t.watcher({ topics: ['text'] });
  const audio = t.watcher({ topics: ['audio'] });
  worker.says({ type: 'stream.chunk', task_id, epoch, seq: 4, data: 'w4' });
  worker.says({ type: 'stream.chunk', task_id, epoch, stream: 'voice', seq: 4, data: Uint8Array.of(4) });
  expect(text.of('chunk').at(-1)).toMatchObject({ stream: 'main', seq: 4 });
  expect(audio.of('chunk')).toMatchObject([{ stream: 'voice', seq: 4, data: Uint8Array.of(4) }]);
});

test('bytes of a chunk are a copy: the frame they came in is not kept', async () => {
  const { t, worker, task_id, epoch } = await streaming();
  const audio = t.watcher({ topics: ['audio'] });
  const frame = new Uint8Array(1_000);
  worker.says({ type: 'stream.chunk', task_id, epoch, stream: 'voice', seq: 4, data: frame.subarray(10, 12) });
  const { data } = audio.of('chunk')[0] ?? { data: '' };
  expect((data as Uint8Array).buffer.byteLength).toBe(2);
});

test('a watcher of all lanes gets each where it stopped, and lanes that are made later', async () => {
  const t = await TestHub.open();
  t.flip('a');
  t.flip('b');
  const log = t.watcher({ lane: 'a' }).reply?.log ?? '';
  t.flip('a');
  const all = t.watcher({ lane: '*', since: { a: { log, seq: 1 } } });
  expect(all.reply).toEqual({
    lane: '*',
    lanes: { a: { log, seq: 2, recovered: true }, b: { log, seq: 1, recovered: false } },
  });
  expect(all.messages).toMatchObject([
    { type: 'event', lane: 'a', seq: 2 },
    { type: 'snapshot', lane: 'b', seq: 1 },
  ]);
  await turnEnds();
  expect(all.of('state').map(({ lane }) => lane)).toEqual(['a', 'b']);
  t.flip('c');
  expect(all.of('event').at(-1)).toMatchObject({ lane: 'c', seq: 1 });
});

test('a watcher of all lanes sees those that its token names', async () => {
  const t = await TestHub.open();
  t.flip('a');
  t.flip('b');
  const narrow = { ...t.access, grants: { ...t.access.grants, lanes: ['b'] } };
  const all = t.watcher({ lane: 'unused' }).subscribe(narrow, { lane: '*' });
  expect(Object.keys(all.reply?.lanes ?? {})).toEqual(['b']);
  t.flip('a');
  t.flip('b');
  expect(all.of('event').map(({ lane }) => lane)).toEqual(['b']);
});

test('watching over HTTP ends when the reader cannot take more, and when the hub goes away', async () => {
  const t = await TestHub.open();
  const got: string[] = [];
  const ends: string[] = [];
  const slow = t.hub.watch(
    t.access,
    { lane: 'main', topics: ['task'] },
    (message) => got.push(message.type) < 2,
    () => ends.push('slow'),
  );
  const good = t.hub.watch(
    t.access,
    { lane: 'main', topics: ['task'] },
    () => true,
    () => ends.push('good'),
  );
  expect('error' in slow || 'error' in good).toBe(false);
  expect(got).toEqual([]);
  for (let at = 0; at < 5; at++) t.flip();
  await turnEnds();
  expect(got).toEqual(['event', 'event']);
  expect(ends).toEqual(['slow']);
  await t.hub.close();
  expect(ends).toEqual(['slow', 'good']);
});

test('a long replay over HTTP comes in slices, with room for the world in between', async () => {
  const t = await TestHub.open();
  for (let at = 0; at < 100; at++) t.flip();
  const log = t.watcher().reply?.log ?? '';
  const slices: number[] = [];
  let taken = 0;
  t.hub.watch(t.access, { lane: 'main', topics: ['task'], since: { log, seq: 0 } }, () => ++taken > 0);
  while (taken < 100) {
    const before = taken;
    await new Promise((resolve) => setImmediate(resolve));
    slices.push(taken - before);
  }
  expect(taken).toBe(100);
  expect(Math.max(...slices)).toBeLessThan(50);
});

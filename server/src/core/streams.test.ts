import { describe, expect, it } from 'vitest';
import { chunksSince, fold } from './index.js';
import { createLane } from './lane.js';
import { codeOf, LaneDriver, laneWithWorker, okOf } from './testing/drive.js';

function streaming(options: Parameters<LaneDriver['submit']>[1] = {}): LaneDriver {
  const d = laneWithWorker();
  d.submit('a', options);
  d.open('a');
  return d;
}

/** All kept text as a watcher gets it that was never here before. */
function kept(d: LaneDriver, query: Partial<Parameters<typeof chunksSince>[1]> = {}): string[] {
  return chunksSince(d.lane, { text: true, audio: false, seq: 0, streams: {}, ...query }).map(
    ({ seq, data }) => `${seq}:${String(data).trim()}`,
  );
}

function acks(d: LaneDriver) {
  return d.orders.filter(({ order }) => order.type === 'stream.ack');
}

/** Ends the first run, so that the next one is a new attempt. */
const NEW_ATTEMPT: [string, Parameters<LaneDriver['submit']>[1], (d: LaneDriver) => void][] = [
  [
    'a restart',
    { on_interrupt: 'restart', priority: 'LOW' },
    (d) => {
      d.submit('b', { priority: 'HIGH' });
      d.cancelled('a');
      d.complete('b');
    },
  ],
  [
    'a retry',
    { max_attempts: 2 },
    (d) => {
      d.fail('a', true);
      d.advance(1_000);
    },
  ],
  [
    'another executor',
    { max_attempts: 2 },
    (d) => {
      d.worker('other', ['*']);
      d.end('w');
      d.advance(1_000);
    },
  ],
];

describe('a chunk', () => {
  it('is fanned out with the task, stream and epoch, and never is a fact', () => {
    const d = streaming();
    const { seq } = d.lane;
    d.chunk('a', 0, 'Hello ');
    expect(d.chunks).toEqual([
      { type: 'chunk', lane: 'main', task_id: 'a', stream: 'main', epoch: 1, seq: 0, data: 'Hello ' },
    ]);
    expect(d.lane.seq).toBe(seq);
  });

  it('below the expected one is a repeat and reaches nobody', () => {
    const d = streaming();
    d.chunk('a', 0, 'once');
    d.chunk('a', 0, 'twice');
    expect(d.chunks.map(({ data }) => data)).toEqual(['once']);
    expect(kept(d)).toEqual(['0:once']);
  });

  it('above the expected one is a gap that says which one is expected', () => {
    const d = streaming();
    d.chunk('a', 0);
    const reply = d.tryChunk('a', 2);
    expect(reply).toMatchObject({ error: { code: 'seq_gap', expected: 1 } });
    expect(d.chunks).toHaveLength(1);
  });

  it.each([
    ['that was never opened', () => undefined],
    ['that was closed', (d: LaneDriver) => [d.open('a', { stream: 'x' }), d.close('a', 'x')]],
  ])('for a stream %s is stream_not_open', (_, before) => {
    const d = streaming();
    before(d);
    expect(codeOf(d.tryChunk('a', 0, 'x', 'x'))).toBe('stream_not_open');
  });

  it('goes by the numbers of its own stream', () => {
    const d = streaming();
    d.open('a', { stream: 'voice' });
    d.chunk('a', 0);
    d.chunk('a', 0, 'v0', 'voice');
    d.chunk('a', 1);
    expect(d.chunks.map(({ stream, seq }) => `${stream}:${seq}`)).toEqual(['main:0', 'voice:0', 'main:1']);
  });

  it('of bytes is handed on as bytes', () => {
    const d = streaming();
    const data = new Uint8Array([1, 2, 3]);
    d.chunk('a', 0, data);
    expect(d.chunks[0]?.data).toBe(data);
  });
});

describe('a stream across pauses', () => {
  it('goes on counting in the same attempt, from the position the resume tells', () => {
    const d = streaming({ priority: 'LOW' });
    d.chunk('a', 0);
    d.submit('b', { priority: 'HIGH' });
    d.chunk('a', 1);
    d.paused('a');
    expect(codeOf(d.tryChunk('a', 2))).toBe('stale_epoch');
    d.complete('b');
    expect(d.lastOrder('task.resume').streams).toEqual({ main: 2 });
    d.chunk('a', 2);
    expect(d.chunks.map(({ seq, epoch }) => [seq, epoch])).toEqual([
      [0, 1],
      [1, 1],
      [2, 3],
    ]);
    expect(kept(d)).toEqual(['0:0', '1:1', '2:2']);
  });

  it('opened again in the same run goes on where it was', () => {
    const d = streaming();
    d.chunk('a', 0);
    d.close('a');
    d.open('a');
    expect(d.lastFact('stream.opened').from_seq).toBe(1);
    d.chunk('a', 1);
    expect(kept(d)).toEqual(['0:0', '1:1']);
  });

  it('opened again further back begins anew from there', () => {
    const d = streaming();
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    d.open('a', { from_seq: 1 });
    expect(d.lastFact('stream.opened').from_seq).toBe(1);
    d.chunk('a', 1, 'other');
    expect(kept(d)).toEqual(['0:0', '1:other']);
  });

  it('opened again further back keeps what lies before in the journal', () => {
    const d = streaming();
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    d.open('a', { from_seq: 1 });
    d.chunk('a', 1, 'other');
    d.complete('a');
    const again = createLane({ lane: 'main', log: 'log-1' });
    for (const record of d.records) fold(again, record);
    // Chunk 0 was accepted but not yet in a batch when the stream was opened anew; the journal once never got it.
    expect(chunksSince(again, { text: true, audio: false, seq: 0, streams: {} }).map(({ data }) => data)).toEqual([
      '0 ',
      'other',
    ]);
  });

  // Found by the simulation: a dispatch told `checkpoint_streams` 4 where only chunks below 3 were left.
  it('opened again further back takes the position of the checkpoint along', () => {
    const d = streaming({ max_attempts: 2 });
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    d.open('a', { stream: 'voice' });
    d.chunk('a', 0, 'hm', 'voice');
    d.checkpoint('a', 'c1');
    d.open('a', { from_seq: 1 });
    d.chunk('a', 1, 'other');
    d.fail('a', true);
    d.advance(1_000);
    const { resume } = d.lastOrder('task.dispatch');
    expect(resume).toMatchObject({ checkpoint_streams: { main: 1, voice: 1 }, streams: { main: 2, voice: 1 } });
    expect(codeOf(d.tryOpen('a', { from_seq: resume?.checkpoint_streams['main'] ?? 0 }))).toBe('ok');
  });

  it('cannot be opened past what was accepted', () => {
    const d = streaming();
    d.chunk('a', 0);
    expect(d.tryOpen('a', { from_seq: 2 })).toMatchObject({ error: { code: 'seq_gap', expected: 1 } });
    expect(codeOf(d.tryOpen('a', { from_seq: 1 }))).toBe('ok');
  });
});

describe.each(NEW_ATTEMPT)('a new attempt by %s', (_, options, again) => {
  it('without a checkpoint has no resume and opens its streams from 0', () => {
    const d = streaming(options);
    d.chunk('a', 0);
    again(d);
    expect(d.lastOrder('task.dispatch')).toMatchObject({ resume: null });
    expect(d.holder()).toBe('a');
    d.open('a');
    expect(d.lastFact('stream.opened').from_seq).toBe(0);
    d.chunk('a', 0, 'anew');
    expect(kept(d)).toEqual(['0:anew']);
  });

  it('has to open its streams before it writes', () => {
    const d = streaming(options);
    d.chunk('a', 0);
    again(d);
    expect(codeOf(d.tryChunk('a', 1))).toBe('stream_not_open');
    expect(d.status().state).toMatchObject({ streaming: false, mode: 'busy' });
  });

  it('with a checkpoint is told it, its stream positions, and how far all was accepted; streams go on there', () => {
    const d = streaming(options);
    d.chunk('a', 0);
    d.checkpoint('a', { at: 1 });
    d.chunk('a', 1);
    d.heard('a', 0);
    again(d);
    expect(d.lastOrder('task.dispatch').resume).toEqual({
      checkpoint: { at: 1 },
      checkpoint_streams: { main: 1 },
      streams: { main: 2 },
      heard: { main: { overlay: 0 } },
    });
    d.open('a');
    expect(d.lastFact('stream.opened').from_seq).toBe(2);
    expect(kept(d)).toEqual(['0:0', '1:1']);
  });

  it('with a checkpoint is told at a resume where its own streams are, and takes the positions of the checkpoint along', () => {
    const d = streaming({ ...options, priority: 'LOW' });
    d.chunk('a', 0);
    d.checkpoint('a', 'c1');
    d.chunk('a', 1);
    again(d);
    const session_id = d.lane.tasks.get('a')!.run!.session_id;
    d.lose(session_id);
    d.back(session_id, ['a']);
    expect(d.lastOrder('task.resume')).toMatchObject({ checkpoint: 'c1', streams: {} });
    d.checkpoint('a', 'c2');
    expect(d.last.records.at(-1)).toMatchObject({ kind: 'checkpoint', streams: { main: 1 } });
    d.open('a');
    d.lose(session_id);
    d.back(session_id, ['a']);
    expect(d.lastOrder('task.resume').streams).toEqual({ main: 2 });
  });

  it('with a checkpoint may go back to the position at the checkpoint', () => {
    const d = streaming(options);
    d.chunk('a', 0);
    d.checkpoint('a', { at: 1 });
    d.chunk('a', 1);
    again(d);
    d.open('a', { from_seq: 1 });
    d.chunk('a', 1, 'anew');
    expect(kept(d)).toEqual(['0:0', '1:anew']);
  });

  it('without a checkpoint is told no position of a stream that it has not opened', () => {
    const d = streaming({ ...options, priority: 'LOW' });
    d.chunk('a', 0);
    again(d);
    d.lose('w');
    d.lose('other');
    d.back(d.lane.tasks.get('a')!.run!.session_id, ['a']);
    expect(d.lastOrder('task.resume').streams).toEqual({});
    d.checkpoint('a', 'c1');
    expect(d.last.records.at(-1)).toMatchObject({ kind: 'checkpoint', streams: {} });
    d.open('a');
    d.chunk('a', 0, 'anew');
    d.checkpoint('a', 'c2');
    expect(d.last.records.at(-1)).toMatchObject({ kind: 'checkpoint', streams: { main: 1 } });
  });

  it('is what a watcher that saw the old text is told to cut to', () => {
    const d = streaming(options);
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    const seen = { seq: d.lane.seq, streams: { 'a/main': 2 } };
    again(d);
    d.open('a');
    d.chunk('a', 0, 'new0');
    expect(kept(d, seen)).toEqual(['0:new0']);
    expect(kept(d, { seq: d.lane.seq, streams: { 'a/main': 0 } })).toEqual([]);
  });
});

// A crash took back chunks that a watcher had seen; the run that goes on opened its stream again where the hub had it.
it('a stream opened again in its run, where it is, is told from there to a watcher that had seen more', () => {
  const d = streaming();
  d.chunk('a', 0);
  const seen = { seq: d.lane.seq, streams: { 'a/main': 2 } };
  d.open('a', { from_seq: 1 });
  for (const seq of [1, 2, 3]) d.chunk('a', seq);
  expect(kept(d, seen)).toEqual(['1:1', '2:2', '3:3']);
});

it('a stream opened again where it is keeps what waits for the journal', () => {
  const d = streaming();
  d.chunk('a', 0);
  d.open('a', { from_seq: 1 });
  d.chunk('a', 1);
  d.advance(1_000);
  const again = createLane({ lane: 'main', log: 'log-1' });
  for (const record of d.records) fold(again, record);
  expect(chunksSince(again, { text: true, audio: false, seq: 0, streams: {} }).map(({ data }) => data)).toEqual([
    '0 ',
    '1 ',
  ]);
});

describe('kept chunks', () => {
  it('are replayed after the last one seen', () => {
    const d = streaming();
    for (let seq = 0; seq < 4; seq += 1) d.chunk('a', seq);
    expect(kept(d, { seq: d.lane.seq, streams: { 'a/main': 1 } })).toEqual(['2:2', '3:3']);
  });

  it('come from their start when the watcher says nothing of the stream', () => {
    const d = streaming();
    for (let seq = 0; seq < 2; seq += 1) d.chunk('a', seq);
    expect(kept(d, { seq: d.lane.seq, streams: { 'b/main': 7 } })).toEqual(['0:0', '1:1']);
  });

  it('of text and of audio are told to those who asked for them', () => {
    const d = streaming();
    d.open('a', { stream: 'audio' });
    d.chunk('a', 0, 'text');
    d.chunk('a', 0, new Uint8Array([1]), 'audio');
    expect(kept(d, { text: true, audio: false })).toEqual(['0:text']);
    expect(kept(d, { text: false, audio: true })).toEqual(['0:1']);
    expect(kept(d, { text: true, audio: true })).toEqual(['0:text', '0:1']);
  });

  it('stay until 60 s after the end of their task', () => {
    const d = streaming();
    d.chunk('a', 0);
    d.advance(500_000);
    d.complete('a');
    d.advance(59_999);
    expect(kept(d)).toEqual(['0:0']);
    d.advance(1);
    expect(kept(d)).toEqual([]);
  });

  it('stay while their task is paused', () => {
    const d = streaming({ priority: 'LOW' });
    d.chunk('a', 0);
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.advance(120_000);
    expect(kept(d)).toEqual(['0:0']);
  });

  it.each([
    ['text', 'text_kept_bytes_max', 'xxxx'],
    ['audio', 'audio_kept_bytes_max', new Uint8Array(4)],
  ] as const)('of %s are at most %s a stream: the oldest make room', (_, bound, data) => {
    const d = laneWithWorker({ [bound]: 10 });
    d.submit('a');
    d.open('a');
    for (let seq = 0; seq < 5; seq += 1) d.chunk('a', seq, data);
    expect(chunksSince(d.lane, { text: true, audio: true, seq: 0, streams: {} }).map(({ seq }) => seq)).toEqual([3, 4]);
  });

  it('count their text in bytes of UTF-8', () => {
    const d = laneWithWorker({ text_kept_bytes_max: 12 });
    d.submit('a');
    d.open('a');
    for (const [seq, data] of ['aé', '€', '😀', 'zzzzz'].entries()) d.chunk('a', seq, data);
    // 3 + 3 + 4 + 5 bytes
    expect(kept(d).map((one) => one.split(':')[0])).toEqual(['1', '2', '3']);
  });
});

describe('accepted text', () => {
  it('is acknowledged after 1 s, once it is in the journal', () => {
    const d = streaming();
    d.chunk('a', 0);
    d.advance(400);
    d.chunk('a', 1);
    d.advance(599);
    expect(acks(d)).toEqual([]);
    d.advance(1);
    expect(acks(d)).toMatchObject([
      {
        kind: 'order',
        session_id: 'w',
        after_journal: true,
        order: { type: 'stream.ack', lane: 'main', task_id: 'a', streams: { main: 2 } },
      },
    ]);
    expect(d.last.records).toEqual([
      {
        kind: 'stream.accepted',
        at: d.now,
        task_id: 'a',
        stream: 'main',
        from_seq: 0,
        next_seq: 2,
        chunks: ['0 ', '1 '],
      },
    ]);
    d.advance(10_000);
    expect(acks(d)).toHaveLength(1);
  });

  it('is acknowledged each 64 KiB', () => {
    const d = streaming();
    d.chunk('a', 0, 'x'.repeat(40_000));
    expect(acks(d)).toEqual([]);
    d.chunk('a', 1, 'x'.repeat(40_000));
    expect(acks(d)).toHaveLength(1);
    d.chunk('a', 2);
    expect(acks(d)).toHaveLength(1);
  });

  it('is in the journal before a checkpoint, and before the end of its task', () => {
    const d = streaming();
    d.chunk('a', 0);
    d.checkpoint('a', 1);
    expect(d.last.records.map(({ kind }) => kind)).toEqual(['stream.accepted', 'checkpoint']);
    d.chunk('a', 1);
    d.complete('a');
    expect(d.last.records.map(({ kind }) => kind)).toEqual(['stream.accepted', 'stream.closed', 'task.completed']);
  });

  it('is acknowledged with the pause', () => {
    const d = streaming({ priority: 'LOW' });
    d.submit('b', { priority: 'HIGH' });
    d.chunk('a', 0);
    d.paused('a');
    expect(acks(d).map(({ order }) => order)).toEqual([
      { type: 'stream.ack', lane: 'main', task_id: 'a', streams: { main: 1 } },
    ]);
  });

  it('survives a crash up to the last batch, and the resume says from where it is sent again', () => {
    const d = streaming();
    d.chunk('a', 0);
    d.advance(1_000);
    d.chunk('a', 1);
    d.crash();
    expect(kept(d)).toEqual(['0:0']);
    d.back('w', ['a']);
    expect(d.lastOrder('task.resume').streams).toEqual({ main: 1 });
  });

  it('of audio leaves only its position in the journal', () => {
    const d = streaming();
    d.chunk('a', 0, new Uint8Array(10));
    d.advance(1_000);
    expect(d.last.records).toEqual([
      { kind: 'stream.accepted', at: d.now, task_id: 'a', stream: 'main', from_seq: 0, next_seq: 1 },
    ]);
  });
});

describe('what was heard', () => {
  // Found by the simulation: "overlay heard 0 of TASK, which has 0" after a crash.
  it('comes after the text in the journal, so that no crash leaves it alone', () => {
    const d = streaming();
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    okOf(d.heard('a', 1));
    expect(d.last.records).toMatchObject([
      { kind: 'stream.accepted', next_seq: 3 },
      { kind: 'heard', heard_seq: 1 },
    ]);
    okOf(d.heard('a', 2));
    expect(d.last.records).toMatchObject([{ kind: 'heard', heard_seq: 2 }]);
  });

  it('is told by stream and sink when the task goes on', () => {
    const d = streaming({ priority: 'LOW' });
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    okOf(d.heard('a', 0, 'obs'));
    okOf(d.heard('a', 1, 'phone'));
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.complete('b');
    expect(d.lastOrder('task.resume').heard).toEqual({ main: { obs: 0, phone: 1 } });
  });

  it.each([
    ['is clamped to what was accepted', [99], 2],
    ['never goes back', [2, 0], 2],
    ['goes on', [0, 1], 1],
  ])('%s', (_, reports, expected) => {
    const d = streaming({ priority: 'LOW' });
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    for (const seq of reports) okOf(d.heard('a', seq));
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.complete('b');
    expect(d.lastOrder('task.resume').heard).toEqual({ main: { overlay: expected } });
  });

  it('of a stream that nothing was accepted of is nothing', () => {
    const d = streaming({ priority: 'LOW' });
    okOf(d.heard('a', 5));
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.complete('b');
    expect(d.lastOrder('task.resume').heard).toEqual({});
  });

  it('is cut back with a stream that is opened anew', () => {
    const d = streaming();
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    d.heard('a', 2);
    d.open('a', { from_seq: 1 });
    d.lose('w');
    d.back('w', ['a']);
    expect(d.lastOrder('task.resume')).toMatchObject({ heard: { main: { overlay: 0 } }, streams: { main: 1 } });
  });

  it('of a stream that is not there is not_found', () => {
    const d = streaming();
    expect(codeOf(d.heard('a', 0, 'obs', 'other'))).toBe('not_found');
    expect(codeOf(d.heard('nobody', 0))).toBe('not_found');
  });

  it('outlives a crash, beside the numbers of facts', () => {
    const d = streaming();
    d.chunk('a', 0);
    d.advance(1_000);
    const { seq } = d.lane;
    d.heard('a', 0);
    expect(d.lane.seq).toBe(seq);
    d.crash();
    d.back('w', ['a']);
    expect(d.lastOrder('task.resume').heard).toEqual({ main: { overlay: 0 } });
  });
});

describe('the facts of streams', () => {
  it('tell opening and closing', () => {
    const d = streaming();
    d.chunk('a', 0);
    d.close('a');
    expect(d.lastFact('stream.opened')).toMatchObject({
      task_id: 'a',
      stream: 'main',
      content_type: 'text/plain',
      can_interrupt: true,
      from_seq: 0,
    });
    expect(d.lastFact('stream.closed')).toMatchObject({ task_id: 'a', stream: 'main', next_seq: 1 });
  });

  it('close with its task what the executor left open', () => {
    const d = streaming();
    d.told();
    d.complete('a');
    expect(d.told()).toEqual(['stream.closed a', 'task.completed a']);
  });

  it('are bounded: a task has at most 32 streams', () => {
    const d = streaming();
    for (let i = 1; i < 32; i += 1) d.open('a', { stream: `s${i}` });
    expect(codeOf(d.tryOpen('a', { stream: 'one_more' }))).toBe('too_large');
    expect(codeOf(d.tryOpen('a', { stream: 's1' }))).toBe('ok');
  });
});

import type { ChunkMessage, StreamFact, TaskFact } from '@cuehub/protocol';
import { describe, expect, test } from 'vitest';
import { LaneView } from './lane-view.js';
import { emptySnapshot, taskView } from './testing/fake-hub.js';

const fact = (seq: number, log = 'log-1'): TaskFact => ({
  type: 'event',
  lane: 'main',
  log,
  seq,
  at: seq,
  event: 'task.queued',
  task: taskView(),
});
const opened = (seq: number, from_seq: number): StreamFact => ({
  type: 'event',
  lane: 'main',
  log: 'log-1',
  seq,
  at: seq,
  event: 'stream.opened',
  task_id: 'task-1',
  stream: 'main',
  from_seq,
});
const chunk = (seq: number, epoch = 1): ChunkMessage => ({
  type: 'chunk',
  lane: 'main',
  task_id: 'task-1',
  stream: 'main',
  epoch,
  seq,
  data: `w${seq}`,
});
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe('facts', () => {
  test('a repeated fact is dropped by its log and number', () => {
    const view = new LaneView('main');
    expect(view.accept(fact(1))).toHaveLength(1);
    expect(view.accept(fact(1))).toEqual([]);
    expect(view.accept(fact(2))).toHaveLength(1);
    expect(view.accept(fact(1, 'log-2'))).toHaveLength(1);
  });

  test('a fact that is missing is announced before the next', () => {
    const view = new LaneView('main');
    view.accept(fact(1));
    expect(view.accept(fact(5))).toMatchObject([
      { type: 'gap', reason: 'missed', facts: { from_seq: 2, to_seq: 4 } },
      { seq: 5 },
    ]);
  });

  test('a snapshot is where facts go on from', () => {
    const view = new LaneView('main');
    view.snapshot(emptySnapshot({ seq: 40 }));
    expect(view.accept(fact(40))).toEqual([]);
    expect(types(view.accept(fact(41)))).toEqual(['event']);
    expect(view.status).toMatchObject({ type: 'state', seq: 40, queue_size: 0 });
  });

  test('a recovered view goes on under the new log without a gap', () => {
    const view = new LaneView('main');
    view.accept(fact(7));
    view.recovered('log-2', 7);
    expect(types(view.accept(fact(8, 'log-2')))).toEqual(['event']);
    expect(view.since()).toMatchObject({ log: 'log-2', seq: 8 });
  });
});

describe('chunks', () => {
  test('since names the last chunk seen of each stream', () => {
    const view = new LaneView('main');
    expect(view.since()).toBeUndefined();
    view.snapshot(emptySnapshot({ seq: 3 }));
    view.accept(chunk(0));
    view.accept(chunk(1));
    expect(view.since()).toEqual({ log: 'log-1', seq: 3, streams: { 'task-1/main': 1 } });
  });

  test('a chunk that was seen is dropped, also one that the snapshot showed', () => {
    const view = new LaneView('main');
    const stream = {
      task_id: 'task-1',
      stream: 'main',
      content_type: 'text/plain',
      next_seq: 3,
      text: 'w0w1w2',
      text_from: 0,
    };
    view.snapshot(emptySnapshot({ streams: [stream], paused: [taskView({ state: 'paused', epoch: 4 })] }));
    expect(view.accept(chunk(2, 4))).toEqual([]);
    expect(types(view.accept(chunk(3, 4)))).toEqual(['chunk']);
    expect(view.accept(chunk(3, 4))).toEqual([]);
  });

  test('a stream that is opened anew is cut where it begins', () => {
    const view = new LaneView('main');
    for (const seq of [0, 1, 2]) view.accept(chunk(seq));
    expect(view.accept(opened(1, 1))).toMatchObject([
      { type: 'cut', task_id: 'task-1', stream: 'main', from_seq: 1 },
      { event: 'stream.opened' },
    ]);
    expect(types(view.accept(chunk(1, 2)))).toEqual(['chunk']);
  });

  test('one that goes on is not cut', () => {
    const view = new LaneView('main');
    expect(types(view.accept(opened(1, 0)))).toEqual(['event']);
    view.accept(chunk(0));
    expect(types(view.accept(opened(2, 1)))).toEqual(['event']);
  });

  test('who watches only text learns of a new attempt by its first chunk', () => {
    const view = new LaneView('main');
    for (const seq of [0, 1, 2]) view.accept(chunk(seq));
    expect(view.accept(chunk(0, 5))).toMatchObject([
      { type: 'cut', from_seq: 0 },
      { seq: 0, epoch: 5 },
    ]);
    expect(types(view.accept(chunk(1, 5)))).toEqual(['chunk']);
  });

  test('the fact that comes after such chunks does not cut them again', () => {
    const view = new LaneView('main');
    for (const seq of [0, 1, 2]) view.accept(chunk(seq));
    view.accept(chunk(0, 5));
    view.accept(chunk(1, 5));
    expect(types(view.accept(opened(1, 0)))).toEqual(['event']);
    expect(view.accept(chunk(1, 5))).toEqual([]);
    expect(types(view.accept(opened(2, 0)))).toEqual(['cut', 'event']);
  });

  test('the positions that are remembered are bounded', () => {
    const view = new LaneView('main');
    view.snapshot(emptySnapshot());
    for (let task = 0; task < 500; task += 1) view.accept({ ...chunk(0), task_id: `t${task}` });
    expect(Object.keys(view.since()?.streams ?? {})).toHaveLength(128);
  });
});

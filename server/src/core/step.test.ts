/** The table of PROTOCOL §4 (input by state), cell for cell, and the two fences of §5. */
import { describe, expect, it } from 'vitest';
import type { StepReply } from './types.js';
import { codeOf, LaneDriver, okOf } from './testing/drive.js';

type Row = 'running' | 'pausing' | 'cancelling' | 'restarting' | 'paused';
const ROWS: readonly Row[] = ['running', 'pausing', 'cancelling', 'restarting', 'paused'];

/** Task `a` (LOW, epoch 1, on session `w`) in one of the states; `b` (HIGH, on `w2`) is what displaced it. */
function inState(row: Row, options: Parameters<LaneDriver['submit']>[1] = {}): LaneDriver {
  const d = new LaneDriver();
  d.worker('w');
  d.worker('w2', ['other']);
  d.submit('a', { priority: 'LOW', ...(row === 'restarting' ? { on_interrupt: 'restart' as const } : {}), ...options });
  d.open('a');
  if (row === 'cancelling') d.cancel('a');
  else if (row !== 'running') d.submit('b', { priority: 'HIGH', name: 'other' });
  if (row === 'paused') d.paused('a');
  expect(d.task('a').state).toBe(row === 'restarting' ? 'cancelling' : row);
  d.told();
  d.ordered();
  return d;
}

interface Cell {
  /** What is answered: `ok` or an error code. */
  says?: string;
  /** State (reason) right after it. */
  then: string;
  facts?: string[];
  orders?: string[];
}

function table(
  name: string,
  act: (d: LaneDriver) => StepReply | undefined,
  cells: Record<Row, Cell>,
  options?: Parameters<LaneDriver['submit']>[1],
): void {
  describe(name, () => {
    it.each(ROWS)('while %s', (row) => {
      const d = inState(row, options);
      const cell = cells[row];
      const reply = act(d);
      expect(reply ? codeOf(reply) : 'ok').toBe(cell.says ?? 'ok');
      expect(d.state('a')).toBe(cell.then);
      const facts = d.told().filter((fact) => fact.endsWith(' a') && !fact.startsWith('stream.'));
      const orders = d.ordered().filter((order) => order.includes(' a '));
      expect({ facts, orders }).toEqual({ facts: cell.facts ?? facts, orders: cell.orders ?? orders });
    });
  });
}

const same: Record<Row, Cell> = {
  running: { then: 'running', facts: [] },
  pausing: { then: 'pausing (interrupted)', facts: [] },
  cancelling: { then: 'cancelling (requested)', facts: [] },
  restarting: { then: 'cancelling (displaced)', facts: [] },
  paused: { then: 'paused (interrupted)', facts: [] },
};

table('cancel', (d) => d.tryCancel('a', { operator: true, reason: 'enough' }), {
  running: { then: 'cancelling (enough)', facts: ['task.cancelling a'], orders: ['task.cancel a → w'] },
  pausing: { then: 'cancelling (enough)', facts: ['task.cancelling a'], orders: ['task.cancel a → w'] },
  cancelling: { then: 'cancelling (requested)', facts: [], orders: [] },
  restarting: { then: 'cancelling (enough)', facts: ['task.cancelling a'] },
  paused: { then: 'cancelled (enough)', facts: ['task.cancelled a'], orders: ['task.revoked a → w'] },
});

table('task.paused', (d) => d.frame('task.paused', 'a', { checkpoint: 7 }), {
  running: { ...same.running, says: 'not_pausing' },
  pausing: { then: 'paused (interrupted)', facts: ['task.paused a'] },
  cancelling: same.cancelling,
  restarting: same.restarting,
  paused: same.paused,
});

table('task.cancelled', (d) => d.frame('task.cancelled', 'a', {}), {
  running: { ...same.running, says: 'not_cancelling' },
  pausing: { ...same.pausing, says: 'not_cancelling' },
  cancelling: { then: 'cancelled (requested)', facts: ['task.cancelled a'], orders: [] },
  restarting: { then: 'queued', facts: ['task.queued a'], orders: [] },
  paused: same.paused,
});

const completed: Cell = { then: 'completed', facts: ['task.completed a'], orders: [] };
table('complete', (d) => d.frame('task.complete', 'a', { result: 1 }), {
  running: completed,
  pausing: completed,
  cancelling: completed,
  restarting: completed,
  paused: completed,
});

const failed: Cell = { then: 'failed (error)', facts: ['task.failed a'], orders: [] };
table('fail', (d) => d.frame('task.fail', 'a', { error: { code: 'x', message: 'y' }, retryable: false }), {
  running: failed,
  pausing: failed,
  cancelling: { then: 'cancelled (requested)', facts: ['task.cancelled a'] },
  restarting: { then: 'queued', facts: ['task.queued a'] },
  paused: failed,
});

table('checkpoint', (d) => d.frame('task.checkpoint', 'a', { checkpoint: 7 }), same);

const refused: Record<Row, Cell> = {
  running: { then: 'running', facts: ['hold.taken a'] },
  pausing: { ...same.pausing, says: 'preempting' },
  cancelling: { ...same.cancelling, says: 'preempting' },
  restarting: { ...same.restarting, says: 'preempting' },
  paused: { ...same.paused, says: 'stale_epoch' },
};
table('a new hold', (d) => d.tryHold('a'), refused);

table('a chunk', (d) => d.tryChunk('a', 0), { ...same, paused: { ...same.paused, says: 'stale_epoch' } });
table('progress', (d) => d.frame('task.progress', 'a', { ratio: 0.5 }), {
  ...same,
  paused: { ...same.paused, says: 'stale_epoch' },
});

table(
  'executor lost',
  (d) => {
    d.lose('w');
  },
  {
    running: { then: 'paused (executor_lost)', facts: ['task.paused a'], orders: [] },
    pausing: { then: 'paused (interrupted)', facts: ['task.paused a'], orders: [] },
    cancelling: { then: 'cancelled (requested)', facts: ['task.cancelled a'], orders: [] },
    restarting: { then: 'queued', facts: ['task.queued a'], orders: [] },
    paused: { then: 'paused (interrupted)', facts: [], orders: [] },
  },
);

describe('the executor of a paused task that is lost', () => {
  it('keeps its claim for session_ttl_ms', () => {
    const d = inState('paused');
    d.lose('w');
    d.advance(29_999);
    expect(d.task('a')).toMatchObject({ state: 'paused', waiting_for: 'session' });
    d.advance(1);
    expect(d.state('a')).toBe('failed (executor_lost)');
  });
});

table(
  'timeout',
  (d) => {
    d.advance(200);
    return undefined;
  },
  { ...same, running: { then: 'cancelling (timeout)', facts: ['task.cancelling a'], orders: ['task.cancel a → w'] } },
  { timeout_ms: 200 },
);

table('the interrupter disappears', (d) => (d.lane.tasks.has('b') ? d.tryCancel('b', { operator: true }) : undefined), {
  ...same,
  // The pause is complete: the order decides, and nobody else is there.
  paused: same.paused,
});

table('lane.stop', (d) => d.give({ kind: 'lane.stop', drain: false }), {
  ...same,
  running: { then: 'pausing (lane_stopped)', facts: ['task.pausing a'], orders: ['task.pause a → w'] },
});

describe('what is fanned out', () => {
  it.each(['running', 'pausing', 'cancelling', 'restarting'] as const)('while %s: chunks and progress', (row) => {
    const d = inState(row);
    d.chunk('a', 0);
    okOf(d.frame('task.progress', 'a', { ratio: 0.5, note: 'half' }));
    expect(d.chunks).toHaveLength(1);
    expect(d.progress).toEqual([{ type: 'progress', lane: 'main', task_id: 'a', ratio: 0.5, note: 'half' }]);
  });

  it('while paused: nothing', () => {
    const d = inState('paused');
    d.tryChunk('a', 0);
    d.frame('task.progress', 'a', { ratio: 0.5 });
    expect([...d.chunks, ...d.progress]).toEqual([]);
  });
});

describe('what is kept', () => {
  it.each(['running', 'pausing', 'restarting', 'paused'] as const)(
    'while %s: a checkpoint, for a later attempt',
    (row) => {
      const d = inState(row, { max_attempts: 2 });
      d.checkpoint('a', { at: row });
      if (row === 'restarting') d.cancelled('a');
      else d.fail('a', true);
      if (row !== 'running') d.complete('b');
      d.advance(1_000);
      expect(d.lastOrder('task.dispatch').resume).toMatchObject({ checkpoint: { at: row } });
    },
  );

  it('of a late task.paused is its checkpoint', () => {
    const d = inState('pausing');
    d.advance(250);
    d.paused('a', 'late');
    d.complete('b');
    expect(d.lastOrder('task.resume').checkpoint).toBe('late');
  });
});

describe('cancelling', () => {
  it.each(['running', 'pausing'] as const)(
    'while %s ends at the end of the grace when the executor is deaf, which is told so',
    (row) => {
      const d = inState(row, { pause_grace_ms: 400 });
      d.cancel('a', 'enough');
      expect(d.lastOrder('task.cancel')).toEqual({
        type: 'task.cancel',
        lane: 'main',
        task_id: 'a',
        epoch: 1,
        reason: 'enough',
        grace_ms: 400,
      });
      d.advance(399);
      expect(d.state('a')).toBe('cancelling (enough)');
      d.advance(1);
      expect(d.state('a')).toBe('cancelled (enough)');
      expect(d.lastOrder('task.revoked')).toMatchObject({ task_id: 'a', epoch: 1, reason: 'enough' });
    },
  );

  it('keeps the floor until it is over', () => {
    const d = inState('cancelling');
    d.submit('b', { priority: 'URGENT', name: 'other' });
    expect(d.holder()).toBe('a');
    d.cancelled('a');
    expect(d.holder()).toBe('b');
  });

  it('does not mind holds', () => {
    const d = inState('running', { interruptible: false });
    d.hold('a');
    d.cancel('a');
    expect(d.state('a')).toBe('cancelling (requested)');
    d.told();
    d.cancelled('a');
    expect(d.told()).toEqual(['hold.released a', 'stream.closed a', 'task.cancelled a']);
  });

  it('that overrides a restart ends the task for good', () => {
    const d = inState('restarting');
    d.cancel('a');
    d.cancelled('a');
    expect(d.state('a')).toBe('cancelled (requested)');
  });

  it('of a queued task is done at once, without a word to anybody', () => {
    const d = inState('paused');
    d.submit('c');
    d.ordered();
    d.cancel('c');
    expect(d.state('c')).toBe('cancelled (requested)');
    expect(d.ordered()).toEqual([]);
  });

  it('is idempotent: a terminal task answers with itself', () => {
    const d = inState('running');
    d.complete('a', 42);
    const { seq } = d.lane;
    expect(d.cancel('a')).toMatchObject({ state: 'completed', result: 42 });
    expect(d.lane.seq).toBe(seq);
  });

  it('of a task that is not there is not_found', () => {
    expect(codeOf(inState('running').tryCancel('nobody'))).toBe('not_found');
  });

  it('is for the principal that submitted it, and for operators', () => {
    const d = inState('running');
    expect(codeOf(d.tryCancel('a', { principal: 'stranger' }))).toBe('forbidden');
    expect(d.state('a')).toBe('running');
    expect(codeOf(d.tryCancel('a', { principal: 'producer' }))).toBe('ok');
  });
});

describe('a timeout', () => {
  it('is a cancel with grace, then the task has failed', () => {
    const d = inState('running', { timeout_ms: 1_000, max_attempts: 3 });
    d.advance(1_000);
    expect(d.lastOrder('task.cancel')).toMatchObject({ reason: 'timeout', grace_ms: 250 });
    d.advance(250);
    expect(d.state('a')).toBe('failed (timeout)');
    expect(d.task('a').error?.code).toBe('timeout');
  });

  it('that the executor confirms has failed', () => {
    const d = inState('running', { timeout_ms: 1_000 });
    d.advance(1_000);
    d.cancelled('a');
    expect(d.state('a')).toBe('failed (timeout)');
  });

  it('loses against an end that comes first', () => {
    const d = inState('running', { timeout_ms: 1_000 });
    d.advance(1_000);
    d.complete('a');
    expect(d.state('a')).toBe('completed');
  });

  it('counts running time only: not the grace of a pause, not the pause', () => {
    const d = inState('running', { timeout_ms: 1_000 });
    d.advance(600);
    d.submit('b', { priority: 'HIGH', name: 'other' });
    d.advance(250);
    expect(d.task('a').state).toBe('paused');
    d.advance(10_000);
    d.complete('b');
    d.advance(399);
    expect(d.state('a')).toBe('running');
    d.advance(1);
    expect(d.state('a')).toBe('cancelling (timeout)');
  });

  it('is 10 min when nothing is said', () => {
    const d = inState('running');
    d.advance(599_999);
    expect(d.state('a')).toBe('running');
    d.advance(1);
    expect(d.state('a')).toBe('cancelling (timeout)');
  });
});

describe('the fences', () => {
  const frames: [
    string,
    (d: LaneDriver, sender: { session_id?: string; epoch?: number }) => StepReply,
    'lane' | 'task',
  ][] = [
    [
      'stream.open',
      (d, s) => d.frame('stream.open', 'a', { stream: 'x', content_type: 'text/plain', can_interrupt: true, ...s }),
      'lane',
    ],
    ['stream.chunk', (d, s) => d.frame('stream.chunk', 'a', { stream: 'main', seq: 0, data: 'x', ...s }), 'lane'],
    ['stream.close', (d, s) => d.frame('stream.close', 'a', { stream: 'main', ...s }), 'lane'],
    ['floor.hold', (d, s) => d.frame('floor.hold', 'a', { new_hold_id: 'h', ...s }), 'lane'],
    ['floor.release', (d, s) => d.frame('floor.release', 'a', { hold_id: 'h', ...s }), 'lane'],
    ['task.progress', (d, s) => d.frame('task.progress', 'a', { ratio: 1, ...s }), 'lane'],
    ['task.paused', (d, s) => d.frame('task.paused', 'a', s), 'task'],
    ['task.cancelled', (d, s) => d.frame('task.cancelled', 'a', s), 'task'],
    ['task.checkpoint', (d, s) => d.frame('task.checkpoint', 'a', { checkpoint: 1, ...s }), 'task'],
    ['task.complete', (d, s) => d.frame('task.complete', 'a', s), 'task'],
    [
      'task.fail',
      (d, s) => d.frame('task.fail', 'a', { error: { code: 'x', message: 'y' }, retryable: false, ...s }),
      'task',
    ],
  ];

  describe.each(frames)('%s', (_, send, fence) => {
    it.each([
      ['of an older epoch', { epoch: 1 }],
      ['of an epoch to come', { epoch: 99 }],
      ['of another session', { session_id: 'w2' }],
    ])('%s is stale_epoch and reaches nobody', (_what, sender) => {
      const d = inState('paused');
      d.complete('b');
      expect(d.task('a')).toMatchObject({ state: 'running', epoch: 3 });
      const { seq } = d.lane;
      expect(codeOf(send(d, sender))).toBe('stale_epoch');
      expect(d.lane.seq).toBe(seq);
      expect(d.last.effects).toEqual([]);
      expect(d.last.records).toEqual([]);
    });

    it(`while paused needs ${fence === 'lane' ? "the lane's current epoch, so it is stale" : "the task's latest epoch, so it is taken"}`, () => {
      const d = inState('paused');
      expect(codeOf(send(d, {}))).toBe(fence === 'lane' ? 'stale_epoch' : 'ok');
    });

    it('of a task that is over, or was never there, is stale_epoch', () => {
      const d = inState('running');
      d.complete('a');
      expect(codeOf(send(d, { session_id: 'w', epoch: 1 }))).toBe('stale_epoch');
      expect(codeOf(d.frame('task.complete', 'nobody', { session_id: 'w', epoch: 1 }))).toBe('stale_epoch');
    });

    it('of a run that was taken back by a retry is stale_epoch', () => {
      const d = inState('running', { max_attempts: 2 });
      d.fail('a', true);
      expect(codeOf(send(d, { session_id: 'w', epoch: 1 }))).toBe('stale_epoch');
    });
  });
});

describe('work that was finished while paused', () => {
  it('is not thrown away, and the task never takes the floor again', () => {
    const d = inState('paused');
    d.complete('a', 'done');
    expect(d.task('a')).toMatchObject({ state: 'completed', result: 'done' });
    d.complete('b');
    expect(d.holder()).toBeNull();
  });

  it('may be sent again after an adoption, with the latest epoch', () => {
    const d = inState('running');
    d.lose('w');
    d.submit('b', { priority: 'HIGH', name: 'other' });
    d.hello('w3', ['a'], 'w');
    d.complete('a', 'done');
    expect(d.state('a')).toBe('completed');
  });
});

describe('a step', () => {
  it('never lets `at` go back, though the clock does', () => {
    const d = inState('running');
    const { at } = d.facts.at(-1)!;
    d.now -= 60_000;
    d.submit('c');
    expect(d.facts.at(-1)!.at).toBe(at);
  });

  it('fires what is due before it takes its input', () => {
    const d = inState('pausing');
    d.now += 250;
    d.paused('a', 'late but not lost');
    expect(d.told().slice(0, 2)).toEqual(['task.paused a', 'task.started b']);
  });

  it('counts the runs of each session by load effects', () => {
    const d = inState('pausing');
    d.paused('a');
    d.complete('b');
    d.lose('w');
    expect(d.loads).toEqual([
      { session_id: 'w', delta: 1 },
      { session_id: 'w', delta: -1 },
      { session_id: 'w2', delta: 1 },
      { session_id: 'w2', delta: -1 },
      { session_id: 'w', delta: 1 },
      { session_id: 'w', delta: -1 },
    ]);
  });
});

describe('progress', () => {
  it('is conflated to 10 a second a task: the first at once, then the latest', () => {
    const d = inState('running');
    for (let i = 1; i <= 5; i += 1) {
      okOf(d.frame('task.progress', 'a', { ratio: i / 10 }));
      d.advance(10);
    }
    okOf(d.frame('task.progress', 'a', { note: 'nearly' }));
    expect(d.progress.map(({ ratio }) => ratio)).toEqual([0.1]);
    d.advance(50);
    expect(d.progress.map(({ ratio, note }) => [ratio, note])).toEqual([
      [0.1, undefined],
      [0.5, 'nearly'],
    ]);
    d.advance(1_000);
    expect(d.progress).toHaveLength(2);
  });

  it('is never stale for good: the latest is told before the task leaves the floor', () => {
    const d = inState('running');
    okOf(d.frame('task.progress', 'a', { ratio: 0.1 }));
    okOf(d.frame('task.progress', 'a', { ratio: 1 }));
    d.complete('a');
    d.advance(1_000);
    expect(d.progress.map(({ ratio }) => ratio)).toEqual([0.1, 1]);
  });

  it('of an attempt is not told in the next one', () => {
    const d = inState('running', { max_attempts: 2 });
    okOf(d.frame('task.progress', 'a', { ratio: 0.8 }));
    okOf(d.frame('task.progress', 'a', { ratio: 0.9 }));
    d.fail('a', true);
    const before = d.progress.length;
    d.advance(5_000);
    expect(d.holder()).toBe('a');
    expect(d.progress).toHaveLength(before);
  });
});

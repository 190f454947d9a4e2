import type { WaitingFor } from '@cuehub/protocol';
import { describe, expect, it } from 'vitest';
import { isDormant, listTasks, taskView } from './index.js';
import { LaneDriver, laneWithWorker } from './testing/drive.js';

const KIB = 1024;

describe('waiting_for', () => {
  const cases: [WaitingFor, string, (d: LaneDriver) => void][] = [
    ['floor', 'somebody else runs', (d) => [d.worker('w', ['*']), d.submit('x'), d.submit('a')]],
    [
      'floor',
      'the holder is not interruptible',
      (d) => [d.worker('w', ['*']), d.submit('x', { interruptible: false, priority: 'LOW' }), d.submit('a')],
    ],
    [
      'hold',
      'the holder holds on',
      (d) => [d.worker('w', ['*']), d.submit('x', { priority: 'LOW' }), d.hold('x'), d.submit('a')],
    ],
    ['worker', 'nobody registered for it', (d) => [d.worker('w', ['other']), d.submit('a')]],
    ['worker', 'its only worker is gone', (d) => [d.worker('w', ['*']), d.lose('w'), d.submit('a')]],
    ['start', 'the lane is stopped', (d) => [d.worker('w', ['*']), d.stop(), d.submit('a')]],
    [
      'session',
      'its own session is gone',
      (d) => [d.stop(), d.submit('a', { executor: 'self', idempotency_key: 'k', from: 's' }), d.lose('s')],
    ],
    ['session', 'the session that has its run is gone', (d) => [d.worker('w', ['*']), d.submit('a'), d.lose('w')]],
    ['child', 'it called', (d) => [d.worker('w', ['*']), d.submit('a'), d.call('b', 'a')]],
    [
      'retry',
      'it failed a moment ago',
      (d) => [d.worker('w', ['*']), d.submit('a', { max_attempts: 2 }), d.fail('a', true)],
    ],
  ];

  it.each(cases)('is %s when %s', (waiting_for, _, arrange) => {
    const d = new LaneDriver();
    arrange(d);
    expect(d.task('a').waiting_for).toBe(waiting_for);
  });

  it.each(['running', 'pausing', 'cancelling', 'completed'] as const)('is not there while %s', (state) => {
    const d = laneWithWorker();
    d.submit('a', { priority: 'LOW' });
    if (state === 'pausing') d.submit('b', { priority: 'HIGH' });
    if (state === 'cancelling') d.cancel('a');
    if (state === 'completed') d.complete('a');
    expect(d.task('a').state).toBe(state);
    expect(d.task('a')).not.toHaveProperty('waiting_for');
  });
});

describe('a task as it is told', () => {
  it('has what was submitted, by name, with every default', () => {
    const d = new LaneDriver();
    d.submit('a', {
      args: { x: 1 },
      meta: { y: 2 },
      ttl_ms: 5,
      resume_ttl_ms: 6,
      dedupe: { key: 'k', mode: 'keep' },
      parent_id: 'p',
    });
    expect(d.task('a')).toEqual({
      task_id: 'a',
      lane: 'main',
      name: 'job',
      args: { x: 1 },
      meta: { y: 2 },
      priority: 'MEDIUM',
      preempt: 'interrupt',
      interruptible: true,
      on_interrupt: 'pause',
      executor: 'worker',
      ttl_ms: 5,
      resume_ttl_ms: 6,
      timeout_ms: 600_000,
      max_attempts: 1,
      pause_grace_ms: 250,
      dedupe: { key: 'k', mode: 'keep' },
      parent_id: 'p',
      state: 'queued',
      waiting_for: 'worker',
      attempt: 0,
      epoch: 0,
      source: { session_id: 'producer', client_name: 'producer', kind: 'test' },
      submitted_at: d.now,
      running_ms: 0,
      paused_ms: 0,
      interruptions: 0,
    });
  });

  it('has args and meta only where they were asked for', () => {
    const d = new LaneDriver();
    d.submit('a', { args: 1, meta: { y: 2 } });
    expect(taskView(d.lane, 'a', d.now, false)).not.toHaveProperty('args');
    expect(taskView(d.lane, 'a', d.now, false)).not.toHaveProperty('meta');
  });

  it('is null when nobody knows it', () => {
    expect(taskView(new LaneDriver().lane, 'a', 0, true)).toBeNull();
  });
});

describe('the status', () => {
  it('is idle, busy, or streaming while a stream of the holder is open', () => {
    const d = laneWithWorker();
    expect(d.status()).toEqual({
      state: {
        mode: 'idle',
        started: true,
        streaming: false,
        can_interrupt: true,
        tasks_queued: 0,
        tasks_paused: 0,
        tasks_deferred: 0,
        tasks_completed: 0,
      },
      current_task: null,
      queue_size: 0,
      paused_tasks: 0,
    });
    d.submit('a', { priority: 'LOW' });
    expect(d.status().state.mode).toBe('busy');
    d.open('a');
    expect(d.status().state).toMatchObject({ mode: 'streaming', streaming: true });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    expect(d.status().state).toMatchObject({ mode: 'busy', streaming: false, tasks_paused: 1 });
    d.complete('b');
    expect(d.status().state.mode).toBe('streaming');
    d.close('a');
    expect(d.status().state.mode).toBe('busy');
    d.complete('a');
    expect(d.status().state).toMatchObject({ mode: 'idle', tasks_completed: 2, tasks_queued: 0, tasks_paused: 0 });
  });

  it('tells the current task, with the seconds it has been running', () => {
    const d = laneWithWorker();
    const started_at = d.now;
    d.submit('a', { priority: 'HIGH', interruptible: false });
    d.advance(2_500);
    expect(d.status().current_task).toEqual({
      task_id: 'a',
      name: 'job',
      priority: 'HIGH',
      interruptible: false,
      state: 'running',
      epoch: 1,
      started_at,
      running_for: 2.5,
    });
  });

  it('says can_interrupt false for a holder that is not interruptible', () => {
    const d = laneWithWorker();
    d.submit('a', { interruptible: false });
    expect(d.status().state.can_interrupt).toBe(false);
  });
});

describe('a snapshot', () => {
  it('is the lane as of its seq: queue and paused in the order they would run, and the text so far', () => {
    const d = laneWithWorker();
    d.submit('a', { priority: 'LOW' });
    d.open('a');
    d.chunk('a', 0, 'Hello ');
    d.chunk('a', 1, 'wor');
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.submit('c', { priority: 'LOW' });
    d.submit('e', { priority: 'MEDIUM', args: { big: true } });
    const snapshot = d.snapshot();
    expect(snapshot).toMatchObject({ lane: 'main', log: 'log-1', seq: d.lane.seq, ...d.status() });
    expect(snapshot.queue.map(({ task_id }) => task_id)).toEqual(['e', 'c']);
    expect(snapshot.queue[0]).not.toHaveProperty('args');
    expect(snapshot.paused.map(({ task_id }) => task_id)).toEqual(['a']);
    expect(snapshot.streams).toEqual([
      { task_id: 'a', stream: 'main', content_type: 'text/plain', next_seq: 2, text: 'Hello wor', text_from: 0 },
    ]);
  });

  it('has the streams of tasks that are not terminal', () => {
    const d = laneWithWorker();
    d.submit('a');
    d.open('a');
    d.chunk('a', 0);
    d.complete('a');
    expect(d.snapshot().streams).toEqual([]);
  });

  it('without text still tells the streams and where they are', () => {
    const d = laneWithWorker();
    d.submit('a');
    d.open('a');
    d.chunk('a', 0);
    expect(d.snapshot(false).streams).toMatchObject([{ stream: 'main', next_seq: 1, text: '', text_from: 1 }]);
  });

  it('has the text from the cut on when a stream was opened anew', () => {
    const d = laneWithWorker();
    d.submit('a');
    d.open('a');
    for (let seq = 0; seq < 3; seq += 1) d.chunk('a', seq);
    d.open('a', { from_seq: 1 });
    d.chunk('a', 1, 'anew');
    expect(d.snapshot().streams).toMatchObject([{ next_seq: 2, text: '0 anew', text_from: 0 }]);
  });

  it('has the last 64 KiB of text', () => {
    const d = laneWithWorker();
    d.submit('a');
    d.open('a');
    for (let seq = 0; seq < 100; seq += 1) d.chunk('a', seq, String(seq % 10).repeat(KIB));
    const [stream] = d.snapshot().streams;
    expect(stream).toMatchObject({ next_seq: 100, text_from: 36 });
    expect(stream?.text.length).toBe(64 * KIB);
  });

  it('has the end of a single chunk that is larger than that, in whole characters', () => {
    const d = laneWithWorker();
    d.submit('a');
    d.open('a');
    d.chunk('a', 0, 'first');
    d.chunk('a', 1, `${'x'.repeat(100 * KIB)}${'😀'.repeat(20 * KIB)}`);
    const [stream] = d.snapshot().streams;
    expect(stream?.text_from).toBe(1);
    expect(stream?.text === '😀'.repeat(16 * KIB), 'the last 16 Ki characters of four bytes each').toBe(true);
  });

  it('has the first 100 of the queue', () => {
    const d = new LaneDriver();
    for (let i = 0; i < 150; i += 1) d.submit(`t${i}`);
    const { queue, queue_size } = d.snapshot();
    expect(queue.map(({ task_id }) => task_id)).toEqual(Array.from({ length: 100 }, (_, i) => `t${i}`));
    expect(queue_size).toBe(150);
  });

  it.each([
    ['with tasks of long names, keys and parents', (d: LaneDriver) => many(d, 0)],
    ['with tasks that wait for a retry with a long error', (d: LaneDriver) => many(d, 16 * KIB)],
    ['with many streams that are long', (d: LaneDriver) => streams(d, 'x'.repeat(8 * KIB))],
    ['with text that JSON has to escape', (d: LaneDriver) => streams(d, '\u0001'.repeat(8 * KIB))],
    ['with text of other scripts', (d: LaneDriver) => streams(d, '語'.repeat(8 * KIB))],
    ['with many tasks and many streams', (d: LaneDriver) => [streams(d, 'x'.repeat(8 * KIB)), many(d, 0)]],
  ])('takes 256 KiB at most %s', (_, arrange) => {
    const d = new LaneDriver();
    arrange(d);
    const snapshot = d.snapshot();
    const bytes = new TextEncoder().encode(JSON.stringify(snapshot)).length;
    expect(bytes).toBeLessThanOrEqual(256 * KIB);
    // And it uses what it may.
    expect(bytes).toBeGreaterThan(64 * KIB);
  });

  function many(d: LaneDriver, errorChars: number): void {
    d.worker('w2', ['*']);
    for (let i = 0; i < 120; i += 1) {
      const id = `t${i}`.padEnd(64, 'x');
      const long = `${i}`.padEnd(256, '語');
      d.submit(id, {
        name: '語'.repeat(128),
        idempotency_key: long,
        dedupe: { key: long, mode: 'keep' },
        parent_id: 'p'.repeat(64),
        max_attempts: 9,
        priority: 'LOW',
      });
      if (errorChars === 0 || d.holder() !== id) continue;
      d.frame('task.fail', id, { error: { code: 'x', message: 'e'.repeat(errorChars) }, retryable: true });
    }
  }

  function streams(d: LaneDriver, text: string): void {
    d.worker('w', ['*']);
    for (let i = 0; i < 8; i += 1) {
      const id = `s${i}`;
      d.submit(id, { priority: 'BACKGROUND', executor: 'self', idempotency_key: id, from: `self${i}` });
      for (let k = 0; k < 32; k += 1) {
        const stream = `${k}`.padEnd(64, '_');
        d.open(id, { stream, content_type: 'c'.repeat(128) });
        d.chunk(id, 0, text, stream);
      }
      d.lose(`self${i}`);
    }
  }
});

describe('a list of tasks', () => {
  function three(): LaneDriver {
    const d = laneWithWorker();
    for (const id of ['a', 'b', 'c']) d.submit(id);
    d.complete('a');
    return d;
  }

  it('is newest first, ended ones too', () => {
    const { tasks, next } = listTasks(three().lane, {}, 0);
    expect(tasks.map(({ task_id, state }) => `${task_id} ${state}`)).toEqual(['c queued', 'b running', 'a completed']);
    expect(next).toBeUndefined();
  });

  it('has those of some states', () => {
    const { tasks } = listTasks(three().lane, { states: ['running', 'completed'] }, 0);
    expect(tasks.map(({ task_id }) => task_id)).toEqual(['b', 'a']);
  });

  it('comes in pages, each task once', () => {
    const d = new LaneDriver();
    for (let i = 0; i < 10; i += 1) d.submit(`t${i}`);
    const seen: string[] = [];
    let before: string | undefined;
    let pages = 0;
    do {
      const page = listTasks(d.lane, { limit: 4, ...(before === undefined ? {} : { before }) }, d.now);
      seen.push(...page.tasks.map(({ task_id }) => task_id));
      before = page.next;
      pages += 1;
    } while (before !== undefined);
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => `t${9 - i}`));
    expect(pages).toBe(3);
  });

  it('has no payloads', () => {
    const d = new LaneDriver();
    d.submit('a', { args: 1 });
    expect(listTasks(d.lane, {}, 0).tasks[0]).not.toHaveProperty('args');
  });
});

describe('a lane may leave memory', () => {
  it.each<[string, (d: LaneDriver) => void, boolean]>([
    ['when nothing ever happened', () => undefined, true],
    ['not while a task waits', (d) => d.submit('a'), false],
    ['not while a task runs', (d) => [d.worker('w'), d.submit('a')], false],
    ['not while a task is paused', (d) => [d.worker('w'), d.submit('a'), d.lose('w')], false],
    ['not while a worker is registered', (d) => d.worker('w'), false],
    [
      'when all ended and nobody is registered',
      (d) => [d.worker('w'), d.submit('a'), d.complete('a'), d.unregister('w')],
      true,
    ],
    ['once the session of a worker is over', (d) => [d.worker('w'), d.lose('w'), d.advance(30_000)], true],
  ])('%s', (_, arrange, expected) => {
    const d = new LaneDriver();
    arrange(d);
    expect(isDormant(d.lane)).toBe(expected);
  });
});

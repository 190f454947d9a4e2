import type { Priority } from '@cuehub/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, LaneDriver, laneWithWorker } from './testing/drive.js';

const PRIORITIES: Priority[] = ['URGENT', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'];

/** `a` runs at LOW on `w`, the worker for everything. */
function lowRuns(options: Parameters<LaneDriver['submit']>[1] = {}): LaneDriver {
  const d = laneWithWorker();
  d.submit('a', { priority: 'LOW', ...options });
  d.told();
  d.ordered();
  return d;
}

describe('who runs next', () => {
  it('is the lowest priority number, whatever the order of submission', () => {
    const d = laneWithWorker();
    d.stop();
    for (const priority of ['LOW', 'BACKGROUND', 'URGENT', 'MEDIUM', 'HIGH'] as const) d.submit(priority, { priority });
    d.start();
    d.advance(0);
    expect(d.runAll()).toEqual(PRIORITIES);
  });

  it('at equal priority is who was submitted first', () => {
    const d = laneWithWorker();
    for (const id of ['z', 'y', 'x', 'w1', 'v']) d.submit(id);
    expect(d.runAll()).toEqual(['z', 'y', 'x', 'w1', 'v']);
  });

  it('at equal priority is paused before queued', () => {
    const d = laneWithWorker();
    d.stop();
    d.submit('early');
    d.submit('a', { name: 'special' });
    d.unregister('w', ['*']);
    d.worker('w', ['special']);
    d.start();
    expect(d.holder()).toBe('a');
    d.submit('boss', { priority: 'HIGH', name: 'special' });
    d.worker('w', ['*']);
    d.paused('a');
    expect(d.runAll()).toEqual(['boss', 'a', 'early']);
  });

  it('of several paused at equal priority is who was submitted first', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'LOW' });
    d.lose('w');
    d.worker('w2', ['*']);
    expect(d.holder()).toBe('b');
    d.lose('w2');
    d.back('w2', ['b']);
    expect(d.holder()).toBe('b');
    d.submit('c', { priority: 'HIGH' });
    d.back('w', ['a']);
    d.paused('b');
    expect(d.runAll()).toEqual(['c', 'a', 'b']);
  });

  it('goes by number and name alike: priority 2 is HIGH', () => {
    const d = lowRuns();
    d.submit('b', { priority: 2 });
    expect(d.task('b').priority).toBe('HIGH');
    expect(d.state('a')).toBe('pausing (interrupted)');
  });

  it('counts only who could start now: no worker, no turn', () => {
    const d = new LaneDriver();
    d.worker('w', ['job']);
    d.submit('first', { priority: 'URGENT', name: 'other' });
    d.submit('second', { priority: 'LOW' });
    expect(d.holder()).toBe('second');
    expect(d.task('first').waiting_for).toBe('worker');
  });

  it('gives each grant the next epoch of the whole hub', () => {
    const d = lowRuns();
    d.epoch = 40;
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    expect(d.task('b').epoch).toBe(41);
    d.complete('b');
    expect(d.task('a').epoch).toBe(42);
    expect(d.last.epoch).toBe(42);
  });

  it('is told to the executor with args and meta, the attempt and no resume point', () => {
    const d = laneWithWorker();
    d.submit('a', { args: { text: 'hi' }, meta: { room: 1 } });
    expect(d.lastOrder('task.dispatch')).toMatchObject({
      type: 'task.dispatch',
      lane: 'main',
      epoch: 1,
      attempt: 1,
      resume: null,
      task: {
        task_id: 'a',
        name: 'job',
        priority: 'MEDIUM',
        args: { text: 'hi' },
        meta: { room: 1 },
        state: 'running',
      },
    });
  });
});

describe('who interrupts', () => {
  const pairs = PRIORITIES.flatMap((holder) => PRIORITIES.map((waiting) => [waiting, holder] as const));

  it.each(pairs)('%s against a holder of %s: only a strictly higher one', (waiting, holder) => {
    const d = laneWithWorker();
    d.submit('a', { priority: holder });
    d.submit('b', { priority: waiting });
    const interrupts = PRIORITIES.indexOf(waiting) < PRIORITIES.indexOf(holder);
    expect(d.task('a').state).toBe(interrupts ? 'pausing' : 'running');
  });

  it('not with preempt queue: it waits, and still runs before what is lower', () => {
    const d = lowRuns();
    d.submit('low', { priority: 'LOW' });
    d.submit('b', { priority: 'URGENT', preempt: 'queue' });
    expect(d.state('a')).toBe('running');
    expect(d.task('b')).toMatchObject({ state: 'queued', waiting_for: 'floor' });
    expect(d.task('b').deferred).toBeUndefined();
    expect(d.runAll()).toEqual(['a', 'b', 'low']);
  });

  it('not who could not start: the holder is asked when the worker comes', () => {
    const d = new LaneDriver();
    d.worker('w', ['job']);
    d.submit('a', { priority: 'LOW' });
    d.submit('b', { priority: 'URGENT', name: 'other' });
    expect(d.state('a')).toBe('running');
    d.worker('w2', ['other']);
    expect(d.state('a')).toBe('pausing (interrupted)');
  });

  it('also a paused task that is able to go on', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH', executor: 'self', from: 's', idempotency_key: 'b' });
    d.paused('a');
    d.lose('s');
    expect(d.holder()).toBe('a');
    d.back('s', ['b']);
    expect(d.state('a')).toBe('pausing (interrupted)');
    d.paused('a');
    expect(d.holder()).toBe('b');
  });
});

describe('an interruption', () => {
  it('asks the holder to pause with its grace, who does it and in which style, and grants at its answer', () => {
    const d = lowRuns({ pause_grace_ms: 700 });
    d.submit('b', { priority: 'HIGH' });
    expect(d.told()).toEqual(['task.queued b', 'task.pausing a']);
    expect(d.lastOrder('task.pause')).toEqual({
      type: 'task.pause',
      lane: 'main',
      task_id: 'a',
      epoch: 1,
      grace_ms: 700,
      style: 'now',
      by: { task_id: 'b', name: 'job', priority: 'HIGH' },
    });
    expect(d.holder()).toBe('a');
    d.paused('a');
    expect(d.told()).toEqual(['task.paused a', 'task.started b']);
    d.complete('b');
    expect(d.told()).toEqual(['task.completed b', 'task.resumed a']);
    expect(d.lastOrder('task.resume')).toMatchObject({ epoch: 3, by: { task_id: 'b', name: 'job', priority: 'HIGH' } });
    expect(d.task('a')).toMatchObject({ state: 'running', interruptions: 1 });
  });

  it.each([
    ['the default', {}, 250],
    ['what it asked for', { pause_grace_ms: 4_000 }, 4_000],
  ])('of a deaf holder takes the floor after %s', (_, options, grace_ms) => {
    const d = lowRuns(options);
    d.submit('b', { priority: 'HIGH' });
    d.advance(grace_ms - 1);
    expect(d.holder()).toBe('a');
    d.advance(1);
    expect(d.holder()).toBe('b');
    expect(d.state('a')).toBe('paused (interrupted)');
    expect(codeOf(d.frame('task.paused', 'a', { checkpoint: 5 }))).toBe('ok');
    d.complete('b');
    expect(d.lastOrder('task.resume').checkpoint).toBe(5);
  });

  it('with a grace of 0 takes the floor at once', () => {
    const d = lowRuns({ pause_grace_ms: 0 });
    d.submit('b', { priority: 'HIGH' });
    expect(d.told()).toEqual(['task.queued b', 'task.pausing a', 'task.paused a', 'task.started b']);
    expect(d.ordered()).toEqual(['task.pause a → w', 'task.dispatch b → w']);
  });

  it('leaves a holder that completes while pausing completed', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH' });
    d.complete('a', 'done');
    expect(d.task('a')).toMatchObject({ state: 'completed', result: 'done' });
    expect(d.holder()).toBe('b');
    d.complete('b');
    expect(d.holder()).toBeNull();
  });

  it('nests, and all goes on in order', () => {
    const d = laneWithWorker();
    const up = [...PRIORITIES].reverse();
    up.forEach((priority, i) => {
      d.submit(priority, { priority });
      if (i > 0) d.paused(up[i - 1]!);
    });
    expect(d.status()).toMatchObject({ paused_tasks: 4, queue_size: 0 });
    expect(d.runAll()).toEqual(PRIORITIES);
    expect(d.grants()).toEqual([...up, ...PRIORITIES.slice(1)]);
  });

  it('is not followed by a resume by reflex: what waits and is higher goes first', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'URGENT' });
    d.paused('a');
    d.submit('c', { priority: 'HIGH', preempt: 'queue' });
    d.submit('d', { priority: 'LOW' });
    expect(d.runAll()).toEqual(['b', 'c', 'a', 'd']);
  });

  it('completes also when the interrupter disappears; then the order decides', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH' });
    d.cancel('b');
    expect(d.task('a').state).toBe('pausing');
    d.paused('a');
    expect(d.told().slice(-2)).toEqual(['task.paused a', 'task.resumed a']);
    expect(d.task('a')).toMatchObject({ state: 'running', epoch: 2 });
  });

  it('gives the floor to whoever is best when the pause is complete', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'MEDIUM' });
    d.submit('c', { priority: 'URGENT' });
    d.paused('a');
    expect(d.runAll()).toEqual(['c', 'b', 'a']);
  });
});

describe('preempt finish', () => {
  it('lets the holder finish its sentence: a grace of 3 s, style finish', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH', preempt: 'finish' });
    expect(d.lastOrder('task.pause')).toMatchObject({ grace_ms: 3_000, style: 'finish' });
    d.advance(2_999);
    expect(d.holder()).toBe('a');
    d.advance(1);
    expect(d.holder()).toBe('b');
  });

  it('is hurried by an interrupt: the pause is sent again with style now and what is left of the grace', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH', preempt: 'finish' });
    d.advance(1_000);
    d.submit('c', { priority: 'URGENT' });
    expect(d.lastOrder('task.pause')).toMatchObject({ grace_ms: 250, style: 'now', by: { task_id: 'c' } });
    d.advance(249);
    expect(d.holder()).toBe('a');
    d.advance(1);
    expect(d.holder()).toBe('c');
  });

  it('is shortened, never made longer', () => {
    const d = lowRuns({ pause_grace_ms: 5_000 });
    d.submit('b', { priority: 'HIGH', preempt: 'finish' });
    d.advance(2_000);
    d.submit('c', { priority: 'HIGH' });
    expect(d.lastOrder('task.pause')).toMatchObject({ grace_ms: 1_000, style: 'now' });
    d.advance(1_000);
    expect(d.holder()).toBe('b');
  });

  it.each([
    ['another finish', { priority: 'URGENT', preempt: 'finish' } as const],
    ['a queue', { priority: 'URGENT', preempt: 'queue' } as const],
    ['one that is not higher', { priority: 'LOW' } as const],
  ])('is not hurried by %s', (_, options) => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH', preempt: 'finish' });
    d.ordered();
    d.submit('c', options);
    expect(d.ordered()).toEqual([]);
  });

  it('is hurried once', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH', preempt: 'finish' });
    d.submit('c', { priority: 'URGENT' });
    d.ordered();
    d.submit('e', { priority: 'URGENT' });
    expect(d.ordered()).toEqual([]);
  });

  it('is hurried at once when the holder has no grace', () => {
    const d = lowRuns({ pause_grace_ms: 0 });
    d.submit('b', { priority: 'HIGH', preempt: 'finish' });
    expect(d.holder()).toBe('a');
    d.submit('c', { priority: 'URGENT' });
    expect(d.holder()).toBe('c');
  });

  it.each(['restart', 'drop'] as const)(
    'that stops a holder with on_interrupt %s is hurried as well',
    (on_interrupt) => {
      const d = lowRuns({ on_interrupt, pause_grace_ms: 0 });
      d.submit('b', { priority: 'HIGH', preempt: 'finish' });
      expect(d.lastOrder('task.cancel').grace_ms).toBe(3_000);
      d.submit('c', { priority: 'URGENT' });
      expect(d.holder()).toBe('c');
    },
  );
});

describe('on_interrupt', () => {
  it('restart tells task.cancel, then queues the task at its old place, with no attempt used', () => {
    const d = lowRuns({ on_interrupt: 'restart' });
    d.submit('later', { priority: 'LOW' });
    d.submit('b', { priority: 'HIGH' });
    expect(d.state('a')).toBe('cancelling (displaced)');
    expect(d.lastOrder('task.cancel')).toEqual({
      type: 'task.cancel',
      lane: 'main',
      task_id: 'a',
      epoch: 1,
      reason: 'displaced',
      grace_ms: 250,
    });
    d.told();
    d.cancelled('a');
    expect(d.told()).toEqual(['task.queued a', 'task.started b']);
    expect(d.state('a')).toBe('queued');
    d.complete('b');
    expect(d.task('a')).toMatchObject({ state: 'running', attempt: 1, epoch: 3, interruptions: 1 });
    expect(d.lastOrder('task.dispatch')).toMatchObject({ attempt: 1, resume: null });
    expect(d.runAll()).toEqual(['a', 'later']);
  });

  it('restart keeps its checkpoint', () => {
    const d = lowRuns({ on_interrupt: 'restart' });
    d.checkpoint('a', 9);
    d.submit('b', { priority: 'HIGH' });
    d.cancelled('a');
    d.complete('b');
    expect(d.lastOrder('task.dispatch').resume).toMatchObject({ checkpoint: 9 });
  });

  it('restart may happen again and again under max_attempts 1', () => {
    const d = lowRuns({ on_interrupt: 'restart' });
    for (const id of ['b', 'c', 'e']) {
      d.submit(id, { priority: 'HIGH' });
      d.cancelled('a');
      d.complete(id);
    }
    expect(d.task('a')).toMatchObject({ state: 'running', attempt: 1, interruptions: 3 });
  });

  it('drop tells task.cancel, then ends as displaced', () => {
    const d = lowRuns({ on_interrupt: 'drop' });
    d.submit('b', { priority: 'HIGH' });
    expect(d.state('a')).toBe('cancelling (displaced)');
    d.cancelled('a');
    expect(d.state('a')).toBe('cancelled (displaced)');
    expect(d.holder()).toBe('b');
  });

  it.each([
    ['restart', 'queued'],
    ['drop', 'cancelled'],
  ] as const)('%s of a deaf executor is done after the grace, and the executor is told so', (on_interrupt, state) => {
    const d = lowRuns({ on_interrupt });
    d.submit('b', { priority: 'HIGH' });
    d.advance(250);
    expect(d.task('a').state).toBe(state);
    expect(d.ordered()).toEqual(['task.cancel a → w', 'task.revoked a → w', 'task.dispatch b → w']);
  });

  it.each(['restart', 'drop'] as const)('%s with a grace of 0 is done at once', (on_interrupt) => {
    const d = lowRuns({ on_interrupt, pause_grace_ms: 0 });
    d.submit('b', { priority: 'HIGH' });
    expect(d.holder()).toBe('b');
  });

  it('restart of a task that completes first is completed', () => {
    const d = lowRuns({ on_interrupt: 'restart' });
    d.submit('b', { priority: 'HIGH' });
    d.complete('a');
    expect(d.state('a')).toBe('completed');
  });
});

describe('deferral', () => {
  it.each([
    ['not_interruptible', { interruptible: false }, () => undefined],
    ['hold', {}, (d: LaneDriver): void => void d.hold('a')],
    ['hold', {}, (d: LaneDriver) => d.open('a', { can_interrupt: false })],
  ] as const)('says %s and by whom, with one fact', (reason, options, protect) => {
    const d = lowRuns(options);
    protect(d);
    d.told();
    d.submit('b', { priority: 'HIGH' });
    expect(d.told()).toEqual(['task.queued b', 'task.deferred b']);
    expect(d.state('a')).toBe('running');
    expect(d.lastFact('task.deferred').task.deferred).toEqual({ reason, by_task_id: 'a' });
    expect(d.task('b')).toMatchObject({
      state: 'queued',
      deferred: { reason, by_task_id: 'a' },
      waiting_for: reason === 'hold' ? 'hold' : 'floor',
    });
    expect(d.status().state).toMatchObject({ can_interrupt: false, tasks_deferred: 1 });
    d.submit('c', { priority: 'LOW' });
    d.advance(1_000);
    expect(d.told()).toEqual(['task.queued c']);
  });

  it.each([
    ['one that is not higher', { priority: 'LOW' }],
    ['one that queues', { priority: 'URGENT', preempt: 'queue' }],
    ['one that could not start', { priority: 'URGENT', executor: 'self', idempotency_key: 'k', from: 'gone' }],
  ] as const)('is not for %s', (_, options) => {
    const d = lowRuns({ interruptible: false });
    d.submit('b', options);
    if ('from' in options) d.lose('gone');
    expect(d.task('b').deferred).toBeUndefined();
    expect(d.status().state.tasks_deferred).toBe(0);
  });

  it('ends with the hold: then the best of all interrupts', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    d.submit('b', { priority: 'MEDIUM' });
    d.submit('c', { priority: 'URGENT' });
    d.submit('e', { priority: 'URGENT' });
    expect(d.status().state.tasks_deferred).toBe(3);
    d.release('a', hold);
    expect(d.state('a')).toBe('pausing (interrupted)');
    expect(d.lastOrder('task.pause').by?.task_id).toBe('c');
    d.paused('a');
    expect(d.runAll()).toEqual(['c', 'e', 'b', 'a']);
  });

  it('ends with the holder: then the order decides, and nobody is interrupted', () => {
    const d = lowRuns({ interruptible: false });
    d.submit('b', { priority: 'MEDIUM' });
    d.submit('c', { priority: 'URGENT', preempt: 'queue' });
    expect(d.runAll()).toEqual(['a', 'c', 'b']);
    expect(d.facts.some(({ event }) => event === 'task.pausing')).toBe(false);
  });

  it('ends with the lease of a hold that lapses', () => {
    const d = lowRuns();
    d.hold('a', 5_000);
    d.submit('b', { priority: 'HIGH' });
    d.advance(4_999);
    expect(d.state('a')).toBe('running');
    d.advance(1);
    expect(d.state('a')).toBe('pausing (interrupted)');
  });

  it('is over for a task that starts: it carries no reason any more', () => {
    const d = lowRuns({ interruptible: false });
    d.submit('b', { priority: 'HIGH' });
    d.complete('a');
    expect(d.task('b')).toMatchObject({ state: 'running' });
    expect(d.task('b').deferred).toBeUndefined();
    expect(d.status().state.tasks_deferred).toBe(0);
  });

  it('is over for a task that is cancelled, and the holder may take holds again', () => {
    const d = lowRuns();
    d.hold('a');
    d.submit('b', { priority: 'HIGH' });
    expect(codeOf(d.tryHold('a'))).toBe('preempting');
    d.cancel('b');
    expect(d.status().state.tasks_deferred).toBe(0);
    expect(codeOf(d.tryHold('a'))).toBe('ok');
  });

  it('is over while the executor of the deferred one is away, and comes back with it without another fact', () => {
    const d = new LaneDriver();
    d.worker('w', ['job']);
    d.worker('w2', ['other']);
    d.submit('a', { priority: 'LOW', interruptible: false });
    d.submit('b', { priority: 'HIGH', name: 'other' });
    d.told();
    d.lose('w2');
    expect(d.task('b').deferred).toBeUndefined();
    expect(d.task('b').waiting_for).toBe('worker');
    d.back('w2');
    expect(d.task('b').deferred).toEqual({ reason: 'not_interruptible', by_task_id: 'a' });
    expect(d.told()).toEqual([]);
  });

  it('has no fact for a paused task, which would interrupt as well', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH', executor: 'self', from: 's', idempotency_key: 'b' });
    d.paused('a');
    d.lose('s');
    d.hold('a', 1_000);
    d.told();
    d.back('s', ['b']);
    expect(d.told()).toEqual([]);
    expect(d.state('a')).toBe('running');
    d.advance(1_000);
    expect(d.state('a')).toBe('pausing (interrupted)');
  });

  it('of a finish that meets an interrupt is ended in the style of the interrupt', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    d.submit('b', { priority: 'URGENT', preempt: 'finish' });
    d.submit('c', { priority: 'HIGH' });
    d.release('a', hold);
    expect(d.lastOrder('task.pause')).toMatchObject({ style: 'now', grace_ms: 250 });
  });
});

describe('a stopped lane', () => {
  it('grants nothing, and starts in order', () => {
    const d = laneWithWorker();
    d.stop();
    d.submit('low', { priority: 'LOW' });
    d.submit('high', { priority: 'HIGH' });
    expect(d.holder()).toBeNull();
    expect(d.task('high').waiting_for).toBe('start');
    expect(d.status().state).toMatchObject({ started: false, tasks_queued: 2 });
    d.start();
    expect(d.runAll()).toEqual(['high', 'low']);
    expect(d.facts.filter(({ event }) => event.startsWith('lane.')).map(({ event }) => event)).toEqual([
      'lane.stopped',
      'lane.started',
    ]);
  });

  it('pauses its holder in two phases, and lets it go on with the start', () => {
    const d = lowRuns();
    d.stop();
    expect(d.state('a')).toBe('pausing (lane_stopped)');
    expect(d.lastOrder('task.pause')).toMatchObject({ style: 'now', grace_ms: 250, by: null });
    d.paused('a');
    expect(d.task('a')).toMatchObject({ state: 'paused', reason: 'lane_stopped', waiting_for: 'start' });
    d.start();
    expect(d.holder()).toBe('a');
    expect(d.lastOrder('task.resume').by).toBeNull();
  });

  it('pauses its holder after its hold', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    d.stop();
    expect(d.state('a')).toBe('running');
    d.release('a', hold);
    expect(d.state('a')).toBe('pausing (lane_stopped)');
  });

  it('pauses its holder after a stream hold whose stream closes', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false });
    d.stop();
    expect(d.state('a')).toBe('running');
    d.close('a');
    expect(d.state('a')).toBe('pausing (lane_stopped)');
  });

  it.each([
    ['not interruptible', { interruptible: false }, false],
    ['told to drain', {}, true],
  ] as const)('lets a holder that is %s finish', (_, options, drain) => {
    const d = lowRuns(options);
    d.submit('next', { priority: 'LOW' });
    d.stop(drain);
    d.advance(60_000);
    expect(d.state('a')).toBe('running');
    d.complete('a');
    expect(d.holder()).toBeNull();
    expect(d.state('next')).toBe('queued');
  });

  it('that drains is not interrupted by what is higher', () => {
    const d = lowRuns();
    d.stop(true);
    d.submit('b', { priority: 'URGENT' });
    expect(d.state('a')).toBe('running');
    expect(d.task('b')).toMatchObject({ waiting_for: 'start' });
  });

  it('that drained and is stopped for good pauses its holder after all', () => {
    const d = lowRuns();
    d.stop(true);
    d.stop(false);
    expect(d.state('a')).toBe('pausing (lane_stopped)');
  });

  it('that is started while its holder runs on lets what waited interrupt', () => {
    const d = lowRuns();
    d.stop(true);
    d.submit('b', { priority: 'URGENT' });
    d.start();
    expect(d.state('a')).toBe('pausing (interrupted)');
  });

  it('that is started while its holder is pausing completes the pause, then decides', () => {
    const d = lowRuns();
    d.stop();
    d.start();
    expect(d.task('a').state).toBe('pausing');
    d.paused('a');
    expect(d.task('a')).toMatchObject({ state: 'running', epoch: 2 });
  });

  it('says nothing when it is stopped or started twice', () => {
    const d = lowRuns();
    d.stop(true);
    d.told();
    d.stop(true);
    expect(d.told()).toEqual([]);
    d.start();
    d.start();
    expect(d.told()).toEqual(['lane.started']);
  });

  it('keeps what is paused and cancelling as it is', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.cancel('b');
    d.stop();
    expect(d.state('b')).toBe('cancelling (requested)');
    d.cancelled('b');
    expect(d.state('a')).toBe('paused (interrupted)');
    expect(d.task('a').waiting_for).toBe('start');
  });

  it('defers nobody', () => {
    const d = lowRuns({ interruptible: false });
    d.submit('b', { priority: 'HIGH' });
    d.stop();
    expect(d.task('b').deferred).toBeUndefined();
    d.start();
    expect(d.task('b').deferred).toEqual({ reason: 'not_interruptible', by_task_id: 'a' });
  });
});

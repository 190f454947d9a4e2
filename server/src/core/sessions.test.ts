import { describe, expect, it } from 'vitest';
import { codeOf, LaneDriver, laneWithWorker } from './testing/drive.js';

function running(options: Parameters<LaneDriver['submit']>[1] = {}): LaneDriver {
  const d = laneWithWorker();
  d.submit('a', options);
  d.told();
  d.ordered();
  return d;
}

describe('an executor whose socket ends', () => {
  it('leaves its running task paused at once as executor_lost, and the floor to others', () => {
    const d = running();
    d.worker('other', ['special']);
    d.submit('b', { name: 'special' });
    d.lose('w');
    expect(d.told()).toEqual(['task.queued b', 'task.paused a', 'task.started b']);
    expect(d.state('a')).toBe('paused (executor_lost)');
    expect(d.task('a').waiting_for).toBe('session');
    expect(d.holder()).toBe('b');
  });

  it('has its holds released, those of streams too', () => {
    const d = running();
    d.hold('a');
    d.open('a', { can_interrupt: false });
    d.told();
    d.lose('w');
    expect(d.told()).toEqual(['hold.released a', 'hold.released a', 'task.paused a']);
    expect(d.status().state.can_interrupt).toBe(true);
  });

  it('is fenced: what it still had to stream reaches nobody', () => {
    const d = running();
    d.open('a');
    d.lose('w');
    expect(codeOf(d.tryChunk('a', 0))).toBe('stale_epoch');
    expect(d.chunks).toEqual([]);
  });

  it('while pausing pauses its task at once', () => {
    const d = running({ priority: 'LOW' });
    d.worker('other', ['special']);
    d.submit('b', { name: 'special', priority: 'HIGH' });
    expect(d.task('a').state).toBe('pausing');
    d.lose('w');
    expect(d.task('a').state).toBe('paused');
    expect(d.holder()).toBe('b');
  });

  it.each([
    ['a cancel ends at once', {}, (d: LaneDriver): void => void d.cancel('a'), 'cancelled (requested)'],
    ['a timeout ends at once', { timeout_ms: 10 }, (d: LaneDriver) => d.advance(10), 'failed (timeout)'],
    [
      'a drop ends at once',
      { on_interrupt: 'drop', priority: 'LOW' } as const,
      (d: LaneDriver): void => void d.submit('b', { priority: 'HIGH' }),
      'cancelled (displaced)',
    ],
    [
      'a restart is queued again at once',
      { on_interrupt: 'restart', priority: 'LOW' } as const,
      (d: LaneDriver): void => void d.submit('b', { priority: 'HIGH' }),
      'queued',
    ],
  ])('while cancelling: %s', (_, options, cancel, state) => {
    const d = running(options);
    cancel(d);
    expect(d.task('a').state).toBe('cancelling');
    d.lose('w');
    expect(d.state('a')).toBe(state);
    expect(d.holder()).toBeNull();
  });
});

describe('a session that comes back within its time', () => {
  it('holding its task gets it back with a resume, a new epoch, and no attempt used', () => {
    const d = running();
    d.open('a');
    d.chunk('a', 0);
    d.checkpoint('a', { at: 1 });
    d.heard('a', 0);
    d.lose('w');
    d.advance(29_999);
    expect(d.back('w', ['a'])).toEqual({ adopted: ['a'], released: [] });
    expect(d.state('a')).toBe('running');
    expect(d.lastOrder('task.resume')).toEqual({
      type: 'task.resume',
      lane: 'main',
      task_id: 'a',
      epoch: 2,
      checkpoint: { at: 1 },
      streams: { main: 1 },
      heard: { main: { overlay: 0 } },
      paused_ms: 29_999,
      by: null,
    });
    expect(d.task('a').attempt).toBe(1);
  });

  it('is only a candidate: what is higher goes first', () => {
    const d = running();
    d.lose('w');
    d.submit('b', { priority: 'HIGH' });
    d.back('w', ['a']);
    expect(d.holder()).toBe('b');
    expect(d.task('a')).toMatchObject({ state: 'paused', waiting_for: 'floor' });
  });

  it('interrupts what is lower meanwhile', () => {
    const d = running({ priority: 'HIGH' });
    d.worker('other', ['special']);
    d.lose('w');
    d.submit('b', { name: 'special', priority: 'LOW' });
    d.back('w', ['a']);
    expect(d.state('b')).toBe('pausing (interrupted)');
    expect(d.lastOrder('task.pause').by).toEqual({ task_id: 'a', name: 'job', priority: 'HIGH' });
  });

  it('has its registrations again without a word', () => {
    const d = laneWithWorker();
    d.lose('w');
    d.submit('a');
    expect(d.task('a').waiting_for).toBe('worker');
    d.back('w');
    expect(d.holder()).toBe('a');
  });

  // It stood beside a free floor, though it could have started: only the name that was told last was looked at.
  it.each<[string, (d: LaneDriver) => void]>([
    ['a registration for something else', (d) => d.worker('w', ['other'])],
    [
      'a task of its own',
      (d) => d.submit('mine', { executor: 'self', idempotency_key: 'k', from: 'w', priority: 'LOW' }),
    ],
  ])('has its registrations again also where %s is the first word of it', (_, word) => {
    const d = laneWithWorker();
    d.lose('w');
    d.submit('a');
    word(d);
    expect(d.holder()).toBe('a');
  });

  it('without its task in holding has given it up: retried while attempts are left', () => {
    const d = running({ max_attempts: 2 });
    d.lose('w');
    d.told();
    expect(d.back('w', [])).toEqual({ adopted: [], released: [] });
    expect(d.told()).toEqual(['task.retrying a']);
    expect(d.task('a')).toMatchObject({ state: 'queued', reason: 'executor_lost', waiting_for: 'retry' });
    d.advance(1_000);
    expect(d.task('a')).toMatchObject({ state: 'running', attempt: 2 });
  });

  it('without its task in holding has given it up: failed when no attempt is left', () => {
    const d = running();
    d.lose('w');
    d.back('w', []);
    expect(d.state('a')).toBe('failed (executor_lost)');
  });

  it('gives up only what it does not hold', () => {
    const d = running({ priority: 'LOW' });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.lose('w');
    expect(d.back('w', ['b'])).toEqual({ adopted: ['b'], released: [] });
    expect(d.state('a')).toBe('failed (executor_lost)');
    expect(d.state('b')).toBe('running');
  });

  it('gives up a run that was paused before the loss as well', () => {
    const d = running({ priority: 'LOW', max_attempts: 2 });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.lose('w');
    d.back('w', ['b']);
    expect(d.task('a').state).toBe('queued');
  });

  it('that takes its session over from a socket still open pauses what runs there, and goes on with it', () => {
    const d = running();
    d.hold('a');
    expect(d.back('w', ['a'])).toEqual({ adopted: ['a'], released: [] });
    expect(d.told()).toEqual(['hold.taken a', 'hold.released a', 'task.paused a', 'task.resumed a']);
    expect(d.task('a')).toMatchObject({ state: 'running', epoch: 2 });
  });

  it('that takes its session over without holding gives up what runs on the old socket', () => {
    const d = running();
    d.back('w', []);
    expect(d.state('a')).toBe('failed (executor_lost)');
  });
});

describe('holding', () => {
  it('counts also for a new session of the same principal, when the one that ran it is gone', () => {
    const d = running();
    d.lose('w');
    expect(d.hello('w2', ['a'], 'w')).toEqual({ adopted: ['a'], released: [] });
    expect(d.state('a')).toBe('running');
    expect(d.ordered()).toEqual(['task.resume a → w2']);
    expect(codeOf(d.frame('task.complete', 'a', { session_id: 'w' }))).toBe('stale_epoch');
    expect(codeOf(d.frame('task.complete', 'a', { session_id: 'w2' }))).toBe('ok');
  });

  it('of another principal is released', () => {
    const d = running();
    d.lose('w');
    expect(d.hello('thief', ['a'], 'thief')).toEqual({ adopted: [], released: ['a'] });
    expect(d.state('a')).toBe('paused (executor_lost)');
  });

  it('goes by the principal the task was dispatched to, not the one that submitted it', () => {
    const d = running({ principal: 'author' });
    d.lose('w');
    expect(d.hello('author-session', ['a'], 'author')).toEqual({ adopted: [], released: ['a'] });
  });

  it('with an epoch that no grant of the run had is released', () => {
    const d = running();
    d.lose('w');
    const { epoch } = d.task('a');
    expect(d.hello('w2', [{ task_id: 'a', epoch: epoch - 1 }], 'w')).toEqual({ adopted: [], released: ['a'] });
    expect(d.hello('w2', [{ task_id: 'a', epoch: epoch + 1 }], 'w')).toEqual({ adopted: [], released: ['a'] });
    expect(d.hello('w2', [{ task_id: 'a', epoch }], 'w')).toEqual({ adopted: ['a'], released: [] });
  });

  // The symptom: a task.resume that was lost with its socket made the hub fail a task whose executor had come back.
  it('with the epoch from before a resume that was lost on the way is adopted', () => {
    const d = running({ priority: 'LOW' });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.complete('b');
    expect(d.task('a').epoch).toBe(3);
    d.lose('w');
    // Another session of the same principal has no such excuse.
    expect(d.hello('w2', [{ task_id: 'a', epoch: 1 }], 'w')).toEqual({ adopted: [], released: ['a'] });
    expect(d.hello('w', [{ task_id: 'a', epoch: 1 }], 'w', true)).toEqual({ adopted: ['a'], released: [] });
  });

  it('with the epoch of an earlier attempt is released', () => {
    const d = running({ max_attempts: 2 });
    d.fail('a', true);
    d.advance(1_000);
    expect(d.task('a')).toMatchObject({ state: 'running', attempt: 2, epoch: 2 });
    d.lose('w');
    expect(d.hello('w2', [{ task_id: 'a', epoch: 1 }], 'w')).toEqual({ adopted: [], released: ['a'] });
  });

  // A new session once heard that its run was over, of which only the last resume had been taken back.
  it.each([
    ['the session that has the run', 'w', true],
    ['a new one', 'w2', false],
  ])('with the epoch of a resume that a crash took back is adopted by %s', (_, session_id, resumed) => {
    const d = running();
    d.crash();
    const holding = [{ task_id: 'a', epoch: d.epoch + 1 }];
    expect(d.hello('w3', holding, 'w')).toEqual({ adopted: [], released: ['a'] });
    d.epoch += 10;
    expect(d.hello('thief', holding, 'thief')).toEqual({ adopted: [], released: ['a'] });
    expect(d.hello(session_id, holding, 'w', resumed)).toEqual({ adopted: ['a'], released: [] });
  });

  it('of a task whose session is connected elsewhere is released', () => {
    const d = running({ priority: 'LOW' });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    expect(d.hello('w2', ['a', 'b'], 'w')).toEqual({ adopted: [], released: ['a', 'b'] });
    d.complete('b');
    expect(d.ordered().at(-1)).toBe('task.resume a → w');
  });

  it.each([
    ['over', (d: LaneDriver) => [d.lose('w'), d.cancel('a')]],
    ['retried by now', (d: LaneDriver) => [d.lose('w'), d.advance(30_000)]],
    ['running elsewhere', (d: LaneDriver) => [d.worker('w3', ['*']), d.lose('w'), d.advance(31_000)]],
  ])('of a task that is %s is released', (_, before) => {
    const d = running({ max_attempts: 3 });
    before(d);
    expect(d.hello('w2', [{ task_id: 'a', epoch: 1 }], 'w')).toEqual({ adopted: [], released: ['a'] });
  });

  it('takes a self task over to the new session, where it is finished', () => {
    const d = new LaneDriver();
    d.submit('a', { executor: 'self', idempotency_key: 'a', from: 's', principal: 'p' });
    d.lose('s');
    expect(d.hello('s2', ['a'], 'p')).toEqual({ adopted: ['a'], released: [] });
    expect(d.ordered().at(-1)).toBe('task.resume a → s2');
    d.advance(60_000);
    expect(d.state('a')).toBe('running');
  });

  it('of an adopted task stays with the adopter, when the old session comes back too', () => {
    const d = running();
    d.lose('w');
    d.hello('w2', ['a'], 'w');
    expect(d.back('w', [{ task_id: 'a', epoch: 1 }])).toEqual({ adopted: [], released: ['a'] });
    expect(d.state('a')).toBe('running');
  });
});

describe('a claim that runs out', () => {
  it('after 30 s with no attempt left fails the task as executor_lost', () => {
    const d = running();
    d.lose('w');
    d.advance(29_999);
    expect(d.task('a').state).toBe('paused');
    d.advance(1);
    expect(d.state('a')).toBe('failed (executor_lost)');
    expect(d.task('a').error?.code).toBe('executor_lost');
  });

  it('with attempts left gives the task to any executor, from its last checkpoint', () => {
    const d = running({ max_attempts: 2 });
    d.worker('other', ['*']);
    d.open('a');
    d.chunk('a', 0);
    d.checkpoint('a', { at: 1 });
    d.chunk('a', 1);
    d.lose('w');
    d.told();
    d.advance(30_000);
    expect(d.told()).toEqual(['task.retrying a']);
    d.advance(1_000);
    expect(d.told()).toEqual(['task.started a']);
    expect(d.lastOrder('task.dispatch')).toMatchObject({
      attempt: 2,
      resume: { checkpoint: { at: 1 }, checkpoint_streams: { main: 1 }, streams: { main: 2 }, heard: {} },
    });
    expect(d.ordered().at(-1)).toBe('task.dispatch a → other');
  });

  it('runs while a task is paused already', () => {
    const d = running({ priority: 'LOW' });
    d.worker('other', ['special']);
    d.load.set('w', { runs: 1, idle_since: 0 });
    d.submit('b', { name: 'special', priority: 'HIGH' });
    d.paused('a');
    d.lose('w');
    expect(d.task('a')).toMatchObject({ state: 'paused', waiting_for: 'session' });
    d.advance(30_000);
    expect(d.state('a')).toBe('failed (executor_lost)');
    expect(d.state('b')).toBe('running');
  });

  it('is no more when the task was finished meanwhile', () => {
    const d = running();
    d.lose('w');
    d.back('w', ['a']);
    d.complete('a');
    d.advance(120_000);
    expect(d.state('a')).toBe('completed');
  });

  it('cancels a waiting self task as session_ended', () => {
    const d = laneWithWorker();
    d.submit('busy');
    d.submit('mine', { executor: 'self', idempotency_key: 'k', from: 's' });
    d.lose('s');
    expect(d.task('mine').waiting_for).toBe('session');
    d.advance(29_999);
    expect(d.state('mine')).toBe('queued');
    d.advance(1);
    expect(d.state('mine')).toBe('cancelled (session_ended)');
    expect(d.state('busy')).toBe('running');
  });

  it('fails a self task that ran, whatever its attempts: nobody else can run it', () => {
    const d = new LaneDriver();
    d.submit('mine', { executor: 'self', idempotency_key: 'k', from: 's', max_attempts: 5 });
    d.lose('s');
    d.advance(30_000);
    expect(d.state('mine')).toBe('failed (executor_lost)');
  });
});

describe('a session that is over', () => {
  it('ends its claims at once: the task fails, and its registrations are gone', () => {
    const d = running();
    d.end('w');
    expect(d.state('a')).toBe('failed (executor_lost)');
    d.submit('b');
    expect(d.task('b').waiting_for).toBe('worker');
  });

  it('lets a task with attempts go to another worker a second later', () => {
    const d = running({ max_attempts: 2 });
    d.worker('other', ['*']);
    d.end('w');
    d.advance(1_000);
    expect(d.ordered().at(-1)).toBe('task.dispatch a → other');
  });

  it('cancels its waiting self tasks at once', () => {
    const d = laneWithWorker();
    d.submit('busy');
    d.submit('mine', { executor: 'self', idempotency_key: 'k', from: 's' });
    d.end('s');
    expect(d.state('mine')).toBe('cancelled (session_ended)');
  });

  it('that was lost before ends its claims before their time', () => {
    const d = running();
    d.lose('w');
    d.end('w');
    expect(d.state('a')).toBe('failed (executor_lost)');
    expect(d.wake_at).toBeGreaterThan(d.now + 30_000);
  });

  it.each(['session.lost', 'session.ended'] as const)(
    '%s of a session that the lane does not know is nothing',
    (kind) => {
      const d = laneWithWorker();
      d.ok({ kind, session_id: 'stranger' });
      expect(d.facts).toEqual([]);
    },
  );
});

describe('workers', () => {
  it('that leave keep what they run', () => {
    const d = running();
    d.unregister('w', ['*']);
    expect(d.state('a')).toBe('running');
    d.submit('b');
    d.complete('a');
    expect(d.task('b').waiting_for).toBe('worker');
  });

  it('of several the one with the fewest runs on other lanes gets the task', () => {
    const d = new LaneDriver();
    d.worker('busy');
    d.worker('free');
    d.load.set('busy', { runs: 1, idle_since: 0 });
    d.load.set('free', { runs: 0, idle_since: 500 });
    d.submit('a');
    expect(d.ordered()).toEqual(['task.dispatch a → free']);
  });

  it('of equally busy ones the longest idle gets the task', () => {
    const d = new LaneDriver();
    d.worker('recent');
    d.worker('rested');
    d.load.set('recent', { runs: 0, idle_since: 900 });
    d.load.set('rested', { runs: 0, idle_since: 100 });
    d.submit('a');
    expect(d.ordered()).toEqual(['task.dispatch a → rested']);
  });

  it('that never ran count as idle for ever, in the order in which they came', () => {
    const d = new LaneDriver();
    d.worker('first');
    d.worker('second');
    d.load.set('first', { runs: 0, idle_since: 100 });
    d.submit('a');
    expect(d.ordered()).toEqual(['task.dispatch a → second']);
  });

  it.each([
    ['job', 'job', true],
    ['job', 'job2', false],
    ['jo*', 'job', true],
    ['job*', 'job', true],
    ['*', 'anything at all', true],
    ['jobs*', 'job', false],
    ['JOB', 'job', false],
  ])('registered for %j serve %j: %s', (pattern, name, serves) => {
    const d = new LaneDriver();
    d.worker('w', [pattern]);
    d.submit('before', { name });
    expect(d.holder()).toBe(serves ? 'before' : null);
  });

  it('that register later are given what waited for them', () => {
    const d = new LaneDriver();
    d.submit('a', { name: 'voice_command' });
    expect(d.task('a').waiting_for).toBe('worker');
    d.worker('w', ['voice_*']);
    expect(d.holder()).toBe('a');
  });

  it('that give up a wildcard still serve the names they registered besides', () => {
    const d = new LaneDriver();
    d.worker('w', ['*', 'job']);
    d.unregister('w', ['*']);
    d.submit('a');
    d.submit('b', { name: 'other' });
    expect(d.holder()).toBe('a');
    expect(d.task('b').waiting_for).toBe('worker');
  });

  it('take part only where they registered: a lost one does not count', () => {
    const d = new LaneDriver();
    d.worker('gone');
    d.worker('here');
    d.lose('gone');
    d.submit('a');
    expect(d.ordered()).toEqual(['task.dispatch a → here']);
  });

  it('that were lost for longer than their time have to register again', () => {
    const d = laneWithWorker();
    d.lose('w');
    d.advance(30_000);
    d.back('w');
    d.submit('a');
    expect(d.task('a').waiting_for).toBe('worker');
  });
});

describe('a restart of the hub', () => {
  it('pauses what ran; session_ttl_ms runs from the restart', () => {
    const d = running();
    d.advance(5_000);
    d.told();
    d.crash();
    expect(d.told()).toEqual(['task.paused a']);
    expect(d.state('a')).toBe('paused (executor_lost)');
    d.advance(29_999);
    expect(d.task('a').state).toBe('paused');
    d.advance(1);
    expect(d.state('a')).toBe('failed (executor_lost)');
  });

  it('lets the executor go on where it was', () => {
    const d = running();
    d.open('a');
    d.chunk('a', 0);
    d.advance(1_000);
    d.crash();
    expect(d.back('w', ['a'])).toEqual({ adopted: ['a'], released: [] });
    expect(d.lastOrder('task.resume')).toMatchObject({ epoch: 2, streams: { main: 1 } });
    d.chunk('a', 1);
    d.complete('a');
  });

  it('keeps queued tasks in their order, and paused ones before them', () => {
    const d = running({ priority: 'LOW' });
    d.submit('b', { priority: 'LOW' });
    d.submit('c', { priority: 'URGENT', preempt: 'queue' });
    d.crash();
    d.worker('w2', ['*']);
    d.back('w', ['a']);
    expect(d.runAll()).toEqual(['c', 'a', 'b']);
  });

  it('while a task is cancelling ends it, and nothing is left to wake for', () => {
    const d = running();
    d.cancel('a');
    d.crash();
    expect(d.state('a')).toBe('cancelled (requested)');
    // The session had no other claim: its timer once stayed behind and was due for ever.
    d.advance(60_000);
    expect(d.state('a')).toBe('cancelled (requested)');
  });

  it('starts the retry and ttl clocks where they were', () => {
    const d = new LaneDriver();
    d.worker('w', ['job']);
    d.submit('a', { max_attempts: 2 });
    d.submit('b', { ttl_ms: 5_000, name: 'later' });
    d.fail('a', true);
    d.crash();
    d.worker('w2', ['job']);
    expect(d.task('a').waiting_for).toBe('retry');
    d.advance(1_000);
    expect(d.holder()).toBe('a');
    d.advance(4_000);
    expect(d.state('b')).toBe('expired (ttl)');
  });

  it('keeps a stopped lane stopped, drained or not', () => {
    const d = laneWithWorker();
    d.stop(true);
    d.crash();
    expect(d.status().state.started).toBe(false);
  });

  it('keeps idempotency keys, ends and checkpoints', () => {
    const d = running({ idempotency_key: 'k', fingerprint: 'f', max_attempts: 2 });
    d.checkpoint('a', 7);
    d.submit('b', { idempotency_key: 'k2', fingerprint: 'f' });
    d.cancel('b');
    d.crash();
    expect(d.submit('x', { idempotency_key: 'k', fingerprint: 'f' })).toMatchObject({ task_id: 'a', duplicate: true });
    expect(d.submit('y', { idempotency_key: 'k2', fingerprint: 'f' })).toMatchObject({
      task_id: 'b',
      state: 'cancelled',
      duplicate: true,
    });
    d.advance(31_000);
    d.worker('w', ['*']);
    expect(d.lastOrder('task.dispatch').resume?.checkpoint).toBe(7);
  });
});

describe('a self task', () => {
  it('is run by the session that submitted it, with its key told in the dispatch', () => {
    const d = laneWithWorker();
    d.submit('mine', { executor: 'self', idempotency_key: 'k', from: 's' });
    expect(d.ordered()).toEqual(['task.dispatch mine → s']);
    expect(d.lastOrder('task.dispatch').task.idempotency_key).toBe('k');
  });

  it('is never given to a worker of its name', () => {
    const d = laneWithWorker();
    d.submit('busy');
    d.submit('mine', { executor: 'self', idempotency_key: 'k', from: 's' });
    d.lose('s');
    d.complete('busy');
    expect(d.holder()).toBeNull();
    d.back('s');
    expect(d.ordered().at(-1)).toBe('task.dispatch mine → s');
  });

  it('that failed with retryable is started again at the same session', () => {
    const d = new LaneDriver();
    d.submit('mine', { executor: 'self', idempotency_key: 'k', from: 's', max_attempts: 2 });
    d.fail('mine', true);
    d.advance(1_000);
    expect(d.ordered()).toEqual(['task.dispatch mine → s', 'task.dispatch mine → s']);
  });
});

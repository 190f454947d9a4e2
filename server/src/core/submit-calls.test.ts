import { describe, expect, it } from 'vitest';
import { codeOf, LaneDriver, laneWithWorker } from './testing/drive.js';

/** `parent` runs on worker `w`. */
function runningParent(priority: 'URGENT' | 'MEDIUM' | 'LOW' = 'MEDIUM'): LaneDriver {
  const d = laneWithWorker();
  d.submit('parent', { priority });
  d.told();
  d.ordered();
  return d;
}

describe('a call', () => {
  it('pauses the caller as awaiting_child, runs the child, and then the caller goes on with a new epoch', () => {
    const d = runningParent();
    expect(d.call('child', 'parent')).toEqual({ task_id: 'child', state: 'running', position: null, duplicate: false });
    expect(d.told()).toEqual(['task.queued child', 'task.paused parent', 'task.started child']);
    expect(d.state('parent')).toBe('paused (awaiting_child)');
    expect(d.task('parent').waiting_for).toBe('child');
    expect(d.ordered()).toEqual(['task.dispatch child → w']);

    d.complete('child', 'answer');
    expect(d.told()).toEqual(['task.completed child', 'task.resumed parent']);
    expect(d.ordered()).toEqual(['task.resume parent → w']);
    expect(d.task('parent')).toMatchObject({ state: 'running', attempt: 1, epoch: 3 });
  });

  it("lets the child go before others of the caller's level, also paused ones", () => {
    const d = runningParent();
    d.cancel('parent');
    d.cancelled('parent');
    d.submit('old', { priority: 'MEDIUM' });
    d.submit('boss', { priority: 'HIGH' });
    d.paused('old');
    d.submit('waits', { priority: 'HIGH' });
    d.call('child', 'boss', { priority: 'BACKGROUND' });
    expect(d.holder()).toBe('child');
    expect(d.runAll()).toEqual(['child', 'boss', 'waits', 'old']);
  });

  it('competes at the higher of both priorities: a LOW child of a MEDIUM caller is not interrupted by MEDIUM', () => {
    const d = runningParent();
    d.call('child', 'parent', { priority: 'LOW' });
    d.submit('other', { priority: 'MEDIUM' });
    expect(d.holder()).toBe('child');
    expect(d.state('child')).toBe('running');
    d.submit('higher', { priority: 'HIGH' });
    expect(d.state('child')).toBe('pausing (interrupted)');
  });

  it('keeps its own priority when that is the higher one', () => {
    const d = runningParent('LOW');
    d.call('child', 'parent', { priority: 'URGENT' });
    d.submit('high', { priority: 'HIGH' });
    expect(d.state('child')).toBe('running');
    expect(d.runAll()).toEqual(['child', 'high', 'parent']);
  });

  it('is told with the priority it was submitted with', () => {
    const d = runningParent();
    d.call('child', 'parent', { priority: 'LOW' });
    expect(d.task('child')).toMatchObject({ priority: 'LOW', parent_id: 'parent', call: true });
  });

  it('pauses the caller whatever its holds and its interruptible', () => {
    const d = laneWithWorker();
    d.submit('parent', { interruptible: false });
    d.hold('parent');
    d.open('parent', { can_interrupt: false });
    d.call('child', 'parent', { priority: 'LOW' });
    expect(d.holder()).toBe('child');
    expect(d.state('parent')).toBe('paused (awaiting_child)');
  });

  it('can be made from a task that is pausing: the pause is over at once', () => {
    const d = runningParent();
    d.submit('urgent', { priority: 'URGENT' });
    expect(d.state('parent')).toBe('pausing (interrupted)');
    d.call('child', 'parent');
    expect(d.state('parent')).toBe('paused (awaiting_child)');
    expect(d.holder()).toBe('urgent');
    expect(codeOf(d.frame('task.paused', 'parent', { checkpoint: 3 }))).toBe('ok');
    expect(d.runAll()).toEqual(['urgent', 'child', 'parent']);
  });

  it('can be made from a paused task, which waits for the child from then on', () => {
    const d = runningParent();
    d.submit('urgent', { priority: 'URGENT' });
    d.paused('parent');
    d.call('child', 'parent', { priority: 'LOW' });
    expect(d.task('parent').waiting_for).toBe('child');
    expect(d.runAll()).toEqual(['urgent', 'child', 'parent']);
  });

  it.each([
    ['of a task that the session does not run', { from: 'stranger' }],
    ['of a task that is not there', { parent_id: 'nobody' }],
  ])('%s is forbidden, and queues nothing', (_, options) => {
    const d = runningParent();
    expect(codeOf(d.trySubmit('child', { from: 'w', parent_id: 'parent', call: true, ...options }))).toBe('forbidden');
    expect(d.status().queue_size).toBe(0);
    expect(d.state('parent')).toBe('running');
  });

  it.each(['queued', 'cancelling', 'completed'] as const)('of a task that is %s is forbidden', (state) => {
    const d = laneWithWorker();
    if (state === 'queued') d.stop();
    d.submit('parent');
    if (state === 'cancelling') d.cancel('parent');
    if (state === 'completed') d.complete('parent');
    expect(d.task('parent').state).toBe(state);
    expect(codeOf(d.trySubmit('child', { from: 'w', parent_id: 'parent', call: true }))).toBe('forbidden');
  });

  it('without call, a parent_id is for tracing alone', () => {
    const d = runningParent();
    d.submit('child', { parent_id: 'parent' });
    expect(d.state('parent')).toBe('running');
    expect(d.task('child').parent_id).toBe('parent');
    d.complete('parent');
    expect(d.state('child')).toBe('running');
  });
});

describe('the end of a child', () => {
  it.each([
    ['completed', (d: LaneDriver) => d.complete('child')],
    ['failed', (d: LaneDriver) => d.fail('child')],
    ['cancelled', (d: LaneDriver) => [d.cancel('child'), d.cancelled('child')]],
    ['failed by its timeout', (d: LaneDriver) => [d.advance(1_000), d.cancelled('child')]],
    ['failed with its executor', (d: LaneDriver) => d.end('other')],
  ])('that %s lets the caller go on', (_, finish) => {
    const d = runningParent();
    d.worker('other', ['special']);
    d.load.set('w', { runs: 1, idle_since: 0 });
    d.call('child', 'parent', { name: 'special', timeout_ms: 1_000 });
    expect(d.holder()).toBe('child');
    finish(d);
    expect(d.holder()).toBe('parent');
    expect(d.state('parent')).toBe('running');
  });

  it('that expired in the queue lets the caller go on', () => {
    const d = new LaneDriver();
    d.worker('w', ['job']);
    d.submit('parent');
    d.call('child', 'parent', { name: 'nobody_does_this', ttl_ms: 500 });
    expect(d.holder()).toBeNull();
    expect(d.task('child').waiting_for).toBe('worker');
    d.advance(500);
    expect(d.state('child')).toBe('expired (ttl)');
    expect(d.holder()).toBe('parent');
  });

  it('that was cancelled while it waited lets the caller go on', () => {
    const d = runningParent();
    d.submit('urgent', { priority: 'URGENT' });
    d.paused('parent');
    d.call('child', 'parent');
    d.cancel('child');
    expect(d.task('parent').waiting_for).toBe('floor');
    d.complete('urgent');
    expect(d.holder()).toBe('parent');
  });

  it('is waited for by all its callers, each until its last child is over', () => {
    const d = runningParent();
    d.call('one', 'parent');
    d.call('two', 'parent');
    expect(d.holder()).toBe('one');
    d.complete('one');
    expect(d.holder()).toBe('two');
    expect(d.task('parent').waiting_for).toBe('child');
    d.complete('two');
    expect(d.holder()).toBe('parent');
  });
});

describe('nested calls', () => {
  it('run from the innermost out, each at the level of the outermost', () => {
    const d = runningParent('URGENT');
    d.call('child', 'parent', { priority: 'LOW' });
    d.call('grandchild', 'child', { priority: 'BACKGROUND' });
    d.submit('high', { priority: 'HIGH' });
    expect(d.state('grandchild')).toBe('running');
    expect(d.runAll()).toEqual(['grandchild', 'child', 'parent', 'high']);
  });

  it('are all cancelled with the outermost caller', () => {
    const d = runningParent();
    d.call('child', 'parent');
    d.call('grandchild', 'child');
    d.told();
    d.cancel('parent');
    expect(d.state('parent')).toBe('cancelled (requested)');
    expect(d.state('child')).toBe('cancelled (parent_ended)');
    expect(d.state('grandchild')).toBe('cancelling (parent_ended)');
    d.advance(250);
    expect(d.state('grandchild')).toBe('cancelled (parent_ended)');
  });

  it('that raise a caller late raise what it waits for as well', () => {
    const d = runningParent('URGENT');
    d.submit('low', { priority: 'LOW', idempotency_key: 'low', from: 'w' });
    d.complete('parent');
    d.call('lowest', 'low', { priority: 'BACKGROUND' });
    d.submit('boss', { priority: 'URGENT' });
    d.paused('lowest');
    d.submit('medium', { priority: 'MEDIUM' });
    expect(
      d.call('again', 'boss', {
        priority: 'LOW',
        idempotency_key: 'low',
        fingerprint: JSON.stringify({ name: 'job', priority: 'LOW' }),
      }),
    ).toMatchObject({
      task_id: 'low',
      duplicate: true,
    });
    expect(d.runAll()).toEqual(['lowest', 'low', 'boss', 'medium']);
  });
});

describe('a call that is a duplicate', () => {
  it('of a task that waits makes the caller wait for that one', () => {
    const d = runningParent();
    d.submit('memory', { priority: 'LOW', dedupe: { key: 'memory', mode: 'keep' }, from: 'w' });
    expect(d.call('again', 'parent', { dedupe: { key: 'memory', mode: 'keep' } })).toEqual({
      task_id: 'memory',
      state: 'running',
      position: null,
      duplicate: true,
    });
    expect(d.state('parent')).toBe('paused (awaiting_child)');
    d.complete('memory');
    expect(d.holder()).toBe('parent');
  });

  it('of a terminal task pauses nobody', () => {
    const d = runningParent();
    const same = { idempotency_key: 'k', fingerprint: 'same' };
    d.call('child', 'parent', same);
    d.complete('child');
    expect(d.call('child2', 'parent', same)).toMatchObject({ task_id: 'child', state: 'completed', duplicate: true });
    expect(d.state('parent')).toBe('running');
  });

  it('of a child that it waits for already changes nothing', () => {
    const d = runningParent();
    const same = { idempotency_key: 'k', fingerprint: 'same' };
    d.call('child', 'parent', same);
    const seq = d.lane.seq;
    expect(d.call('child2', 'parent', same)).toMatchObject({ task_id: 'child', state: 'running', duplicate: true });
    expect(d.lane.seq).toBe(seq);
    d.complete('child');
    expect(d.holder()).toBe('parent');
  });

  it('of the caller itself, or of one that waits for it, would wait for ever and pauses nobody', () => {
    const d = laneWithWorker();
    d.submit('root', { from: 'w', idempotency_key: 'root', fingerprint: 'root' });
    d.call('child', 'root');
    expect(d.call('again', 'child', { idempotency_key: 'root', fingerprint: 'root' })).toMatchObject({
      task_id: 'root',
      duplicate: true,
    });
    expect(d.state('child')).toBe('running');
    expect(d.runAll()).toEqual(['child', 'root']);
  });

  it('never supersedes the callers that wait for it', () => {
    const d = laneWithWorker();
    const dedupe = { key: 'one', mode: 'replace' } as const;
    d.submit('root', { from: 'w', dedupe });
    d.call('child', 'root');
    d.call('grandchild', 'child', { dedupe });
    expect(d.state('root')).toBe('paused (awaiting_child)');
    expect(d.runAll()).toEqual(['grandchild', 'child', 'root']);
  });
});

describe('a caller', () => {
  it.each([
    ['is cancelled', (d: LaneDriver) => d.cancel('parent')],
    ['fails', (d: LaneDriver) => d.fail('parent')],
    ['completes all the same', (d: LaneDriver) => d.complete('parent')],
  ])('that %s while it waits cancels the child', (_, finish) => {
    const d = runningParent();
    d.call('child', 'parent');
    finish(d);
    expect(d.state('child')).toBe('cancelling (parent_ended)');
    expect(d.lastOrder('task.cancel')).toMatchObject({ task_id: 'child', reason: 'parent_ended' });
    d.cancelled('child');
    expect(d.state('child')).toBe('cancelled (parent_ended)');
    expect(d.holder()).toBeNull();
  });

  it('does not wait under its resume_ttl_ms; that runs again once the child is over', () => {
    const d = laneWithWorker();
    d.submit('parent', { resume_ttl_ms: 1_000 });
    d.call('child', 'parent', { timeout_ms: 1_000_000 });
    d.advance(60_000);
    expect(d.state('parent')).toBe('paused (awaiting_child)');
    d.submit('urgent', { priority: 'URGENT' });
    d.paused('child');
    d.cancel('child');
    expect(d.task('parent').waiting_for).toBe('floor');
    d.advance(999);
    expect(d.state('parent')).toBe('paused (awaiting_child)');
    d.advance(1);
    expect(d.state('parent')).toBe('expired (resume_ttl)');
  });

  it('does not count its wait as running time nor as an interruption', () => {
    const d = laneWithWorker();
    d.submit('parent', { timeout_ms: 1_000 });
    d.advance(400);
    d.call('child', 'parent', { timeout_ms: 100_000 });
    d.advance(5_000);
    d.complete('child');
    expect(d.task('parent')).toMatchObject({ state: 'running', running_ms: 400, paused_ms: 5_000, interruptions: 0 });
    d.advance(599);
    expect(d.state('parent')).toBe('running');
    d.advance(1);
    expect(d.state('parent')).toBe('cancelling (timeout)');
  });

  it('whose executor goes away while it waits is kept, and its child runs on elsewhere', () => {
    const d = new LaneDriver();
    d.worker('w', ['job']);
    d.worker('other', ['special']);
    d.submit('parent');
    d.call('child', 'parent', { name: 'special' });
    d.lose('w');
    expect(d.state('child')).toBe('running');
    d.complete('child');
    expect(d.task('parent')).toMatchObject({ state: 'paused', waiting_for: 'session' });
    expect(d.back('w', ['parent'])).toEqual({ adopted: ['parent'], released: [] });
    expect(d.holder()).toBe('parent');
  });

  it('whose claim runs out while it waits fails, and so the child is cancelled', () => {
    const d = new LaneDriver();
    d.worker('w', ['job']);
    d.worker('other', ['special']);
    d.submit('parent');
    d.call('child', 'parent', { name: 'special' });
    d.lose('w');
    d.advance(30_000);
    expect(d.state('parent')).toBe('failed (executor_lost)');
    expect(d.state('child')).toBe('cancelling (parent_ended)');
  });

  it('that is refused a child for lack of room goes on running', () => {
    const d = laneWithWorker({ queue_items_per_level_max: 1 });
    d.submit('parent');
    d.submit('waits');
    expect(codeOf(d.trySubmit('child', { from: 'w', parent_id: 'parent', call: true }))).toBe('queue_full');
    expect(d.state('parent')).toBe('running');
  });

  it('still waits for its child after a crash of the hub', () => {
    const d = runningParent();
    d.call('child', 'parent', { priority: 'LOW' });
    d.crash();
    d.submit('medium', { priority: 'MEDIUM' });
    d.back('w', ['parent', 'child']);
    d.worker('w', ['*']);
    expect(d.runAll()).toEqual(['child', 'parent', 'medium']);
  });
});

it('a holder that is raised by a call is kept from new holds only by those that would still interrupt it', () => {
  const d = new LaneDriver();
  d.worker('w', ['job']);
  d.submit('boss', { priority: 'HIGH' });
  d.call('never', 'boss', { name: 'nobody_does_this' });
  const low = { from: 'w', idempotency_key: 'low', fingerprint: 'low' };
  d.submit('low', { priority: 'LOW', ...low });
  d.hold('low');
  d.submit('medium', { priority: 'MEDIUM' });
  expect(d.task('medium').deferred).toEqual({ reason: 'hold', by_task_id: 'low' });
  expect(codeOf(d.tryHold('low'))).toBe('preempting');
  expect(d.call('again', 'boss', low)).toMatchObject({ task_id: 'low', duplicate: true });
  expect(d.task('medium').deferred).toBeUndefined();
  expect(d.status().state.tasks_deferred).toBe(0);
  expect(codeOf(d.tryHold('low'))).toBe('ok');
});

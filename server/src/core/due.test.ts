import { describe, expect, it } from 'vitest';
import { LaneDriver, laneWithWorker } from './testing/drive.js';

describe('ttl_ms', () => {
  it('expires a task that waited too long for its first start', () => {
    const d = new LaneDriver();
    d.submit('a', { ttl_ms: 15_000 });
    d.advance(14_999);
    expect(d.state('a')).toBe('queued');
    d.advance(1);
    expect(d.state('a')).toBe('expired (ttl)');
    expect(d.told()).toEqual(['task.queued a', 'task.expired a']);
    expect(d.status().queue_size).toBe(0);
  });

  it('runs on while the lane is stopped', () => {
    const d = laneWithWorker();
    d.stop();
    d.submit('a', { ttl_ms: 1_000 });
    d.advance(1_000);
    expect(d.state('a')).toBe('expired (ttl)');
  });

  it.each([
    ['runs', () => undefined],
    ['is paused', (d: LaneDriver) => [d.submit('b', { priority: 'HIGH' }), d.paused('a')]],
    ['is queued again by a restart', (d: LaneDriver) => [d.submit('b', { priority: 'HIGH' }), d.cancelled('a')]],
    ['waits for a retry', (d: LaneDriver) => d.fail('a', true)],
  ])('is over with the first start: not for a task that %s', (what, then) => {
    const d = laneWithWorker();
    d.submit('a', {
      ttl_ms: 1_000,
      max_attempts: 9,
      priority: 'LOW',
      on_interrupt: what.includes('restart') ? 'restart' : 'pause',
    });
    d.advance(500);
    then(d);
    d.advance(2_000);
    expect(d.facts.some(({ event }) => event === 'task.expired')).toBe(false);
  });

  it('of a deferred task ends its deferral', () => {
    const d = laneWithWorker();
    d.submit('a', { priority: 'LOW', interruptible: false });
    d.submit('b', { priority: 'HIGH', ttl_ms: 1_000 });
    d.advance(1_000);
    expect(d.state('b')).toBe('expired (ttl)');
    expect(d.status().state.tasks_deferred).toBe(0);
  });
});

describe('resume_ttl_ms', () => {
  it('expires a task that was paused too long, and its executor is told', () => {
    const d = laneWithWorker();
    d.submit('a', { priority: 'LOW', resume_ttl_ms: 10_000 });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.advance(9_999);
    expect(d.state('a')).toBe('paused (interrupted)');
    d.ordered();
    d.advance(1);
    expect(d.state('a')).toBe('expired (resume_ttl)');
    expect(d.lastOrder('task.revoked')).toMatchObject({ task_id: 'a', epoch: 1, reason: 'resume_ttl' });
  });

  it('is for a single pause: each starts anew', () => {
    const d = laneWithWorker();
    d.submit('a', { priority: 'LOW', resume_ttl_ms: 10_000 });
    for (const id of ['b', 'c', 'e']) {
      d.submit(id, { priority: 'HIGH' });
      d.paused('a');
      d.advance(9_000);
      d.complete(id);
    }
    expect(d.state('a')).toBe('running');
  });

  it('runs while the executor is away, and while the lane is stopped', () => {
    const d = laneWithWorker();
    d.submit('a', { resume_ttl_ms: 5_000 });
    d.stop();
    d.paused('a');
    d.advance(2_000);
    d.lose('w');
    d.advance(3_000);
    expect(d.state('a')).toBe('expired (resume_ttl)');
  });

  it('is not the grace of the pause', () => {
    const d = laneWithWorker();
    d.submit('a', { priority: 'LOW', resume_ttl_ms: 1_000, pause_grace_ms: 5_000 });
    d.submit('b', { priority: 'HIGH' });
    d.advance(4_000);
    expect(d.task('a').state).toBe('pausing');
    d.paused('a');
    d.advance(999);
    expect(d.task('a').state).toBe('paused');
  });
});

describe('what is due', () => {
  it('at one moment is dealt with earliest first, with a decision after each', () => {
    const d = laneWithWorker();
    d.submit('a', { timeout_ms: 1_000, pause_grace_ms: 0 });
    d.submit('b', { ttl_ms: 1_500 });
    d.submit('c', { ttl_ms: 900 });
    d.now += 10_000;
    d.give({ kind: 'wake' });
    expect(d.told().slice(4)).toEqual(['task.expired c', 'task.cancelling a', 'task.failed a', 'task.started b']);
  });

  it('at the same moment is decided about together: of two retries the higher one starts', () => {
    const d = laneWithWorker();
    // The lower one is due first in the heap; it once got the floor, and the higher one was deferred behind it.
    d.submit('low', { priority: 'BACKGROUND', interruptible: false, max_attempts: 2 });
    d.fail('low', true);
    d.submit('high', { priority: 'HIGH', max_attempts: 2 });
    d.fail('high', true);
    d.advance(1_000);
    expect(d.holder()).toBe('high');
    expect(d.told()).not.toContain('task.deferred high');
    expect(d.runAll()).toEqual(['high', 'low']);
  });

  it('is nothing in a lane where nothing happens', () => {
    const d = laneWithWorker();
    expect(d.wake_at).toBeNull();
  });

  it('is the next thing, whatever it is', () => {
    const d = laneWithWorker();
    const at = d.now;
    d.submit('a', { priority: 'LOW', timeout_ms: 100_000, pause_grace_ms: 300 });
    expect(d.wake_at).toBe(at + 100_000);
    const hold = d.hold('a', 20_000);
    expect(d.wake_at).toBe(at + 20_000);
    d.submit('b', { priority: 'HIGH', ttl_ms: 15_000 });
    expect(d.wake_at).toBe(at + 15_000);
    d.open('a');
    d.chunk('a', 0);
    expect(d.wake_at).toBe(at + 1_000);
    d.release('a', hold);
    expect(d.wake_at).toBe(at + 300);
  });

  it('does not come early: a wake before its time changes nothing', () => {
    const d = new LaneDriver();
    d.submit('a', { ttl_ms: 1_000 });
    d.now += 999;
    d.give({ kind: 'wake' });
    expect(d.last).toMatchObject({ records: [], effects: [], wake_at: d.now + 1 });
  });
});

describe('ended tasks', () => {
  it('stay readable for 10 min', () => {
    const d = laneWithWorker();
    d.submit('a');
    d.complete('a');
    d.advance(600_000);
    expect(d.lane.tasks.has('a')).toBe(true);
    d.advance(2_000);
    expect(d.lane.tasks.has('a')).toBe(false);
    expect(d.wake_at).toBeNull();
  });

  it('are bounded in number; their keys answer all the same', () => {
    const d = laneWithWorker({ ended_tasks_max: 10 });
    for (let i = 0; i < 400; i += 1) {
      d.submit(`t${i}`, { idempotency_key: `k${i}`, fingerprint: 'f' });
      d.complete(`t${i}`);
    }
    expect(d.lane.tasks.size).toBeLessThanOrEqual(10 + 256 + 1);
    expect(d.submit('x', { idempotency_key: 'k0', fingerprint: 'f' })).toEqual({
      task_id: 't0',
      state: 'completed',
      position: null,
      duplicate: true,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { codeOf, LaneDriver, laneWithWorker, okOf } from './testing/drive.js';

function running(options: Parameters<LaneDriver['submit']>[1] = {}): LaneDriver {
  const d = laneWithWorker();
  d.submit('a', options);
  d.told();
  d.ordered();
  return d;
}

describe('a failure', () => {
  it('ends the task with its error when it is not retryable, whatever attempts are left', () => {
    const d = running({ max_attempts: 5 });
    d.fail('a', false);
    expect(d.task('a')).toMatchObject({ state: 'failed', error: { code: 'broken', message: 'it broke' }, attempt: 1 });
  });

  it('ends the task when it is retryable but no attempt is left', () => {
    const d = running();
    d.fail('a', true);
    expect(d.task('a').state).toBe('failed');
  });

  it('that is retryable queues the task; the next start comes 1 s later', () => {
    const d = running({ max_attempts: 3 });
    for (const attempt of [2, 3]) {
      d.fail('a', true);
      expect(d.task('a')).toMatchObject({ state: 'queued', waiting_for: 'retry', error: { code: 'broken' } });
      d.advance(999);
      expect(d.holder()).toBeNull();
      d.advance(1);
      expect(d.task('a')).toMatchObject({ state: 'running', attempt });
      expect(d.lastOrder('task.dispatch').attempt).toBe(attempt);
    }
    d.fail('a', true);
    expect(d.task('a')).toMatchObject({ state: 'failed', attempt: 3 });
    expect(d.told()).toEqual([
      'task.retrying a',
      'task.started a',
      'task.retrying a',
      'task.started a',
      'task.failed a',
    ]);
  });

  it('lets others run during the second before the retry, which does not interrupt its equals', () => {
    const d = running({ max_attempts: 2 });
    d.submit('b');
    d.fail('a', true);
    expect(d.holder()).toBe('b');
    d.advance(1_000);
    expect(d.state('b')).toBe('running');
    expect(d.task('a').waiting_for).toBe('floor');
    d.submit('c');
    d.complete('b');
    // Back at its old place.
    expect(d.holder()).toBe('a');
  });

  it('whose retry is due interrupts what is lower', () => {
    const d = running({ priority: 'HIGH', max_attempts: 2 });
    d.submit('b', { priority: 'LOW' });
    d.fail('a', true);
    expect(d.holder()).toBe('b');
    d.advance(1_000);
    expect(d.state('b')).toBe('pausing (interrupted)');
  });

  it('goes to any worker of that name', () => {
    const d = running({ max_attempts: 2 });
    d.worker('other', ['*']);
    d.load.set('w', { runs: 1, idle_since: 0 });
    d.fail('a', true);
    d.advance(1_000);
    expect(d.ordered()).toEqual(['task.dispatch a → other']);
  });

  it('of a paused task is taken likewise', () => {
    const d = running({ priority: 'LOW', max_attempts: 2 });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.fail('a', true);
    expect(d.task('a')).toMatchObject({ state: 'queued', waiting_for: 'retry' });
  });

  it('that waits for its retry can be cancelled', () => {
    const d = running({ max_attempts: 2 });
    d.fail('a', true);
    d.cancel('a');
    d.advance(10_000);
    expect(d.state('a')).toBe('cancelled (requested)');
  });
});

describe('an end', () => {
  it('gives the floor to the next and tells the result', () => {
    const d = running();
    d.submit('b');
    d.complete('a', { said: 'hi' });
    expect(d.told()).toEqual(['task.queued b', 'task.completed a', 'task.started b']);
    expect(d.lastFact('task.completed').task).toMatchObject({ state: 'completed', result: { said: 'hi' } });
    expect(d.status().state.tasks_completed).toBe(1);
  });

  it('is told without args and meta', () => {
    const d = running({ args: { secret: 1 }, meta: { m: 1 }, priority: 'LOW', on_interrupt: 'restart' });
    d.submit('b', { args: 2, meta: { m: 2 }, priority: 'HIGH' });
    d.cancelled('a');
    d.runAll();
    expect(d.told().filter((fact) => fact === 'task.queued a')).toHaveLength(1);
    for (const fact of d.facts) {
      if (!('task' in fact)) continue;
      const told = fact.event === 'task.queued' || fact.event === 'task.started';
      expect('args' in fact.task, fact.event).toBe(told);
      expect('meta' in fact.task, fact.event).toBe(told);
    }
  });

  it('comes once: a repeated complete is stale', () => {
    const d = running();
    d.complete('a');
    expect(codeOf(d.frame('task.complete', 'a', { session_id: 'w', epoch: 1 }))).toBe('stale_epoch');
    expect(d.facts.filter(({ event }) => event === 'task.completed')).toHaveLength(1);
  });

  it('counts only completed tasks as completed', () => {
    const d = running();
    d.fail('a');
    d.submit('b');
    d.cancel('b');
    d.cancelled('b');
    expect(d.status().state.tasks_completed).toBe(0);
  });
});

describe('the accounts of a task', () => {
  it('count running and paused time apart, over several pauses', () => {
    const d = running({ priority: 'LOW' });
    d.advance(1_000);
    d.submit('b', { priority: 'HIGH' });
    d.advance(100);
    d.paused('a');
    d.advance(5_000);
    d.complete('b');
    d.advance(2_000);
    d.submit('c', { priority: 'HIGH' });
    d.paused('a');
    d.advance(3_000);
    d.complete('c');
    d.advance(500);
    d.complete('a');
    d.advance(9_999);
    expect(d.task('a')).toMatchObject({ running_ms: 3_500, paused_ms: 8_000, interruptions: 2 });
    const { submitted_at, started_at, ended_at } = d.task('a');
    expect([started_at! - submitted_at, ended_at! - submitted_at]).toEqual([0, 11_600]);
  });

  it('are as of now while it runs and while it is paused', () => {
    const d = running({ priority: 'LOW' });
    d.advance(1_500);
    expect(d.task('a').running_ms).toBe(1_500);
    expect(d.status().current_task).toMatchObject({ running_for: 1.5 });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.advance(700);
    expect(d.task('a')).toMatchObject({ running_ms: 1_500, paused_ms: 700 });
  });

  it('do not count what was queued', () => {
    const d = running();
    d.submit('b');
    d.advance(5_000);
    d.complete('a');
    expect(d.task('b')).toMatchObject({ running_ms: 0, paused_ms: 0 });
    expect(d.task('b').started_at! - d.task('b').submitted_at).toBe(5_000);
  });

  it('tell the pause that is over in the resume', () => {
    const d = running({ priority: 'LOW' });
    for (const ms of [3_000, 4_000]) {
      d.submit(`b${ms}`, { priority: 'HIGH' });
      d.paused('a');
      d.advance(ms);
      d.complete(`b${ms}`);
      expect(d.lastOrder('task.resume').paused_ms).toBe(ms);
    }
  });
});

describe('a request to cancel', () => {
  it('answers with the task as it is then', () => {
    const d = running();
    const reply = okOf(d.tryCancel('a', { principal: 'producer' }));
    expect(reply['task']).toMatchObject({ task_id: 'a', state: 'cancelling', reason: 'requested' });
  });

  it('of a paused task leaves the floor where it is', () => {
    const d = running({ priority: 'LOW' });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    d.cancel('a');
    expect(d.holder()).toBe('b');
    expect(d.status().paused_tasks).toBe(0);
  });
});

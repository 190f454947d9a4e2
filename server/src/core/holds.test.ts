import { describe, expect, it } from 'vitest';
import { codeOf, LaneDriver, laneWithWorker, okOf } from './testing/drive.js';

function lowRuns(options: Parameters<LaneDriver['submit']>[1] = {}): LaneDriver {
  const d = laneWithWorker();
  d.submit('a', { priority: 'LOW', ...options });
  d.told();
  return d;
}

const canInterrupt = (d: LaneDriver): boolean => d.status().state.can_interrupt;
const MIN = 60_000;

describe('a hold', () => {
  it('makes can_interrupt false until it is released', () => {
    const d = lowRuns();
    expect(canInterrupt(d)).toBe(true);
    const hold = d.hold('a');
    expect(canInterrupt(d)).toBe(false);
    d.release('a', hold);
    expect(canInterrupt(d)).toBe(true);
    expect(d.told()).toEqual(['hold.taken a', 'hold.released a']);
  });

  it('is counted: the last one of several decides', () => {
    const d = lowRuns();
    const holds = [d.hold('a'), d.hold('a'), d.hold('a')];
    for (const hold of holds) {
      expect(canInterrupt(d)).toBe(false);
      d.release('a', hold);
    }
    expect(canInterrupt(d)).toBe(true);
  });

  it('is released once: the second time is hold_not_found', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    d.hold('a');
    d.release('a', hold);
    expect(codeOf(d.frame('floor.release', 'a', { hold_id: hold }))).toBe('hold_not_found');
    expect(canInterrupt(d)).toBe(false);
  });

  it('is told with its reason and its end', () => {
    const d = lowRuns();
    const reply = okOf(d.frame('floor.hold', 'a', { new_hold_id: 'h', ttl_ms: 1_000, reason: 'punch line' }));
    expect(reply).toEqual({ hold_id: 'h', expires_at: d.now + 1_000 });
    expect(d.lastFact('hold.taken')).toMatchObject({
      task_id: 'a',
      hold_id: 'h',
      reason: 'punch line',
      expires_at: d.now + 1_000,
    });
  });

  it.each([
    ['30 s by default', undefined, 30_000],
    ['what was asked for', 2_000, 2_000],
    ['5 min at most', 10 * MIN, 5 * MIN],
  ])('lasts %s', (_, ttl_ms, lasts) => {
    const d = lowRuns();
    d.hold('a', ttl_ms);
    d.advance(lasts - 1);
    expect(canInterrupt(d)).toBe(false);
    d.advance(1);
    expect(canInterrupt(d)).toBe(true);
    expect(d.told().at(-1)).toBe('hold.expired a');
  });

  it('is renewed from the moment of the renewal', () => {
    const d = lowRuns();
    const hold = d.hold('a', 10_000);
    d.advance(9_000);
    expect(okOf(d.renew('a', hold, 10_000))).toEqual({ hold_id: hold, expires_at: d.now + 10_000 });
    d.advance(9_999);
    expect(canInterrupt(d)).toBe(false);
    d.advance(1);
    expect(canInterrupt(d)).toBe(true);
  });

  it('is never renewed past 5 min from its taking', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    const taken = d.now;
    for (let i = 0; i < 11; i += 1) {
      d.advance(27_000);
      okOf(d.renew('a', hold));
    }
    expect(okOf(d.renew('a', hold))['expires_at']).toBe(taken + 5 * MIN);
    d.advance(taken + 5 * MIN - d.now);
    expect(canInterrupt(d)).toBe(true);
    expect(codeOf(d.renew('a', hold))).toBe('hold_not_found');
  });

  it('that is renewed is no new one: it is not refused while somebody is deferred', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    d.submit('b', { priority: 'HIGH' });
    expect(codeOf(d.tryHold('a'))).toBe('preempting');
    expect(codeOf(d.renew('a', hold))).toBe('ok');
  });

  it('of a holder that is not interruptible is refused while somebody is deferred', () => {
    const d = lowRuns({ interruptible: false });
    expect(codeOf(d.tryHold('a'))).toBe('ok');
    d.submit('b', { priority: 'HIGH' });
    expect(codeOf(d.tryHold('a'))).toBe('preempting');
  });

  it('may be taken while something waits that does not interrupt', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'URGENT', preempt: 'queue' });
    d.submit('c', { priority: 'LOW' });
    expect(codeOf(d.tryHold('a'))).toBe('ok');
  });

  it('ends with the run: when the task goes on it has none', () => {
    const d = lowRuns();
    d.hold('a');
    d.lose('w');
    d.back('w', ['a']);
    expect(d.state('a')).toBe('running');
    expect(canInterrupt(d)).toBe(true);
  });

  it('is told as released when its task ends', () => {
    const d = lowRuns();
    d.hold('a');
    d.complete('a');
    expect(d.told()).toEqual(['hold.taken a', 'hold.released a', 'task.completed a']);
    d.advance(10 * MIN);
    expect(d.told()).toEqual([]);
  });

  it('is one of 64 a task at most', () => {
    const d = lowRuns();
    for (let i = 0; i < 64; i += 1) d.hold('a');
    expect(codeOf(d.tryHold('a'))).toBe('too_large');
  });
});

describe('a stream that may not be interrupted', () => {
  it('takes a hold for its life', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false, reason: 'a sentence' });
    expect(d.status().state).toMatchObject({ mode: 'streaming', can_interrupt: false });
    expect(d.lastFact('hold.taken')).toMatchObject({ stream: 'main', reason: 'a sentence' });
    d.close('a');
    expect(canInterrupt(d)).toBe(true);
    expect(d.told()).toEqual(['stream.opened a', 'hold.taken a', 'hold.released a', 'stream.closed a']);
  });

  it('defers a donation, which runs when the stream ends', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false });
    d.submit('donation', { priority: 'HIGH' });
    expect(d.task('donation')).toMatchObject({ waiting_for: 'hold', deferred: { reason: 'hold', by_task_id: 'a' } });
    d.chunk('a', 0);
    d.close('a');
    d.paused('a');
    expect(d.holder()).toBe('donation');
  });

  it('is renewed by each chunk', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false });
    for (let seq = 0; seq < 4; seq += 1) {
      d.advance(20_000);
      d.chunk('a', seq);
    }
    d.advance(29_999);
    expect(canInterrupt(d)).toBe(false);
    d.advance(1);
    expect(canInterrupt(d)).toBe(true);
    expect(d.lastFact('hold.expired')).toMatchObject({ task_id: 'a', stream: 'main' });
  });

  it('is renewed for 5 min at most, whatever it streams, and not taken again', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false });
    const taken = d.now;
    for (let seq = 0; canInterrupt(d) === false; seq += 1) {
      d.advance(10_000);
      d.chunk('a', seq);
    }
    expect(d.now).toBe(taken + 5 * MIN);
    d.chunk('a', 30);
    d.open('a', { can_interrupt: false });
    expect(canInterrupt(d)).toBe(true);
  });

  it('that is closed and opened again after its lease ran out is another one', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false });
    d.advance(30_000);
    expect(canInterrupt(d)).toBe(true);
    d.close('a');
    d.open('a', { can_interrupt: false });
    expect(canInterrupt(d)).toBe(false);
  });

  it('opens also while somebody is deferred, but its hold waits until nobody is', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    d.submit('b', { priority: 'HIGH' });
    d.open('a', { can_interrupt: false });
    d.chunk('a', 0);
    d.told();
    expect(d.status().state.streaming).toBe(true);
    d.cancel('b');
    expect(d.told()).toEqual(['task.cancelled b', 'hold.taken a']);
    d.release('a', hold);
    expect(canInterrupt(d)).toBe(false);
  });

  it('does not keep the deferred one from interrupting once the other hold is over', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    d.submit('b', { priority: 'HIGH' });
    d.open('a', { can_interrupt: false });
    d.release('a', hold);
    expect(d.state('a')).toBe('pausing (interrupted)');
  });

  it('opened while pausing holds nothing before the resume, and then it does', () => {
    const d = lowRuns();
    d.submit('b', { priority: 'HIGH' });
    d.open('a', { can_interrupt: false });
    d.paused('a');
    expect(d.holder()).toBe('b');
    d.complete('b');
    expect(d.state('a')).toBe('running');
    expect(canInterrupt(d)).toBe(false);
  });

  it('has its hold in force again after a resume, for another 30 s', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false });
    d.lose('w');
    expect(d.told().slice(-2)).toEqual(['hold.released a', 'task.paused a']);
    d.advance(20_000);
    d.back('w', ['a']);
    expect(d.told()).toEqual(['task.resumed a', 'hold.taken a']);
    d.advance(29_999);
    expect(canInterrupt(d)).toBe(false);
    d.advance(1);
    expect(canInterrupt(d)).toBe(true);
  });

  it('that was closed before the pause holds nothing after it', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false });
    d.close('a');
    d.lose('w');
    d.back('w', ['a']);
    expect(canInterrupt(d)).toBe(true);
  });

  it('of an earlier attempt holds nothing in the next one until it is opened there', () => {
    const d = lowRuns({ max_attempts: 2 });
    d.open('a', { can_interrupt: false });
    d.fail('a', true);
    d.advance(1_000);
    expect(d.state('a')).toBe('running');
    expect(canInterrupt(d)).toBe(true);
    d.open('a', { can_interrupt: false });
    expect(canInterrupt(d)).toBe(false);
  });

  it('that is opened again as interruptible gives its hold up', () => {
    const d = lowRuns();
    d.open('a', { can_interrupt: false });
    d.open('a', { can_interrupt: true });
    expect(canInterrupt(d)).toBe(true);
  });

  it('counts beside other holds', () => {
    const d = lowRuns();
    const hold = d.hold('a');
    d.open('a', { can_interrupt: false });
    d.release('a', hold);
    expect(canInterrupt(d)).toBe(false);
    d.close('a');
    expect(canInterrupt(d)).toBe(true);
  });
});

describe('a caller that holds', () => {
  it('has its protected section again when it goes on, for as long as the lease lasts', () => {
    const d = lowRuns();
    d.hold('a', 10_000);
    d.call('child', 'a');
    expect(canInterrupt(d)).toBe(true);
    d.advance(4_000);
    d.complete('child');
    expect(canInterrupt(d)).toBe(false);
    d.advance(6_000);
    expect(canInterrupt(d)).toBe(true);
  });

  it('has none when the lease ran out meanwhile', () => {
    const d = lowRuns();
    d.hold('a', 3_000);
    d.call('child', 'a');
    d.advance(4_000);
    d.complete('child');
    expect(d.state('a')).toBe('running');
    expect(canInterrupt(d)).toBe(true);
    expect(d.told()).toContain('hold.expired a');
  });
});

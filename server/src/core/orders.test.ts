/** What waits for the journal on its way to an executor, what goes behind it, and what is not sent at all. */
import { describe, expect, it } from 'vitest';
import { OrderLine } from './orders.js';
import { taskOf } from './testing/about.js';
import { type LaneDriver, laneWithWorker, type SentOrder } from './testing/drive.js';

/** A lane whose journal is as slow as the test wants. */
class SlowLine {
  readonly d: LaneDriver = laneWithWorker();
  readonly #sent: string[] = [];
  readonly #line = new OrderLine(this.d.lane, (session_id, order) => {
    this.#sent.push(`${order.type} ${taskOf(order)} → ${session_id}`);
  });
  readonly #waiting: (() => void)[] = [];
  #given = 0;

  /** What was sent since this was asked last. */
  sent(): string[] {
    const fresh = this.d.orders.slice(this.#given);
    this.#given = this.d.orders.length;
    for (const order of fresh) this.#give(order);
    return this.#sent.splice(0);
  }

  #give(order: SentOrder): void {
    this.#line.give({ kind: 'order', ...order }, order.after_journal ? (then) => this.#waiting.push(then) : null);
  }

  /** The journal has everything so far. */
  flush(): string[] {
    const before = this.sent();
    for (const then of this.#waiting.splice(0)) then();
    return [...before, ...this.sent()];
  }
}

/** `a` has run, was displaced by `b`, and has just been given the floor again: a restart. */
function restarted(options: { checkpoint?: boolean } = {}): SlowLine {
  const line = new SlowLine();
  const { d } = line;
  d.submit('a', { priority: 'LOW', on_interrupt: 'restart' });
  d.open('a');
  d.chunk('a', 0);
  if (options.checkpoint) d.checkpoint('a', 'c1');
  d.submit('b', { priority: 'HIGH' });
  d.cancelled('a');
  line.flush();
  d.complete('b');
  return line;
}

describe('a dispatch', () => {
  it('to the first run of a task is sent at once', () => {
    const line = new SlowLine();
    line.d.submit('a');
    expect(line.sent()).toEqual(['task.dispatch a → w']);
  });

  it.each([{ checkpoint: true }, { checkpoint: false }])('after another run waits for the journal (%o)', (options) => {
    const line = restarted(options);
    expect(line.d.state('a')).toBe('running');
    expect(line.sent()).toEqual([]);
    expect(line.flush()).toEqual(['task.dispatch a → w']);
  });

  it('goes before what is said of its run meanwhile', () => {
    const line = restarted();
    line.d.submit('c', { priority: 'HIGH' });
    expect(line.d.state('a')).toBe('cancelling (displaced)');
    expect(line.sent()).toEqual([]);
    expect(line.flush()).toEqual(['task.dispatch a → w', 'task.cancel a → w']);
  });

  it('keeps nobody else waiting', () => {
    const line = restarted();
    line.d.submit('c', { priority: 'HIGH' });
    line.d.advance(3_000);
    expect(line.sent()).toEqual(['task.dispatch c → w']);
  });

  it('of a run that ended meanwhile is not sent, nor what came behind it', () => {
    const line = restarted();
    line.d.cancel('a');
    line.d.advance(3_000);
    expect(line.d.state('a')).toBe('cancelled (requested)');
    expect(line.sent()).toEqual([]);
    expect(line.flush()).toEqual([]);
  });

  it('to a session that came back without the run is not sent', () => {
    const line = restarted();
    line.d.lose('w');
    line.d.back('w');
    expect(line.d.state('a')).toBe('failed (executor_lost)');
    expect(line.flush()).toEqual([]);
  });
});

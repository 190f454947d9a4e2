// Owns: proof that the conformance clients notice broken order by themselves, so that a quiet suite means something.
import { describe, expect, it } from 'vitest';
import type { Fields, Frame } from './frames.js';
import { Order } from './order-keeper.js';

function broken(...frames: Fields[]): string[] {
  const order = new Order();
  order.check({ type: 'ok', lane: 'a', seq: 4, recovered: false } as unknown as Frame, {
    type: 'subscribe',
    lane: 'a',
  });
  return frames.flatMap((frame) => order.check(frame as unknown as Frame, undefined));
}

const fact = (seq: number, at = 1) => ({ type: 'event', lane: 'a', event: 'task.queued', seq, at });
const chunk = (seq: number, epoch = 1) => ({ type: 'chunk', task_id: 't', stream: 'main', seq, epoch });

describe('the keeper of order', () => {
  it('is content with gapless facts and chunks', () => {
    expect(broken(fact(5), chunk(0), fact(6), chunk(1))).toEqual([]);
  });

  it.each([
    ['a skipped fact', [fact(5), fact(7)]],
    ['a repeated fact', [fact(5), fact(5)]],
    ['a gap right after the reply', [fact(6)]],
    ['a fact older than the one before it', [fact(5, 2), fact(6, 1)]],
    ['a skipped chunk', [chunk(0), chunk(2)]],
    ['a chunk that comes twice', [chunk(0), chunk(1), chunk(1)]],
  ])('notices %s', (_what, frames) => {
    expect(broken(...frames)).toHaveLength(1);
  });

  it('lets facts jump to a snapshot, and chunks after an announced gap', () => {
    expect(broken(fact(5), { type: 'snapshot', lane: 'a', seq: 9 }, fact(10))).toEqual([]);
    expect(broken(chunk(0), { type: 'gap', lane: 'a' }, chunk(7))).toEqual([]);
  });

  it('lets a new attempt stream from the start again', () => {
    expect(broken(chunk(0, 1), chunk(1, 1), chunk(0, 2), chunk(1, 2))).toEqual([]);
  });
});

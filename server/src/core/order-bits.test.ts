import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderBits } from './order-bits.js';

const of = (...orders: number[]): OrderBits => {
  const set = new OrderBits();
  for (const order of orders) set.add(order);
  return set;
};

describe('a set of order numbers', () => {
  it('is walked in order, however far apart they are', () => {
    const far = [5, 0, 31, 32, 1023, 1024, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 2 ** 53 - 1, 33];
    expect([...of(...far)]).toEqual(far.toSorted((a, b) => a - b));
  });

  it('has nothing first when it is empty', () => {
    const set = of();
    expect([set.first(), set.size, [...set]]).toEqual([-1, 0, []]);
  });

  it('begins anew after it was empty', () => {
    const orders = [3, 70_000, 2 ** 33];
    const set = of(...orders);
    for (const order of orders) set.delete(order);
    expect(set.first()).toBe(-1);
    set.add(9);
    expect([[...set], set.size]).toEqual([[9], 1]);
  });

  it('agrees with a sorted list through additions and removals', () => {
    // Numbers close together, in one mask and across its edges, and far apart.
    const order = fc.oneof(fc.nat(70), fc.integer({ min: 1000, max: 1100 }), fc.maxSafeNat());
    const deed = fc.record({ order, remove: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 120 }), (deeds) => {
        const set = new OrderBits();
        const model = new Set<number>();
        for (const { order: at, remove } of deeds) {
          const alone: boolean[] = [];
          const known = model.has(at) ? at : remove === 0 ? [...model][0] : undefined;
          if (known === undefined) {
            set.add(at);
            model.add(at);
          } else {
            model.delete(known);
            alone.push(set.delete(known));
            alone.push(![...model].some((other) => Math.floor(other / 32) === Math.floor(known / 32)));
          }
          expect(alone[0], 'the last of its mask').toBe(alone[1]);
          const sorted = [...model].toSorted((a, b) => a - b);
          expect(set.size).toBe(sorted.length);
          expect(set.first()).toBe(sorted[0] ?? -1);
          expect([...set]).toEqual(sorted);
          for (const [place, number] of sorted.entries()) expect(set.countBefore(number)).toBe(place);
        }
      }),
    );
  });
});

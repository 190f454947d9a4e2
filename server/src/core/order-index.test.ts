import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderIndex } from './order-index.js';

const of = (...orders: number[]): OrderIndex<{ order: number }> => {
  const index = new OrderIndex<{ order: number }>();
  for (const order of orders) index.add({ order });
  return index;
};

const ordersOf = (index: OrderIndex<{ order: number }>): number[] => [...index].map(({ order }) => order);

describe('an order index', () => {
  it('is walked in the order of the numbers, however far apart they are', () => {
    const far = [5, 0, 31, 32, 1023, 1024, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 2 ** 53 - 1, 33];
    expect(ordersOf(of(...far))).toEqual(far.toSorted((a, b) => a - b));
  });

  it('has nothing in it when it is new', () => {
    const index = of();
    expect([index.get(5), index.size, ordersOf(index)]).toEqual([undefined, 0, []]);
  });

  it('begins anew after it was empty', () => {
    const index = of();
    const items = [3, 70_000, 2 ** 33].map((order) => ({ order }));
    for (const item of items) index.add(item);
    for (const item of items) index.delete(item);
    expect(ordersOf(index)).toEqual([]);
    index.add({ order: 9 });
    expect([ordersOf(index), index.size]).toEqual([[9], 1]);
  });

  it('agrees with a sorted list through additions and removals', () => {
    // Numbers close together, in one node and across its edges, and far apart.
    const order = fc.oneof(fc.nat(70), fc.integer({ min: 1000, max: 1100 }), fc.maxSafeNat());
    const deed = fc.record({ order, remove: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 120 }), (deeds) => {
        const index = new OrderIndex<{ order: number }>();
        const model = new Map<number, { order: number }>();
        for (const { order: at, remove } of deeds) {
          const known = model.get(at) ?? (remove === 0 ? [...model.values()][0] : undefined);
          if (known) {
            index.delete(known);
            model.delete(known.order);
          } else {
            const item = { order: at };
            index.add(item);
            model.set(at, item);
          }
          const sorted = [...model.values()].toSorted((a, b) => a.order - b.order);
          expect(index.size).toBe(sorted.length);
          expect([...index]).toEqual(sorted);
          for (const item of sorted) expect(index.get(item.order)).toBe(item);
          for (const near of [at, at + 1, at + 32, at ^ 64]) expect(index.has({ order: near })).toBe(model.has(near));
        }
      }),
    );
  });
});

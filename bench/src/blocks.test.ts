import { expect, test } from 'vitest';
import { alternate } from './blocks.js';

test('contenders take turns, and who goes first changes with every round', async () => {
  const order: string[] = [];
  const contender = (name: string) => ({
    name,
    block: async () => {
      order.push(name);
      return order.length;
    },
  });
  const taken = await alternate([contender('hub'), contender('peer')], { rounds: 3, rest_ms: 0 });
  expect(order).toEqual(['hub', 'peer', 'peer', 'hub', 'hub', 'peer']);
  expect(Object.fromEntries(taken)).toEqual({ hub: [1, 4, 5], peer: [2, 3, 6] });
});

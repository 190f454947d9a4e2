import { expect, test } from 'vitest';
import { Epochs } from './epochs.js';

test('epochs are reserved before they are given, and a start begins past everything that was reserved', async () => {
  const reserved: number[] = [];
  const journal = { reserveEpochs: (ceiling: number): undefined => void reserved.push(ceiling) };
  const epochs = await Epochs.open(journal, 100);
  expect(epochs.last).toBe(100);
  for (let epoch = 101; epoch < 300_000; epoch += 1_000) {
    epochs.advance(epoch);
    expect(reserved.at(-1)).toBeGreaterThan(epoch);
  }
  expect(reserved.length).toBeLessThan(10);
});

test('a reservation that failed is asked for again, one that is under way is not', async () => {
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const journal = {
    reserveEpochs: (): Promise<void> => new Promise((resolve, reject) => answers.push({ resolve, reject })),
  };
  const opening = Epochs.open(journal, 0);
  answers[0]?.resolve();
  const epochs = await opening;
  epochs.advance(40_000);
  epochs.advance(40_001);
  expect(answers).toHaveLength(2);
  answers[1]?.reject(new Error('the disk is full'));
  await new Promise((resolve) => setImmediate(resolve));
  epochs.advance(40_002);
  expect(answers).toHaveLength(3);
  answers[2]?.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  epochs.advance(40_003);
  expect(answers).toHaveLength(3);
});

// The symptom: a hub that was told twice to end, or that failed, waited for ever for the thread that writes its journal.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { closeGate, newGate, writing } from './store-gate.js';

/** A thread in the middle of a write, which takes its time; it cannot load these sources. */
const WRITER = `
const { parentPort, workerData: gate } = require('node:worker_threads');
Atomics.store(gate, 0, 1);
parentPort.postMessage('writes');
const until = Date.now() + 200;
while (Date.now() < until);
Atomics.store(gate, 0, 0);
Atomics.notify(gate, 0);
`;

test('the end of the process waits for the write that is under way, and no other one begins', async () => {
  const gate = newGate();
  expect(writing(gate, () => 'written')).toBe('written');
  const writer = new Worker(WRITER, { eval: true, workerData: gate });
  await once(writer, 'message');
  closeGate(gate);
  expect(Atomics.load(gate, 0)).toBe(0);
  let written = false;
  expect(() => writing(gate, () => (written = true))).toThrow('the process ends');
  expect(written).toBe(false);
  await writer.terminate();
});

test('a write that fails lets the process end', () => {
  const gate = newGate();
  expect(() =>
    writing(gate, () => {
      throw new Error('no space');
    }),
  ).toThrow('no space');
  closeGate(gate);
  expect(Atomics.load(gate, 0)).toBe(0);
});

import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { FakeClock } from '../config/testing/fake-clock.js';
import { Turn } from '../hub/turn.js';
import { Admission, NEWCOMERS_PER_TURN } from './admission.js';

const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function make(): { admission: Admission; ask: (name: number) => Duplex; admitted: number[] } {
  const admission = new Admission(
    new Turn(new FakeClock(), (error) => {
      throw error;
    }),
  );
  const admitted: number[] = [];
  const ask = (name: number): Duplex => {
    const socket = new Duplex();
    admission.ask(socket, () => admitted.push(name));
    return socket;
  };
  return { admission, ask, admitted };
}

test('of a crowd so many are let in each turn, in the order in which they came', async () => {
  const { admission, ask, admitted } = make();
  const crowd = Array.from({ length: NEWCOMERS_PER_TURN * 3 + 1 }, (_, at) => at);
  for (const name of crowd) ask(name);
  expect(admitted).toHaveLength(NEWCOMERS_PER_TURN);
  expect(admission.size).toBe(NEWCOMERS_PER_TURN * 2 + 1);
  await oneTurn();
  expect(admitted).toHaveLength(NEWCOMERS_PER_TURN * 2);
  // Nobody passes those who wait.
  ask(-1);
  await oneTurn();
  await oneTurn();
  expect(admitted).toEqual([...crowd, -1]);
  expect(admission.size).toBe(0);
});

test('whoever went away while it waited takes the place of nobody', async () => {
  const { ask, admitted } = make();
  for (let at = 0; at < NEWCOMERS_PER_TURN; at++) ask(at);
  for (let at = 0; at < NEWCOMERS_PER_TURN; at++) ask(100).destroy();
  ask(200);
  await oneTurn();
  expect(admitted).not.toContain(100);
  expect(admitted.at(-1)).toBe(200);
});

test('at the end nobody is left at the door', async () => {
  const { admission, ask, admitted } = make();
  for (let at = 0; at < NEWCOMERS_PER_TURN; at++) ask(at);
  const late = ask(300);
  admission.close();
  expect(late.destroyed).toBe(true);
  await oneTurn();
  expect(admitted).not.toContain(300);
});

import { describe, expect, it } from 'vitest';
import { type Timer, Timers } from './timers.js';

const timer = (): Timer => ({ due: 0, timer_index: -1 });

/** Small numbers in an order that looks like none; the same each time. */
function* scrambled(count: number): Generator<number> {
  let x = 7;
  for (let i = 0; i < count; i += 1) {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield x % 50;
  }
}

function drain(timers: Timers<Timer>): number[] {
  const found: number[] = [];
  for (let first = timers.first(); first; first = timers.first()) {
    found.push(first.due);
    timers.clear(first);
  }
  return found;
}

describe('timers', () => {
  it('come in the order of their due times', () => {
    const timers = new Timers<Timer>();
    const dues = [...scrambled(200)];
    for (const due of dues) timers.set(timer(), due);
    expect(timers.size).toBe(200);
    expect(drain(timers)).toEqual(dues.sort((a, b) => a - b));
  });

  it('can be moved, earlier and later', () => {
    const timers = new Timers<Timer>();
    const all = [...scrambled(100)].map((due) => {
      const one = timer();
      timers.set(one, due);
      return one;
    });
    for (const [i, due] of [...scrambled(100)].reverse().entries()) timers.set(all[i]!, due);
    expect(timers.size).toBe(100);
    expect(drain(timers)).toEqual(all.map(({ due }) => due).sort((a, b) => a - b));
  });

  it('leave at once when they are cleared, wherever they are', () => {
    const timers = new Timers<Timer>();
    const all = [...scrambled(100)].map((due) => {
      const one = timer();
      timers.set(one, due);
      return one;
    });
    const kept = all.filter((_, i) => i % 3 === 0);
    for (const one of all) if (!kept.includes(one)) timers.clear(one);
    expect(timers.size).toBe(kept.length);
    expect(drain(timers)).toEqual(kept.map(({ due }) => due).sort((a, b) => a - b));
  });

  it('may be cleared twice, and armed again', () => {
    const timers = new Timers<Timer>();
    const one = timer();
    timers.set(one, 5);
    timers.clear(one);
    timers.clear(one);
    expect(timers.first()).toBeNull();
    timers.set(one, 3);
    expect(timers.first()).toBe(one);
  });
});

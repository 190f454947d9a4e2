import { beforeEach, describe, expect, it } from 'vitest';
import { Workers } from './workers.js';

let workers: Workers<string>;

beforeEach(() => {
  workers = new Workers();
});

const serving = (name: string): string[] => [...new Set(workers.serving(name))].sort();

describe('workers for a name', () => {
  it('are those that registered for it, or for a prefix of it', () => {
    workers.add('a', 'say');
    workers.add('b', 'say');
    workers.add('c', 's*');
    workers.add('d', 'say.loud*');
    workers.add('e', '*');
    expect(serving('say')).toEqual(['a', 'b', 'c', 'e']);
    expect(serving('say.louder')).toEqual(['c', 'd', 'e']);
    expect(serving('other')).toEqual(['e']);
  });

  it('are none when all are gone', () => {
    workers.add('a', 'say');
    workers.add('b', 'sa*');
    workers.add('c', 'so*');
    workers.delete('a', 'say');
    expect(workers.serve('say')).toBe(true);
    workers.delete('b', 'sa*');
    expect([workers.serve('say'), serving('say')]).toEqual([false, []]);
    expect(workers.serve('so')).toBe(true);
    workers.delete('c', 'so*');
    expect(workers.serve('so')).toBe(false);
  });

  it('count once, however often they register, and not when they never did', () => {
    workers.add('a', 'say');
    workers.add('a', 'say');
    workers.delete('b', 'say');
    workers.delete('b', 'no*');
    expect(serving('say')).toEqual(['a']);
    workers.delete('a', 'say');
    expect(workers.serve('say')).toBe(false);
  });
});

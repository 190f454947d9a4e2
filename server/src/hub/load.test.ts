import { describe, expect, it } from 'vitest';
import { Load } from './load.js';

function ran(load: Load, ...sessions: string[]): void {
  for (const session of sessions) {
    load.change(session, 1);
    load.change(session, -1);
  }
}

describe('how busy each session is', () => {
  it('counts its runs over all lanes', () => {
    const load = new Load();
    load.change('a', 1);
    load.change('a', 1);
    load.change('a', -1);
    expect(load.runs('a')).toBe(1);
    expect(load.runs('never ran')).toBe(0);
  });

  it('tells who is idle for longer, though their runs ended within one millisecond', () => {
    const load = new Load();
    ran(load, 'a', 'b', 'c', 'a', 'b');
    const longestFirst = [...load.all].sort(([, one], [, other]) => one.idle_since - other.idle_since);
    expect(longestFirst.map(([session]) => session)).toEqual(['c', 'a', 'b']);
  });

  it('leaves since when it is idle alone while it runs', () => {
    const load = new Load();
    ran(load, 'a');
    const { idle_since } = load.all.get('a')!;
    load.change('a', 1);
    expect(load.all.get('a')).toEqual({ runs: 1, idle_since });
  });

  it('forgets a session', () => {
    const load = new Load();
    ran(load, 'a');
    load.forget('a');
    expect(load.all.size).toBe(0);
  });
});

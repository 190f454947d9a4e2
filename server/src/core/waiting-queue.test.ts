import type { Preempt, PriorityLevel } from '@cuehub/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bucket, rankOf, runsBefore, type Waiting, WaitingQueue } from './waiting-queue.js';

interface Item extends Waiting<Item> {
  readonly id: string;
}

let queue: WaitingQueue<Item>;
let ready: Set<string>;
let orders: number;

beforeEach(() => {
  ready = new Set(['x', 'y']);
  queue = new WaitingQueue<Item>((_, id) => ready.has(id));
  orders = 0;
});

interface ItemOptions {
  level?: PriorityLevel;
  called?: boolean;
  preempt?: Preempt;
  paused?: boolean;
  executor?: string;
  order?: number;
}

function add(id: string, options: ItemOptions = {}): Item {
  orders += 1;
  const { level = 3, called = false, preempt = 'interrupt', paused = false, executor = 'x', order = orders } = options;
  const item: Item = { id, order, level, called, preempt, bucket: null as Bucket<Item> | null };
  queue.add(item, 'worker', executor, paused);
  return item;
}

const everything = (): string[] => queue.first(Number.POSITIVE_INFINITY).map(({ id }) => id);

function drain(): string[] {
  const found: string[] = [];
  for (let best = queue.best(); best; best = queue.best()) {
    found.push(best.id);
    queue.remove(best);
  }
  return found;
}

describe('the order', () => {
  it('is level, then calls, then paused before queued, then submission', () => {
    add('queued1');
    add('low', { level: 4 });
    add('paused', { paused: true });
    add('called', { called: true });
    add('called paused', { called: true, paused: true });
    add('urgent', { level: 1 });
    add('queued2');
    const order = ['urgent', 'called paused', 'called', 'paused', 'queued1', 'queued2', 'low'];
    expect(everything()).toEqual(order);
    expect(drain()).toEqual(order);
  });

  it('is the same over several executors', () => {
    for (let i = 0; i < 12; i += 1) add(`t${i}`, { executor: i % 3 === 0 ? 'x' : 'y' });
    const order = Array.from({ length: 12 }, (_, i) => `t${i}`);
    expect(everything()).toEqual(order);
    expect(drain()).toEqual(order);
  });

  it('gives one that comes back its old place', () => {
    const items = ['a', 'b', 'c', 'e'].map((id) => add(id));
    const b = items[1]!;
    queue.remove(b);
    add('f');
    queue.add(b, 'worker', 'x', false);
    expect(drain()).toEqual(['a', 'b', 'c', 'e', 'f']);
  });

  it('is total: of two that wait one runs before the other', () => {
    const items = [
      add('a', { level: 1 }),
      add('b', { called: true }),
      add('c', { paused: true }),
      add('d'),
      add('e', { executor: 'y' }),
    ];
    items.forEach((a, i) => {
      items.forEach((b, j) => expect(runsBefore(a, b), `${a.id} before ${b.id}`).toBe(i < j));
    });
  });

  it.each([1, 2, 3, 4, 5] as const)('has all classes of level %i before the next level', (level) => {
    const ranks = [
      rankOf(level, true, true),
      rankOf(level, true, false),
      rankOf(level, false, true),
      rankOf(level, false, false),
    ];
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(ranks).size).toBe(4);
    expect(rankOf((level + 1) as PriorityLevel, true, true)).toBeGreaterThan(ranks[3]!);
  });
});

describe('readiness', () => {
  it('keeps those out whose executor is not there', () => {
    add('gone', { executor: 'z', level: 1 });
    add('here');
    expect(everything()).toEqual(['gone', 'here']);
    expect(drain()).toEqual(['here']);
  });

  it('comes and goes with the executor, for all that wait for it', () => {
    add('x1');
    add('y1', { executor: 'y', level: 2 });
    add('y2', { executor: 'y', level: 4 });
    queue.setReady('worker', 'y', false);
    expect(queue.best()?.id).toBe('x1');
    queue.setReady('worker', 'y', true);
    expect(drain()).toEqual(['y1', 'x1', 'y2']);
  });

  it('tells who became ready since the scheduler last looked, once and in the order they would run', () => {
    const fresh = (): string[] => queue.newInterruptersAbove(5).map(({ id }) => id);
    add('z1', { executor: 'z', preempt: 'finish' });
    add('x1');
    add('x2', { level: 1 });
    expect(fresh()).toEqual(['x2', 'x1']);
    queue.looked();
    queue.setReady('worker', 'z', true);
    add('x3');
    expect(fresh()).toEqual(['z1', 'x3']);
    queue.setReady('worker', 'z', true);
    expect(fresh()).toEqual(['z1', 'x3']);
    queue.looked();
    expect(fresh()).toEqual([]);
  });

  it('does not tell of those that are gone again, that queue, or that are not above', () => {
    queue.remove(add('gone'));
    add('unready', { executor: 'y' });
    queue.setReady('worker', 'y', false);
    add('queues', { preempt: 'queue' });
    add('low', { level: 4 });
    add('moved', { executor: 'z' });
    expect(queue.newInterruptersAbove(4)).toEqual([]);
  });

  it('is asked anew for an executor that nobody waited for meanwhile', () => {
    queue.remove(add('a', { executor: 'z' }));
    ready.add('z');
    add('b', { executor: 'z' });
    expect(queue.best()?.id).toBe('b');
  });

  it('counts all that are ready above a level as new on request', () => {
    add('c', { level: 3 });
    add('b', { level: 2, executor: 'y', preempt: 'finish' });
    add('a', { level: 1 });
    add('queues', { level: 1, preempt: 'queue' });
    add('gone', { level: 1, executor: 'z' });
    queue.looked();
    queue.renewAbove(3);
    expect(queue.newInterruptersAbove(5).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('lets nobody keep an executor in mind for ever', () => {
    for (let i = 0; i < 100; i += 1) queue.remove(add(`t${i}`, { executor: `w${i}` }));
    expect([...queue.names()].length).toBeLessThan(10);
    add('a', { executor: 'w99' });
    for (let i = 0; i < 100; i += 1) queue.remove(add(`u${i}`, { executor: `w${i}` }));
    expect([...queue.names()]).toContain('w99');
    expect(everything()).toEqual(['a']);
  });
});

describe('interrupters', () => {
  it.each([
    ['a higher one', { level: 2 }, true],
    ['one of the same level', { level: 3 }, false],
    ['a lower one', { level: 4 }, false],
    ['a higher one that queues', { level: 1, preempt: 'queue' }, false],
    ['a higher one that lets finish', { level: 1, preempt: 'finish' }, true],
    ['a higher one that is not ready', { level: 1, executor: 'z' }, false],
    ['a higher one that is paused', { level: 1, paused: true }, true],
  ] as const)('%s above level 3: %o → %s', (_, options, expected) => {
    const item = add('a', options);
    expect(queue.hasInterrupterAbove(3)).toBe(expected);
    expect(queue.interrupterAbove(3)).toBe(expected ? item : null);
    queue.remove(item);
    expect(queue.hasInterrupterAbove(3)).toBe(false);
  });

  it('that do so at once are told from those that let the holder finish', () => {
    add('late', { level: 2 });
    const gentle = add('gentle', { level: 1, preempt: 'finish' });
    expect(queue.interrupterAbove(3)?.id).toBe('gentle');
    expect(queue.interrupterAbove(3, true)?.id).toBe('late');
    expect(queue.hasInterrupterAbove(2)).toBe(true);
    expect(queue.hasInterrupterAbove(2, true)).toBe(false);
    add('urgent', { level: 1 });
    expect(queue.interrupterAbove(3)?.id).toBe('gentle');
    queue.remove(gentle);
    expect(queue.interrupterAbove(3)?.id).toBe('urgent');
  });

  it('follow the executor', () => {
    add('a', { level: 1 });
    queue.setReady('worker', 'x', false);
    expect(queue.hasInterrupterAbove(3)).toBe(false);
    queue.setReady('worker', 'x', true);
    expect(queue.hasInterrupterAbove(3)).toBe(true);
  });
});

describe('positions', () => {
  it('are the places in the order, from 1, ready or not', () => {
    const items = [
      add('a', { level: 4 }),
      add('b', { executor: 'z' }),
      add('c', { executor: 'y' }),
      add('d', { paused: true }),
      add('e', { level: 1 }),
      add('f', { executor: 'z' }),
    ];
    const order = everything();
    for (const item of items) expect(queue.position(item), item.id).toBe(order.indexOf(item.id) + 1);
  });

  it('are null for one that does not wait', () => {
    const item = add('a');
    queue.remove(item);
    queue.remove(item);
    expect(queue.position(item)).toBeNull();
  });
});

/** How many tasks are looked at by everything that a step may do, when so many wait under one name and as many under names of their own. */
function looks(many: number): Record<string, number> {
  let count = 0;
  const watched = (order: number, level: PriorityLevel = 3): Item => ({
    id: `t${order}`,
    get order() {
      count += 1;
      return order;
    },
    level,
    called: false,
    preempt: 'interrupt',
    bucket: null,
  });
  const items = Array.from({ length: many }, (_, i) => watched(2 * i));
  for (const item of items) queue.add(item, 'worker', 'x', false);
  for (let i = 0; i < many; i += 1) queue.add(watched(2 * i + 1), 'worker', `nobody${i}`, false);
  queue.looked();
  const middle = items[many / 2]!;
  const last = watched(2 * many);
  const urgent = watched(2 * many + 1, 1);
  const deeds: Record<string, () => unknown> = {
    add: () => queue.add(last, 'worker', 'x', false),
    position: () => queue.position(last),
    'position in the middle': () => queue.position(middle),
    remove: () => queue.remove(last),
    'remove from the middle': () => queue.remove(middle),
    'come back to the middle': () => queue.add(middle, 'worker', 'x', false),
    'remove the first': () => queue.remove(items[0]!),
    best: () => queue.best(),
    interrupt: () => [
      queue.add(urgent, 'worker', 'y', false),
      queue.interrupterAbove(3),
      queue.newInterruptersAbove(3),
    ],
    'lose the worker': () => queue.setReady('worker', 'x', false),
    'have the worker again': () => queue.setReady('worker', 'x', true),
    'serve a name': () => queue.setReady('worker', 'nobody1', true),
    'read the first': () => queue.first(5),
  };
  const looked: Record<string, number> = {};
  for (const [name, deed] of Object.entries(deeds)) {
    count = 0;
    deed();
    looked[name] = count;
  }
  return looked;
}

it('looks at as many tasks when ten wait as when ten thousand do', () => {
  const few = looks(10);
  queue = new WaitingQueue<Item>((_, id) => ready.has(id));
  expect(looks(10_000)).toEqual(few);
  for (const [deed, count] of Object.entries(few)) expect(count, deed).toBeLessThan(12);
});

it('agrees with a sorted list through additions, removals and executors that come and go', () => {
  const model = new Map<Item, { executor: string; paused: boolean }>();
  let x = 11;
  const random = (n: number): number => {
    x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((x / 2_147_483_648) * n);
  };
  const executors = ['x', 'y', 'z'];
  for (let i = 0; i < 800; i += 1) {
    const what = random(10);
    if (what < 5) {
      const options = {
        level: (1 + random(5)) as PriorityLevel,
        called: random(6) === 0,
        paused: random(3) === 0,
        executor: executors[random(3)]!,
        preempt: (['interrupt', 'finish', 'queue'] as const)[random(3)]!,
      };
      model.set(add(`t${i}`, options), options);
    } else if (what < 8 && model.size > 0) {
      const item = [...model.keys()][random(model.size)]!;
      queue.remove(item);
      if (what < 7) model.delete(item);
      else {
        const options = { executor: executors[random(3)]!, paused: random(2) === 0 };
        queue.add(item, 'worker', options.executor, options.paused);
        model.set(item, options);
      }
    } else {
      const key = executors[random(3)]!;
      if (!ready.delete(key)) ready.add(key);
      queue.setReady('worker', key, ready.has(key));
    }
    const sorted = [...model].sort(
      ([a, { paused: pa }], [b, { paused: pb }]) =>
        rankOf(a.level, a.called, pa) - rankOf(b.level, b.called, pb) || a.order - b.order,
    );
    expect(queue.best()?.id).toBe(sorted.find(([, { executor }]) => ready.has(executor))?.[0].id);
    expect(queue.hasInterrupterAbove(3)).toBe(
      sorted.some(([{ level, preempt }, { executor }]) => level < 3 && preempt !== 'queue' && ready.has(executor)),
    );
    if (i % 50 > 0) continue;
    expect(everything()).toEqual(sorted.map(([{ id }]) => id));
    sorted.forEach(([item], at) => expect(queue.position(item)).toBe(at + 1));
  }
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTerminal, type ResolvedTask } from '@cuehub/protocol';
import { fold } from './fold.js';
import { createLane, type Lane } from './lane.js';
import type { Task } from './task.js';
import { step } from './step.js';
import { durableLane } from './testing/durable.js';
import { couldStart, mayBeInterrupted } from './testing/invariants.js';
import type { Input, StepResult } from './types.js';

/** What chance may do to a lane. Indexes pick among what is there at that moment. */
type Op =
  | { op: 'submit'; task: ResolvedTask; session: number }
  | { op: 'call'; nth: number }
  | { op: 'cancel'; nth: number }
  | { op: 'register' | 'unregister'; session: number; name: string }
  | { op: 'lost' | 'ended' | 'hello'; session: number; holding: boolean }
  | { op: 'frame'; nth: number; frame: string; off: number; foreign: boolean; seq: number }
  | { op: 'start' | 'stop' | 'drain' }
  | { op: 'wait'; ms: number };

const NAMES = ['chat', 'voice'];
const FRAMES = [
  'paused',
  'cancelled',
  'complete',
  'fail',
  'checkpoint',
  'hold',
  'release',
  'open',
  'chunk',
  'close',
  'progress',
];
const session = fc.nat(2);

const task: fc.Arbitrary<ResolvedTask> = fc.record(
  {
    name: fc.constantFrom(...NAMES),
    args: fc.constant({}),
    priority: fc.constantFrom(1, 2, 3, 4, 5),
    idempotency_key: fc.constantFrom('a', 'b', 'c'),
    preempt: fc.constantFrom('interrupt', 'finish', 'queue'),
    interruptible: fc.boolean(),
    on_interrupt: fc.constantFrom('pause', 'restart', 'drop'),
    executor: fc.constantFrom('worker', 'worker', 'worker', 'self'),
    ttl_ms: fc.constantFrom(50, 5_000),
    resume_ttl_ms: fc.constantFrom(50, 5_000),
    timeout_ms: fc.constantFrom(100, 600_000),
    max_attempts: fc.constantFrom(1, 2),
    pause_grace_ms: fc.constantFrom(0, 250),
    dedupe: fc.record({ key: fc.constantFrom('x', 'y'), mode: fc.constantFrom('keep', 'replace') }),
    call: fc.constant(false),
  },
  {
    requiredKeys: [
      'name',
      'priority',
      'preempt',
      'interruptible',
      'on_interrupt',
      'executor',
      'timeout_ms',
      'max_attempts',
      'pause_grace_ms',
      'call',
    ],
  },
) as fc.Arbitrary<ResolvedTask>;

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('submit' as const), task, session }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('call' as const), nth: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('cancel' as const), nth: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constantFrom('register' as const, 'register' as const, 'unregister' as const),
      session,
      name: fc.constantFrom(...NAMES, '*'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom('lost' as const, 'ended' as const, 'hello' as const),
      session,
      holding: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('frame' as const),
      nth: fc.nat(3),
      frame: fc.constantFrom(...FRAMES),
      off: fc.constantFrom(0, 0, 0, -1, 1),
      foreign: fc.boolean(),
      seq: fc.constantFrom(0, 0, 0, -1, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('start' as const, 'stop' as const, 'drain' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('wait' as const), ms: fc.constantFrom(0, 40, 260, 1_100, 31_000) }),
  },
);

interface Seen {
  lane: Lane;
  input: Input;
  result: StepResult;
  /** The holder before the step. */
  before: { task_id: string; level: number; state: string } | null;
}

class World {
  readonly lane = createLane({ lane: 'main', log: 'p' });
  now = 1_000;
  #epoch = 0;
  #ids = 0;
  readonly #look: (seen: Seen) => void;

  constructor(look: (seen: Seen) => void) {
    this.#look = look;
  }

  send(input: Input): StepResult {
    const { holder } = this.lane;
    const before = holder ? { task_id: holder.task_id, level: holder.level, state: holder.state } : null;
    const result = step(this.lane, input, { now_ms: this.now, epoch: this.#epoch, load: new Map() });
    this.#epoch = result.epoch;
    this.#look({ lane: this.lane, input, result, before });
    return result;
  }

  /** Lets time pass, waking the lane when it asked for it. */
  wait(ms: number): void {
    const until = this.now + ms;
    let { wake_at } = this.send({ kind: 'wake' });
    while (wake_at !== null && wake_at <= until) {
      this.now = Math.max(this.now, wake_at);
      wake_at = this.send({ kind: 'wake' }).wake_at;
    }
    this.now = until;
    this.send({ kind: 'wake' });
  }

  live(): Task[] {
    return [...this.lane.tasks.values()].filter((one) => !isTerminal(one.state));
  }

  play(one: Op): void {
    this.send({ kind: 'wake' });
    switch (one.op) {
      case 'submit':
        this.#submit(one.task, `s${one.session}`);
        return;
      case 'call': {
        const runs = this.live().filter((candidate) => candidate.run);
        const parent = runs[one.nth % Math.max(1, runs.length)];
        if (!parent?.run) return;
        const { idempotency_key: _, dedupe: __, ttl_ms: ___, ...spec } = parent.spec;
        this.#submit({ ...spec, executor: 'worker', parent_id: parent.task_id, call: true }, parent.run.session_id);
        return;
      }
      case 'cancel': {
        const live = this.live();
        const target = live[one.nth % Math.max(1, live.length)];
        if (target) this.send({ kind: 'cancel', task_id: target.task_id, principal: 'x', operator: true });
        return;
      }
      case 'register':
        this.send({ kind: 'worker.register', session_id: `s${one.session}`, principal: 'p', names: [one.name] });
        return;
      case 'unregister':
        this.send({ kind: 'worker.unregister', session_id: `s${one.session}`, names: [one.name] });
        return;
      case 'lost':
        this.send({ kind: 'session.lost', session_id: `s${one.session}` });
        return;
      case 'ended':
        this.send({ kind: 'session.ended', session_id: `s${one.session}` });
        return;
      case 'hello': {
        const session_id = `s${one.session}`;
        const holding = one.holding ? this.live().map(({ task_id, epoch }) => ({ task_id, epoch })) : [];
        this.send({ kind: 'session.lost', session_id });
        this.send({ kind: 'session.hello', session_id, principal: 'p', resumed: true, holding });
        return;
      }
      case 'frame':
        this.#frame(one);
        return;
      case 'start':
        this.send({ kind: 'lane.start' });
        return;
      case 'stop':
      case 'drain':
        this.send({ kind: 'lane.stop', drain: one.op === 'drain' });
        return;
      case 'wait':
        this.wait(one.ms);
    }
  }

  #submit(spec: ResolvedTask, session_id: string): void {
    this.#ids += 1;
    const { idempotency_key, ...rest } = spec;
    const keyed =
      spec.executor === 'self' && idempotency_key === undefined ? { idempotency_key: `own${this.#ids}` } : {};
    this.send({
      kind: 'submit',
      task_id: `t${this.#ids}`,
      task: { ...spec, ...keyed },
      bytes: 2,
      fingerprint: JSON.stringify(rest),
      principal: 'p',
      source: { session_id, client_name: 'p', kind: 'p' },
    });
  }

  #frame(one: Extract<Op, { op: 'frame' }>): void {
    const runs = this.live().filter((candidate) => candidate.run);
    const target = this.lane.holder && one.nth > 0 ? this.lane.holder : runs[one.nth % Math.max(1, runs.length)];
    if (!target?.run) return;
    const base = {
      session_id: one.foreign && one.off !== 0 ? 'stranger' : target.run.session_id,
      task_id: target.task_id,
      epoch: target.epoch + one.off,
    };
    const next = target.streams?.get('main')?.next_seq ?? 0;
    switch (one.frame) {
      case 'paused':
        this.send({ ...base, kind: 'task.paused', ...(one.seq === 0 ? { checkpoint: next } : {}) });
        return;
      case 'cancelled':
        this.send({ ...base, kind: 'task.cancelled' });
        return;
      case 'complete':
        this.send({ ...base, kind: 'task.complete', result: 1 });
        return;
      case 'fail':
        this.send({ ...base, kind: 'task.fail', error: { code: 'x', message: 'x' }, retryable: one.seq === 0 });
        return;
      case 'checkpoint':
        this.send({ ...base, kind: 'task.checkpoint', checkpoint: next });
        return;
      case 'hold':
        this.#ids += 1;
        this.send({ ...base, kind: 'floor.hold', new_hold_id: `h${this.#ids}`, ttl_ms: 200 });
        return;
      case 'release':
        this.send({ ...base, kind: 'floor.release', hold_id: [...(target.holds?.keys() ?? ['none'])][0] ?? 'none' });
        return;
      case 'open':
        this.send({
          ...base,
          kind: 'stream.open',
          stream: 'main',
          content_type: 'text/plain',
          can_interrupt: one.seq !== 0,
        });
        return;
      case 'chunk':
        this.send({ ...base, kind: 'stream.chunk', stream: 'main', seq: Math.max(0, next + one.seq), data: 'w ' });
        return;
      case 'close':
        this.send({ ...base, kind: 'stream.close', stream: 'main' });
        return;
      default:
        this.send({ ...base, kind: 'task.progress', ratio: 0.5 });
    }
  }

  /** Everybody does their best now: whatever was accepted comes to its end. */
  finish(): void {
    this.send({ kind: 'lane.start' });
    for (const id of ['s0', 's1', 's2'])
      this.send({ kind: 'worker.register', session_id: id, principal: 'p', names: ['*'] });
    for (let round = 0; round < 2_000 && this.live().length > 0; round += 1) {
      const { holder } = this.lane;
      if (holder?.run) {
        this.send({
          kind: 'task.complete',
          session_id: holder.run.session_id,
          task_id: holder.task_id,
          epoch: holder.epoch,
        });
      } else this.wait(1_000);
    }
  }
}

function forAll(check: (seen: Seen) => void, after?: (world: World, seen: Seen[]) => void): void {
  fc.assert(
    fc.property(fc.array(op, { minLength: 1, maxLength: 60 }), (ops) => {
      const all: Seen[] = [];
      const world = new World((seen) => {
        all.push(seen);
        check(seen);
      });
      // Without a worker most schedules would be about waiting.
      world.send({ kind: 'worker.register', session_id: 's0', principal: 'p', names: ['chat', 'voice'] });
      for (const one of ops) world.play(one);
      after?.(world, all);
    }),
    { numRuns: 250 },
  );
}

function facts(result: StepResult) {
  return result.effects.flatMap((effect) => (effect.kind === 'fact' ? [effect.fact] : []));
}

describe('whatever clients and executors do', () => {
  it('at most one task has the floor', () => {
    forAll(({ lane }) => {
      const onFloor = [...lane.tasks.values()].filter((one) =>
        ['running', 'pausing', 'cancelling'].includes(one.state),
      );
      expect(onFloor.length).toBeLessThanOrEqual(1);
      expect(lane.holder).toBe(onFloor[0] ?? null);
    });
  });

  it('nothing lower is granted while something higher could start', () => {
    forAll(({ lane, result, input }) => {
      // In one wake several things may fall due, one after the other; each other input is one thing.
      if (input.kind === 'wake') return;
      const granted = facts(result).findLast((fact) => fact.event === 'task.started' || fact.event === 'task.resumed');
      const { holder } = lane;
      if (!granted || !('task' in granted) || holder?.task_id !== granted.task.task_id) return;
      const higher = [...lane.tasks.values()].filter((one) => couldStart(lane, one) && one.level < holder.level);
      expect(higher.map((one) => one.task_id)).toEqual([]);
    });
  });

  it('nothing higher that may interrupt waits beside a holder that lets it', () => {
    forAll(({ lane }) => {
      const { holder } = lane;
      if (holder?.state !== 'running' || !lane.started || !mayBeInterrupted(holder)) return;
      const waiting = [...lane.tasks.values()].filter(
        (one) => couldStart(lane, one) && one.level < holder.level && one.spec.preempt !== 'queue',
      );
      expect(waiting.map((one) => one.task_id)).toEqual([]);
    });
  });

  it('a free floor and a task that could start never stand side by side', () => {
    forAll(({ lane }) => {
      if (lane.holder) return;
      expect([...lane.tasks.values()].filter((one) => couldStart(lane, one)).map((one) => one.task_id)).toEqual([]);
    });
  });

  it('nobody is asked to pause for a task that could not start', () => {
    forAll(({ lane, result, before }) => {
      for (const fact of facts(result)) {
        if (fact.event !== 'task.pausing' || fact.task.reason !== 'interrupted') continue;
        const level = before?.task_id === fact.task.task_id ? before.level : 6;
        const wanted = [...lane.tasks.values()].some(
          (one) =>
            one.task_id !== fact.task.task_id && one.level < level && (couldStart(lane, one) || one === lane.holder),
        );
        expect(wanted).toBe(true);
      }
    });
  });

  it('every accepted task ends exactly once', () => {
    forAll(
      () => undefined,
      (world, seen) => {
        world.finish();
        const told = new Map<string, number>();
        for (const { result } of seen) {
          for (const fact of facts(result)) {
            if ('task' in fact && isTerminal(fact.task.state))
              told.set(fact.task.task_id, (told.get(fact.task.task_id) ?? 0) + 1);
          }
        }
        const accepted = seen.flatMap(({ input, result }) =>
          input.kind === 'submit' && 'ok' in result.reply && result.reply.ok['duplicate'] === false
            ? [input.task_id]
            : [],
        );
        expect(world.live().map((one) => `${one.task_id} ${one.state}`)).toEqual([]);
        for (const id of accepted) expect([id, told.get(id)]).toEqual([id, 1]);
        expect(told.size).toBe(accepted.length);
      },
    );
  });

  it('epochs only grow', () => {
    forAll(
      () => undefined,
      (_, seen) => {
        let last = 0;
        for (const { result } of seen) {
          for (const fact of facts(result)) {
            if (fact.event !== 'task.started' && fact.event !== 'task.resumed') continue;
            expect(fact.task.epoch).toBeGreaterThan(last);
            last = fact.task.epoch;
          }
        }
      },
    );
  });

  it('facts are numbered without gaps and time never goes back', () => {
    forAll(
      () => undefined,
      (_, seen) => {
        let seq = 0;
        let at = 0;
        for (const { result } of seen) {
          for (const fact of facts(result)) {
            expect(fact.seq).toBe(seq + 1);
            expect(fact.at).toBeGreaterThanOrEqual(at);
            ({ seq, at } = fact);
          }
        }
      },
    );
  });

  it('the fold of the records is the lane that lives, after every step', () => {
    let folded = createLane({ lane: 'main', log: 'p' });
    let of: Lane | null = null;
    forAll(({ lane, result }) => {
      if (lane !== of) {
        folded = createLane({ lane: 'main', log: 'p' });
        of = lane;
      }
      for (const record of result.records) fold(folded, structuredClone(record));
      expect(durableLane(folded)).toEqual(durableLane(lane));
    });
  });

  it('chunks reach watchers in order, from the holder, under its epoch', () => {
    const next = new Map<string, number>();
    let of: Lane | null = null;
    forAll(({ lane, result, before }) => {
      if (lane !== of) {
        next.clear();
        of = lane;
      }
      for (const effect of result.effects) {
        if (effect.kind === 'fact' && effect.fact.event === 'stream.opened')
          next.set(effect.fact.task_id, effect.fact.from_seq ?? 0);
        if (effect.kind !== 'chunk') continue;
        expect(effect.chunk.seq).toBe(next.get(effect.chunk.task_id));
        next.set(effect.chunk.task_id, effect.chunk.seq + 1);
        expect(before?.task_id).toBe(effect.chunk.task_id);
      }
    });
  });
});

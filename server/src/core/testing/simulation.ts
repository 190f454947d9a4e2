/**
 * The seeded simulation: random producers and executors of every temper against one lane, on a clock of its own.
 * Executors are prompt, slow, deaf or lying; they vanish and return; the hub is restarted from its records.
 * `simulate(seed)` plays one schedule to its end, at which every accepted task must have ended exactly once.
 */
import type { ExecutorOrder, Priority, ResolvedTask } from '@cuehub/protocol';
import { levelOf, PRIORITIES } from '@cuehub/protocol';
import type { Lane } from '../lane.js';
import { step } from '../step.js';
import type { Input, SessionLoad, StepReply } from '../types.js';
import { Oracle, oracleFor } from './oracle.js';
import { createPrng, type Prng } from './prng.js';
import { NAMES, SimExecutor, TEMPERS, type SimWorld } from './sim-executor.js';

export interface SimOptions {
  readonly seed: number;
  /** Random actions before the lane is left to finish. */
  readonly actions?: number;
  readonly onStep?: (line: string) => void;
}

export interface SimReport {
  readonly seed: number;
  readonly steps: number;
  readonly accepted: number;
  readonly ended: { readonly [state: string]: number };
  readonly grants: number;
  readonly pauses: number;
  readonly deferrals: number;
  readonly chunks: number;
}

export class Simulation implements SimWorld {
  readonly prng: Prng;
  readonly oracle: Oracle;
  lane: Lane;
  now = 1_000_000;
  steps = 0;
  /** No more mischief: everybody is prompt and present. */
  calm = false;
  readonly executors: SimExecutor[] = [];
  readonly #load = new Map<string, SessionLoad>();
  readonly #calls: { at: number; order: number; run: () => void }[] = [];
  #order = 0;
  #epoch = 0;
  #ids = 0;
  readonly #onStep: ((line: string) => void) | undefined;

  constructor(options: SimOptions) {
    this.prng = createPrng(options.seed);
    this.#onStep = options.onStep;
    this.oracle = oracleFor('sim');
    this.lane = this.oracle.rebuilt();
    const count = 2 + this.prng.int(3);
    for (let i = 0; i < count; i += 1) this.executors.push(new SimExecutor(this, i, this.prng.pick(TEMPERS)));
  }

  id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}${this.#ids}`;
  }

  /** Later, in `ms` of simulated time. */
  later(ms: number, run: () => void): void {
    this.#order += 1;
    this.#calls.push({ at: this.now + ms, order: this.#order, run });
  }

  send(input: Input): StepReply {
    // Time that passed is dealt with in a step of its own, so that a violation belongs to one input.
    if (input.kind !== 'wake') this.#step({ kind: 'wake' });
    return this.#step(input);
  }

  #step(input: Input): StepReply {
    const result = step(this.lane, input, { now_ms: this.now, epoch: this.#epoch, load: this.#load });
    this.steps += 1;
    this.#epoch = result.epoch;
    this.#onStep?.(`${this.now} ${JSON.stringify(input)} -> ${JSON.stringify(result.reply)}`);
    this.oracle.saw(this.lane, input, result, this.now);
    const { wake_at } = result;
    if (wake_at !== null && input.kind !== 'wake') {
      if (wake_at > this.now + 700_000) throw new Error(`wake_at ${wake_at} is far from ${this.now}`);
    }
    for (const effect of result.effects) {
      if (effect.kind === 'load') {
        const before = this.#load.get(effect.session_id) ?? { runs: 0, idle_since: 0 };
        const runs = before.runs + effect.delta;
        if (runs < 0) throw new Error(`${effect.session_id} has ${runs} runs`);
        this.#load.set(effect.session_id, { runs, idle_since: this.now });
      }
      if (effect.kind === 'order') this.#deliver(effect.session_id, effect.order);
    }
    if (wake_at !== null && wake_at !== this.#wakeAt) {
      this.#wakeAt = wake_at;
      this.later(Math.max(0, wake_at - this.now), () => {
        if (this.#wakeAt === wake_at) {
          this.#wakeAt = null;
          this.send({ kind: 'wake' });
        }
      });
    }
    return result.reply;
  }

  #wakeAt: number | null = null;

  #deliver(session_id: string, message: ExecutorOrder): void {
    const executor = this.executors.find((candidate) => candidate.session_id === session_id);
    this.#onStep?.(`    to ${session_id}: ${JSON.stringify(message)}`);
    if (executor?.connected) this.later(0, () => executor.hear(session_id, message));
  }

  /** Runs what is due until `until`, or until nothing is left. */
  run(until: number): void {
    for (;;) {
      let first = -1;
      for (let i = 0; i < this.#calls.length; i += 1) {
        const a = this.#calls[i]!;
        const b = this.#calls[first];
        if (!b || a.at < b.at || (a.at === b.at && a.order < b.order)) first = i;
      }
      const call = this.#calls[first];
      if (!call || call.at > until) break;
      this.#calls.splice(first, 1);
      this.now = Math.max(this.now, call.at);
      call.run();
    }
    this.now = Math.max(this.now, until);
  }

  act(): void {
    const { prng } = this;
    const kind = prng.int(100);
    if (kind < 45) this.submit();
    else if (kind < 55) this.#cancelOne();
    else if (kind < 63) prng.pick(this.executors).vanish();
    else if (kind < 75) prng.pick(this.executors).comeBack();
    else if (kind < 80) this.send({ kind: 'lane.stop', drain: prng.chance(0.4) });
    else if (kind < 88) this.send({ kind: 'lane.start' });
    else if (kind < 94) prng.pick(this.executors).changeNames();
    else if (kind < 96) this.restart();
    else this.#hearSomething();
  }

  submit(): void {
    const { prng } = this;
    const executor = prng.chance(0.15)
      ? prng.pick(this.executors.filter((e) => e.connected).concat(this.executors[0]!))
      : null;
    const self = executor !== null && executor.connected;
    const task: ResolvedTask = {
      name: prng.pick(NAMES),
      args: { n: prng.int(100) },
      priority: levelOf(prng.pick(PRIORITIES) satisfies Priority),
      preempt: prng.pick(['interrupt', 'interrupt', 'finish', 'queue']),
      interruptible: prng.chance(0.85),
      on_interrupt: prng.pick(['pause', 'pause', 'pause', 'restart', 'drop']),
      executor: self ? 'self' : 'worker',
      timeout_ms: prng.chance(0.1) ? 200 + prng.int(2_000) : 600_000,
      max_attempts: 1 + prng.int(3),
      pause_grace_ms: prng.pick([0, 50, 250, 250, 1_000]),
      call: false,
      ...(prng.chance(0.15) ? { ttl_ms: 100 + prng.int(5_000) } : {}),
      ...(prng.chance(0.15) ? { resume_ttl_ms: 100 + prng.int(20_000) } : {}),
      ...(prng.chance(0.2) ? { dedupe: { key: prng.pick(['a', 'b']), mode: prng.pick(['keep', 'replace']) } } : {}),
      ...(self || prng.chance(0.2) ? { idempotency_key: prng.chance(0.7) ? this.id('k') : `k${prng.int(5)}` } : {}),
    };
    const { idempotency_key: _, ...body } = task;
    this.send({
      kind: 'submit',
      task_id: this.id('t'),
      task,
      bytes: 20,
      fingerprint: JSON.stringify(body),
      principal: self ? executor.principal : prng.pick(['alice', 'bob']),
      source: { session_id: self ? executor.session_id : 'producer', client_name: 'sim', kind: 'sim' },
    });
  }

  #cancelOne(): void {
    const live = [...this.lane.tasks.values()].filter((task) => task.ended_at === null);
    if (live.length === 0) return;
    this.send({ kind: 'cancel', task_id: this.prng.pick(live).task_id, principal: 'operator', operator: true });
  }

  #hearSomething(): void {
    const [key, seen] = this.prng.pick([...this.oracle.streams, ['none/main', null] as const]);
    const [task_id = '', stream = ''] = key.split('/');
    this.send({
      kind: 'stream.heard',
      task_id,
      stream,
      sink: 'overlay',
      seq: this.prng.int((seen?.next_seq ?? 0) + 3),
    });
  }

  /** The hub dies and comes back from its records; everybody's socket is gone. */
  restart(): void {
    this.oracle.compare(this.lane);
    this.lane = this.oracle.rebuilt();
    this.#load.clear();
    for (const executor of this.executors) executor.cutOff();
    this.#step({ kind: 'recover' });
  }

  finish(): SimReport {
    this.calm = true;
    for (const executor of this.executors) executor.calmDown();
    this.send({ kind: 'lane.start' });
    for (let round = 0; round < 400 && this.#open() > 0; round += 1) this.run(this.now + 5_000);
    if (this.#open() > 0) {
      const stuck = [...this.lane.tasks.values()]
        .filter((task) => task.ended_at === null)
        .map((task) => `${task.task_id} ${task.state}`);
      throw new Error(`never ended: ${stuck.join(', ')}`);
    }
    this.oracle.compare(this.lane);
    const ended: Record<string, number> = {};
    for (const id of this.oracle.accepted) {
      const view = this.oracle.ended.get(id);
      if (!view) throw new Error(`${id} was accepted and never ended`);
      ended[view.state] = (ended[view.state] ?? 0) + 1;
    }
    const { grants, pauses, deferrals, chunks } = this.oracle;
    return {
      seed: 0,
      steps: this.steps,
      accepted: this.oracle.accepted.size,
      ended,
      grants,
      pauses,
      deferrals,
      chunks,
    };
  }

  #open(): number {
    return [...this.lane.tasks.values()].filter((task) => task.ended_at === null).length;
  }
}

/** Plays one schedule. Throws with the seed in the message when a promise is broken. */
export function simulate(options: SimOptions): SimReport {
  const simulation = new Simulation(options);
  try {
    for (let i = 0; i < (options.actions ?? 50); i += 1) {
      simulation.act();
      simulation.run(simulation.now + simulation.prng.int(simulation.prng.pick([20, 200, 2_000])));
    }
    return { ...simulation.finish(), seed: options.seed };
  } catch (error) {
    throw new Error(
      `seed ${options.seed}: ${error instanceof Error ? error.message : String(error)}\nreplay: npm run sim -- --seed ${options.seed}`,
      {
        cause: error,
      },
    );
  }
}

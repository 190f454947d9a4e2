/**
 * The seeded simulation: random producers and executors of every temper against the lanes of one hub, on a clock of its
 * own. Executors are prompt, slow, deaf or lying; they vanish and return. The hub writes to a disk that takes its time, and
 * crashes at any step: then it has what was certain and as much of the rest as chance has it. At many steps it is also
 * asked what a crash right there would leave. `simulate(seed)` plays one schedule to its end, at which every acknowledged
 * task must have ended exactly once.
 */
import type { ExecutorOrder } from '@cuehub/protocol';
import { fold } from '../fold.js';
import { freeze, thaw } from '../freeze.js';
import type { Lane } from '../lane.js';
import type { Run } from '../task.js';
import { OrderLine } from '../orders.js';
import { step } from '../step.js';
import type { Input, SessionLoad, StepReply } from '../types.js';
import { violations } from './invariants.js';
import { type Oracle, oracleFor } from './oracle.js';
import { createPrng, type Prng } from './prng.js';
import { Promises } from './promises.js';
import { SimJournal } from './sim-journal.js';
import { SimExecutor, TEMPERS } from './sim-executor.js';
import type { SimLane } from './sim-lane.js';
import { SimPeople } from './sim-people.js';
import type { SimOptions, SimReport } from './sim-report.js';
import { SimTime } from './sim-time.js';
import type { SimWorld } from './sim-world.js';

/** Epochs that are reserved at a time: few, so that the hub comes to the end of them. */
const EPOCHS = 12;
const CRASH = 0.006;
/** How long a write takes at most: the disk of one schedule is quick, that of another has seconds to spare. */
const DISK_MS = [2, 20, 200, 800, 4_000];

export class Simulation implements SimWorld {
  readonly prng: Prng;
  readonly promises = new Promises();
  steps = 0;
  /** No more mischief: everybody is prompt and present. */
  calm = false;
  hub = 1;
  readonly lane_names: readonly string[];
  readonly executors: SimExecutor[] = [];
  readonly #lanes: SimLane[];
  readonly #journal = new SimJournal();
  readonly #load = new Map<string, SessionLoad>();
  readonly #time = new SimTime();
  #epoch = 0;
  #ceiling = 0;
  #reserving = false;
  #started_at = 0;
  /** How much the journal had when all lanes were back, and when the hub before had lived last. */
  #recovered = 0;
  #down_at = 0;
  #flush_at: number | null = null;
  #crashing = false;
  #ids = 0;
  #crashes = 0;
  #probes = 0;
  #lost = 0;
  readonly #probing: number;
  readonly #disk_ms: number;
  readonly #people: SimPeople;
  readonly #onStep: ((line: string) => void) | undefined;

  constructor(options: SimOptions) {
    this.prng = createPrng(options.seed);
    this.#onStep = options.onStep;
    this.#probing = options.probes ?? 0.1;
    this.#disk_ms = this.prng.pick(DISK_MS);
    this.lane_names = this.prng.chance(0.4) ? ['sim', 'side'] : ['sim'];
    this.#lanes = this.lane_names.map((name) => {
      const oracle = oracleFor(name);
      const [lane, stable] = [oracle.rewound(0), oracle.rewound(0)];
      return { name, oracle, lane, orders: this.#ordersOf(lane), stable, stable_entries: 0, wake_at: null };
    });
    this.#people = new SimPeople(this, this.#lanes, this.executors);
    this.#open();
    const count = 2 + this.prng.int(3);
    for (let i = 0; i < count; i += 1) this.executors.push(new SimExecutor(this, i, this.prng.pick(TEMPERS)));
  }

  /** The first of the lanes, and who watches it. */
  get lane(): Lane {
    return this.#lanes[0]!.lane;
  }

  get now(): number {
    return this.#time.now;
  }

  get oracle(): Oracle {
    return this.#lanes[0]!.oracle;
  }

  id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}${this.#ids}`;
  }

  /** Later, in `ms` of simulated time. */
  later(ms: number, run: () => void): void {
    this.#time.later(ms, run);
  }

  send(lane: string, input: Input, heard?: () => void): StepReply {
    const at = this.#lane(lane);
    // Time that passed is dealt with in a step of its own, so that a violation belongs to one input.
    if (input.kind !== 'wake') this.#step(at, { kind: 'wake' });
    return this.#step(at, input, heard);
  }

  completed(lane: string, task_id: string, from_seq: number, text: readonly string[]): void {
    const seen = this.#lane(lane).oracle.streams.get(`${task_id}/main`)?.text ?? [];
    const own = seen.slice(from_seq).join('');
    if (own !== text.join('')) throw new Error(`${task_id} was completed with ${own} instead of ${text.join('')}`);
  }

  paused(lane: string): { task_id: string; epoch: number; run: Run }[] {
    return [...this.#lane(lane).lane.tasks.values()].flatMap(({ task_id, epoch, run, state }) =>
      state === 'paused' && run !== null ? [{ task_id, epoch, run }] : [],
    );
  }

  #lane(name: string): SimLane {
    const found = this.#lanes.find((lane) => lane.name === name);
    if (found === undefined) throw new Error(`no lane ${name}`);
    return found;
  }

  #step(at: SimLane, input: Input, heard?: () => void): StepReply {
    const env = { now_ms: this.now, epoch: this.#epoch, epoch_max: this.#ceiling, load: this.#load };
    const result = step(at.lane, input, env);
    this.steps += 1;
    this.#onStep?.(`${this.now} ${at.name} ${JSON.stringify(input)} -> ${JSON.stringify(result.reply)}`);
    if (result.records.length > 0) this.#journal.append({ at: this.now, lane: at.name, records: result.records });
    this.#advance(result.epoch);
    const wrong: string[] = [];
    const acknowledge = this.promises.asked(at.lane, input, result.reply);
    for (const effect of result.effects) {
      this.promises.told(effect, this.now, wrong);
      if (effect.kind === 'load') this.#count(effect.session_id, effect.delta);
      if (effect.kind === 'order') {
        at.orders.give(effect, effect.after_journal ? (send) => this.#journal.after(send) : null);
      }
    }
    at.oracle.saw(at.lane, input, result, this.now, this.#epoch < this.#ceiling, wrong);
    this.#journal.after(() => {
      acknowledge();
      heard?.();
    });
    this.#armFlush();
    const { wake_at } = result;
    if (wake_at !== null && input.kind !== 'wake') {
      if (wake_at > this.now + 700_000) throw new Error(`wake_at ${wake_at} is far from ${this.now}`);
    }
    this.#armWake(at, wake_at);
    if (this.prng.chance(this.#probing)) this.#probe();
    if (!this.calm && !this.#crashing && this.prng.chance(CRASH)) {
      this.#crashing = true;
      this.later(this.prng.int(3), () => this.#crash());
    }
    return result.reply;
  }

  #count(session_id: string, delta: 1 | -1): void {
    const runs = (this.#load.get(session_id)?.runs ?? 0) + delta;
    if (runs < 0) throw new Error(`${session_id} has ${runs} runs`);
    this.#load.set(session_id, { runs, idle_since: this.now });
  }

  #armWake(at: SimLane, wake_at: number | null): void {
    if (wake_at === null || wake_at === at.wake_at) return;
    at.wake_at = wake_at;
    this.later(Math.max(0, wake_at - this.now), () => {
      if (at.wake_at !== wake_at) return;
      at.wake_at = null;
      this.send(at.name, { kind: 'wake' });
    });
  }

  /** Epochs are reserved before they are given, long before the last one where the disk is quick. */
  #advance(epoch: number): void {
    if (epoch > this.#ceiling) throw new Error(`epoch ${epoch} was given, ${this.#ceiling} are reserved`);
    this.#epoch = epoch;
    if (this.#reserving || this.#ceiling - epoch > EPOCHS / 2) return;
    this.#reserving = true;
    const ceiling = this.#ceiling + EPOCHS;
    this.#journal.append({ at: this.now, ceiling });
    this.#journal.after(() => {
      this.#ceiling = ceiling;
      this.#reserving = false;
      // Grants that had to wait go on.
      for (const { name } of this.#lanes) this.later(0, () => this.send(name, { kind: 'wake' }));
    });
  }

  /** A group commit after the other; a disk may be slow for a while. */
  #armFlush(): void {
    if (this.#flush_at !== null) return;
    const { prng } = this;
    const at = this.now + (this.calm ? 1 : prng.int(prng.pick([2, this.#disk_ms, this.#disk_ms])));
    this.#flush_at = at;
    const { hub } = this;
    this.later(at - this.now, () => {
      if (this.hub !== hub) return;
      this.#flush_at = null;
      this.#journal.flush(this.#journal.entries.length);
    });
  }

  #ordersOf(lane: Lane): OrderLine {
    return new OrderLine(lane, (session_id, order) => {
      const wrong: string[] = [];
      this.promises.ordered(order, wrong);
      if (wrong.length > 0) throw new Error(wrong.join('; '));
      this.#deliver(session_id, order);
    });
  }

  #deliver(session_id: string, message: ExecutorOrder): void {
    const executor = this.executors.find((candidate) => candidate.session_id === session_id);
    this.#onStep?.(`    to ${session_id}: ${JSON.stringify(message)}`);
    if (executor?.connected) this.later(0, () => executor.hear(session_id, message));
  }

  /** Runs what is due until `until`, or until nothing is left. */
  run(until: number): void {
    this.#time.run(until);
  }

  act(): void {
    const { prng } = this;
    const kind = prng.int(100);
    if (kind < 45) this.#people.submit();
    else if (kind < 55) this.#people.cancelOne();
    else if (kind < 63) prng.pick(this.executors).vanish();
    else if (kind < 75) prng.pick(this.executors).comeBack();
    else if (kind < 79) this.#people.stopOne();
    else if (kind < 88) this.#people.startOne();
    else if (kind < 94) prng.pick(this.executors).changeNames();
    else if (kind < 96) this.#crash();
    else this.#people.hearSomething();
  }

  /** What a crash at this very step would leave keeps every promise too: an image, the records since, and `recover`. */
  #probe(): void {
    const { entries, durable } = this.#journal;
    const kept = durable + this.prng.int(entries.length - durable + 1);
    const epoch = this.#journal.ceiling(kept);
    this.#probes += 1;
    for (const at of this.#lanes) {
      for (const record of this.#journal.recordsOf(at.name, at.stable_entries, durable)) fold(at.stable, record);
      at.stable_entries = durable;
      const lane = thaw(structuredClone(freeze(at.stable)), { lane: at.name, log: 'sim', config: at.stable.config });
      for (const record of this.#journal.recordsOf(at.name, durable, kept)) fold(lane, structuredClone(record));
      const env = { now_ms: this.now, epoch, epoch_max: epoch + EPOCHS, load: new Map<string, SessionLoad>() };
      step(lane, { kind: 'recover', down_at: this.#lastAlive(kept) }, env);
      const wrong = [...this.promises.broken(lane, epoch, this.#endedBy(kept)), ...violations(lane)];
      if (lane.holder !== null) wrong.push(`${lane.holder.task_id} has the floor, and nobody is there`);
      if (wrong.length === 0) continue;
      throw new Error(`a crash at ${this.now} with ${kept} of ${entries.length} entries:\n  ${wrong.join('\n  ')}`);
    }
  }

  /** The hub dies, and comes back after a while from what its disk has; everybody's socket is gone. */
  #crash(): void {
    this.#crashing = false;
    const { prng } = this;
    for (const { oracle, lane } of this.#lanes) oracle.compare(lane);
    const { entries, durable } = this.#journal;
    const kept = durable + prng.int(entries.length - durable + 1);
    this.#crashes += 1;
    this.#lost += entries.length - kept;
    this.#onStep?.(`${this.now} crash, ${kept} of ${entries.length} entries are kept, ${durable} had to be`);
    const down_at = this.#lastAlive(kept);
    this.promises.crashed(this.now, entries[durable]?.at ?? this.now + 1);
    this.#journal.crash(kept);
    this.hub += 1;
    this.#load.clear();
    this.#flush_at = null;
    this.#reserving = false;
    for (const executor of this.executors) executor.cutOff();
    this.#time.pass(prng.int(prng.pick([1, 100, 20_000])));
    for (const at of this.#lanes) {
      at.lane = at.oracle.rewound(this.#journal.recordsOf(at.name, 0, kept).length);
      at.orders = this.#ordersOf(at.lane);
      at.stable = at.oracle.rewound(this.#journal.recordsOf(at.name, 0, kept).length);
      at.stable_entries = kept;
      at.wake_at = null;
    }
    this.#open();
    this.#down_at = down_at;
    for (const at of this.#lanes) this.#step(at, { kind: 'recover', down_at });
    this.#recovered = this.#journal.entries.length;
    for (const at of this.#lanes) {
      const wrong = this.promises.broken(at.lane, this.#epoch, this.#endedBy(kept));
      if (wrong.length > 0) throw new Error(`after a crash:\n  ${wrong.join('\n  ')}`);
    }
    for (const executor of this.executors) {
      if (prng.chance(0.8)) this.later(prng.int(3_000), () => executor.comeBack());
    }
  }

  #endedBy(kept: number): (task_id: string) => boolean {
    return (task_id) => this.#journal.hasEndOf(task_id, kept);
  }

  /** When the hub is known to have lived last. One whose first records are not on the disk did not live at all. */
  #lastAlive(kept: number): number {
    return kept < this.#recovered
      ? this.#down_at
      : this.now - this.prng.int(Math.min(500, this.now - this.#started_at + 1));
  }

  /** A start reserves epochs before anything else, and waits for the disk. */
  #open(): void {
    this.#started_at = this.now;
    this.#epoch = this.#journal.ceiling(this.#journal.entries.length);
    this.#ceiling = this.#epoch + EPOCHS;
    this.#journal.append({ at: this.now, ceiling: this.#ceiling });
    this.#journal.flush(this.#journal.entries.length);
  }

  finish(): SimReport {
    this.calm = true;
    for (const executor of this.executors) executor.calmDown();
    for (let round = 0; round < 400 && this.#live().length > 0; round += 1) {
      // A crash may take back one that was not acknowledged.
      for (const { name, lane } of this.#lanes) if (!lane.started) this.send(name, { kind: 'lane.start' });
      this.run(this.now + 5_000);
    }
    const stuck = this.#live();
    if (stuck.length > 0) throw new Error(`never ended: ${stuck.join(', ')}`);
    const ended: Record<string, number> = {};
    const sums = { grants: 0, pauses: 0, deferrals: 0, chunks: 0 };
    for (const { oracle, lane } of this.#lanes) {
      oracle.compare(lane);
      for (const { state } of oracle.ended.values()) ended[state] = (ended[state] ?? 0) + 1;
      for (const of of ['grants', 'pauses', 'deferrals', 'chunks'] as const) sums[of] += oracle[of];
    }
    this.promises.final((task_id) => {
      for (const { oracle } of this.#lanes) if (oracle.ended.has(task_id)) return oracle.ended.get(task_id)?.state;
      return undefined;
    });
    return {
      seed: 0,
      steps: this.steps,
      accepted: this.promises.submits.size,
      ended,
      ...sums,
      crashes: this.#crashes,
      probes: this.#probes,
      lost: this.#lost,
    };
  }

  #live(): string[] {
    const tasks = this.#lanes.flatMap(({ lane }) => [...lane.tasks.values()]);
    return tasks.filter((task) => task.ended_at === null).map(({ task_id, state }) => `${task_id} ${state}`);
  }
}

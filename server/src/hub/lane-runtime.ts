/**
 * One lane in the world: feeds the pure machine and carries out what it says. Owns the lane's timer, its ring of facts
 * and what is told of it. Which lanes there are is `lanes.ts`; what a request means is `requests.ts`.
 */
import {
  isTerminal,
  type EventMessage,
  type ExecutorOrder,
  type LaneStatus,
  type StateMessage,
  type WatchMessage,
} from '@cuehub/protocol';
import type { Clock, Timer } from '../config/clock.js';
import {
  type Effect,
  type Input,
  type InputKind,
  isDormant,
  type Lane,
  OrderLine,
  snapshotOf,
  statusOf,
  step,
  type StepReply,
} from '../core/index.js';
import type { Durable, Journal, LaneState, LiveLane } from '../journal/port.js';
import type { Audience } from './audience.js';
import { Broadcast } from './broadcast.js';
import type { Epochs } from './epochs.js';
import { FactRing, type FactRingLimits } from './fact-ring.js';
import { Feed, type FeedOptions } from './feed.js';
import type { JournalHealth } from './journal-health.js';
import type { Load } from './load.js';
import type { Subscription } from './subscription.js';
import type { Turn, TurnJob } from './turn.js';

/** What a lane needs of the hub around it. */
export interface LaneHost extends Pick<FeedOptions, 'wildcards' | 'gathering'> {
  readonly clock: Clock;
  readonly limits: FactRingLimits;
  readonly journal: Pick<Journal, 'append' | 'hurry'>;
  readonly health: Pick<JournalHealth, 'wait'>;
  readonly epochs: Epochs;
  readonly load: Load;
  readonly turn: Turn;
  readonly order: (session_id: string, order: ExecutorOrder) => void;
  /** Counted for metrics. */
  told(kind: 'fact' | 'chunk'): void;
  /** A task is terminal; `durable` is when its end is in the journal. True when somebody waits for that. */
  ended(task_id: string, durable: Durable): boolean;
  /** Task ids that the lane no longer knows. */
  forgot(task_ids: readonly string[]): void;
  /** The turn is over: does anything still keep the lane in memory? */
  settled(runtime: LaneRuntime, dormant: boolean): void;
  journalFailed(lane: string, error: unknown): void;
}

export interface Stepped {
  readonly reply: StepReply;
  /** When what happened is in the journal; undefined when it is already. */
  readonly durable: Durable;
}

/** These happen many times a second and change no status. */
const QUIET: ReadonlySet<InputKind> = new Set<InputKind>(['stream.chunk', 'stream.heard', 'task.progress']);

/** For so long at most the disk waits for an executor that was asked to give up the floor. */
const FLOOR_FIRST_MS = 2;

/** No status reads like this. */
const NEVER_TOLD = '';

export class LaneRuntime implements LiveLane, TurnJob {
  readonly lane: Lane;
  due = false;
  readonly feed: Feed;
  /** False for a lane that somebody watches and nobody made: it is empty, is not listed and does not count. */
  made: boolean;
  readonly forks: { readonly [log: string]: number };

  readonly #host: LaneHost;
  readonly #ring: FactRing;
  readonly #orders: OrderLine;
  #ended: string[];
  #pending: Durable;
  #timer: Timer | null = null;
  #wake_at = Infinity;
  #armed_for = Infinity;
  #stepping = false;
  #hurry_timer: Timer | null = null;
  /** The status told last, without its running time. */
  #told = NEVER_TOLD;
  /** Something happened in this turn that may have changed the status. */
  #stirred = false;
  /** Those to whom the state is due at the end of the turn even if it did not change. */
  readonly #state_due = new Set<Subscription>();
  #closed = false;

  constructor(host: LaneHost, state: LaneState, made: boolean) {
    this.#host = host;
    this.lane = state.lane;
    this.feed = new Feed({ lane: state.lane.name, wildcards: host.wildcards, gathering: host.gathering });
    this.#ring = new FactRing(host.limits, state.lane.seq, state.facts);
    this.#orders = new OrderLine(state.lane, host.order);
    this.#ended = [...state.ended];
    this.forks = state.forks;
    this.made = made;
  }

  get name(): string {
    return this.lane.name;
  }

  /** Who watches this lane and no other. */
  get subscribers(): Audience {
    return this.feed.audience;
  }

  get dormant(): boolean {
    return isDormant(this.lane);
  }

  /** When everything that happened so far is in the journal. */
  get durable(): Durable {
    return this.#pending;
  }

  status(): LaneStatus {
    return statusOf(this.lane, this.#host.clock.now());
  }

  snapshot(text: boolean): ReturnType<typeof snapshotOf> {
    return snapshotOf(this.lane, this.#host.clock.now(), { text });
  }

  /** One input through the machine; what comes out of it has happened when this returns, save for the journal. */
  step(input: Input): Stepped {
    // Facts are numbered in the order of steps and told in the order of effects; a step inside a step would mix them.
    if (this.#stepping) throw new Error(`lane ${this.name} was given ${input.kind} in the middle of a step`);
    this.#stepping = true;
    try {
      return this.#step(input);
    } finally {
      this.#stepping = false;
    }
  }

  #step(input: Input): Stepped {
    const { clock, epochs, load, journal } = this.#host;
    const now_ms = clock.now();
    const { reply, records, effects, epoch, wake_at } = step(this.lane, input, {
      now_ms,
      epoch: epochs.last,
      epoch_max: epochs.ceiling,
      load: load.all,
    });
    epochs.advance(epoch);
    // Before the journal hears of it: the end of this turn is to come before what it then writes.
    if (!QUIET.has(input.kind) || records.length > 0) this.#stir();
    const durable = records.length > 0 ? this.#write(journal.append(this, records)) : this.#pending;
    for (const effect of effects) this.#carryOut(effect, durable);
    for (const record of records) if (record.kind === 'forgotten') this.#forget(record.ended);
    this.#arm(wake_at ?? Infinity);
    if (this.#hurry_timer !== null && !this.#interrupting) this.#hurryNow();
    return { reply, durable };
  }

  /**
   * Somebody waits for what happened here to be in the journal. Not before the floor is passed on, though: who waits for
   * that would wait for the commit, which takes a processor and wakes others.
   */
  hurry(): void {
    if (!this.#interrupting) this.#host.journal.hurry();
    else this.#hurry_timer ??= this.#host.clock.after(FLOOR_FIRST_MS, () => this.#hurryNow());
  }

  get #interrupting(): boolean {
    return this.lane.holder?.state === 'pausing';
  }

  #hurryNow(): void {
    this.#hurry_timer?.cancel();
    this.#hurry_timer = null;
    this.#host.journal.hurry();
  }

  /** The newest facts, oldest first, as far as they are kept. */
  facts(): readonly EventMessage[] {
    return this.#ring.all();
  }

  /** Facts after `seq` of `log`, or null when they cannot be told whole. */
  factsAfter(log: string, seq: number): readonly EventMessage[] | null {
    const fork = this.#forkOf(log);
    if (fork === null || seq > fork) return null;
    return this.#ring.after(seq, this.#host.clock.now());
  }

  /**
   * The last fact that whoever saw `seq` of `log` has in common with this log: one from before an unclean stop agrees
   * with it up to the fork. 0 for a log that is none of this lane's: its numbers say nothing here.
   */
  sharedSeq(log: string, seq: number): number {
    return Math.min(seq, this.#forkOf(log) ?? 0);
  }

  /** Up to which fact that log is the same as this one; null for one that is none of this lane's. */
  #forkOf(log: string): number | null {
    if (log === this.lane.log) return Infinity;
    return Object.hasOwn(this.forks, log) ? (this.forks[log] ?? null) : null;
  }

  /** The state goes to this subscriber at the end of the turn, changed or not. */
  owesState(subscription: Subscription): void {
    if (!subscription.topics.has('state')) return;
    this.#state_due.add(subscription);
    this.#stir();
  }

  /** What was told in this turn goes out, the state behind it: to everybody when it changed, else to whom it is due. */
  endTurn(): void {
    if (this.#closed) return;
    const stirred = this.#stirred;
    this.#stirred = false;
    if (stirred) this.#tellState();
    this.feed.flush();
    this.#ring.settle();
    if (stirred) this.#host.settled(this, this.dormant);
  }

  #tellState(): void {
    if (!this.feed.heard) {
      // Whoever comes is owed the state, so there is no need to know which one was told last.
      this.#told = NEVER_TOLD;
      this.#state_due.clear();
      return;
    }
    const status = this.status();
    const key = this.#key(status);
    const changed = key !== this.#told;
    this.#told = key;
    const message: StateMessage = { type: 'state', lane: this.name, log: this.lane.log, seq: this.lane.seq, ...status };
    const broadcast = new Broadcast(message);
    const due = [...this.#state_due];
    this.#state_due.clear();
    if (changed) return this.feed.push(broadcast);
    if (due.length === 0) return;
    this.feed.flush();
    const { wildcards } = this.#host;
    for (const subscription of due) {
      const watches = this.subscribers.has(subscription) || wildcards.has(subscription);
      if (watches && subscription.sees(this.name)) subscription.offer(broadcast);
    }
  }

  #stir(): void {
    this.#stirred = true;
    this.#host.turn.lane(this);
  }

  /** What is left when the lane leaves memory. The runtime is of no use afterwards. */
  close(): LaneState {
    this.feed.flush();
    if (this.#hurry_timer !== null) this.#hurryNow();
    this.#closed = true;
    this.#timer?.cancel();
    return { lane: this.lane, facts: this.#ring.all(), ended: this.#ended, forks: this.forks };
  }

  #tell(message: WatchMessage): void {
    if (!this.feed.heard) return;
    this.feed.push(new Broadcast(message));
    this.#host.turn.lane(this);
  }

  #carryOut(effect: Effect, durable: Durable): void {
    switch (effect.kind) {
      case 'fact':
        this.#host.told('fact');
        this.#ring.push(effect.fact);
        this.#tell(effect.fact);
        if ('task' in effect.fact && isTerminal(effect.fact.task.state)) {
          this.#ended.push(effect.fact.task.task_id);
          if (this.#host.ended(effect.fact.task.task_id, durable)) this.hurry();
        }
        return;
      case 'order':
        this.#orders.give(
          effect,
          effect.after_journal && durable !== undefined ? this.#whenDurable(durable, effect) : null,
        );
        return;
      case 'chunk':
        this.#host.told('chunk');
        this.#tell(effect.chunk);
        return;
      case 'progress':
        this.#tell(effect.progress);
        return;
      case 'load':
        this.#host.load.change(effect.session_id, effect.delta);
    }
  }

  #whenDurable(durable: Promise<void>, { order }: Extract<Effect, { kind: 'order' }>): (then: () => void) => void {
    this.hurry();
    return (then) => {
      // The floor is given to it, and what runs goes on while the journal takes nothing.
      if (order.type === 'task.dispatch') this.#host.health.wait(durable, then, then);
      // Told by `journalFailed`; what is not in the journal is not acknowledged.
      else durable.then(then, () => {});
    };
  }

  /** Keeps the newest write that is under way: a repeat of a request that is not on disk yet waits for it too. */
  #write(durable: Durable): Durable {
    // What gathers for one commit is one promise: it is listened to once.
    if (durable === undefined || durable === this.#pending) return durable;
    this.#pending = durable;
    durable.then(
      () => {
        if (this.#pending === durable) this.#pending = undefined;
      },
      (error: unknown) => {
        if (this.#pending === durable) this.#pending = undefined;
        this.#host.journalFailed(this.name, error);
      },
    );
    return durable;
  }

  #forget(count: number): void {
    if (count === 0) return;
    this.#host.forgot(this.#ended.splice(0, count));
  }

  /** One timer a lane. A wish for later than what is armed is met when that fires: most wishes only move away. */
  #arm(wake_at: number): void {
    if (this.#closed) return;
    this.#wake_at = wake_at;
    if (wake_at === Infinity) {
      this.#timer?.cancel();
      this.#timer = null;
      this.#armed_for = Infinity;
      return;
    }
    if (this.#timer !== null && wake_at >= this.#armed_for) return;
    this.#timer?.cancel();
    this.#armed_for = wake_at;
    this.#timer = this.#host.clock.after(Math.max(1, wake_at - this.#host.clock.now()), () => this.#fire());
  }

  #fire(): void {
    this.#timer = null;
    this.#armed_for = Infinity;
    if (this.#host.clock.now() < this.#wake_at) this.#arm(this.#wake_at);
    else this.step({ kind: 'wake' });
  }

  #key(status: LaneStatus): string {
    const { current_task, ...rest } = status;
    return JSON.stringify([rest, current_task === null ? null : { ...current_task, running_for: 0 }]);
  }
}

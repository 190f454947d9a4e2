/**
 * Which lanes there are: made, watched without being made, parked. A lane with nothing waiting, running, paused or
 * watched leaves memory after a rest, and comes back from the journal as it was (PROTOCOL §1).
 */
import type { LaneStatus } from '@cuehub/protocol';
import type { Clock, Timer } from '../config/clock.js';
import { createLane, type LaneConfig, statusOf } from '../core/index.js';
import type { Journal, LaneState, ParkedLane } from '../journal/port.js';
import { Broadcast } from './broadcast.js';
import { type LaneHost, LaneRuntime } from './lane-runtime.js';
import type { TaskIndex } from './task-index.js';

/** How long a lane stays in memory with nothing to do. */
export const LANE_REST_MS = 60_000;
/** Parked lanes, as a multiple of how many may be in memory. Past it one has to be forgotten for each that is made. */
const PARKED_FACTOR = 10;

export type LaneView = { lane: string; log: string; seq: number } & LaneStatus;

export interface LanesOptions {
  readonly config: LaneConfig;
  readonly lanes_max: number;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly index: TaskIndex;
}

export class Lanes {
  readonly #options: LanesOptions;
  readonly #host: LaneHost;
  readonly #runtimes = new Map<string, LaneRuntime>();
  /** Lanes that could leave memory, longest at rest first, by when they came to rest. */
  readonly #resting = new Map<string, number>();
  #made = 0;
  /** Lanes that left memory, longest parked first, as they were then. */
  readonly #parked = new Map<string, LaneView>();
  /** From when on nothing of a parked lane is promised any more, first ones first. Of one that was stopped, that it is. */
  readonly #forgettable = new Map<string, number>();
  #sweep: Timer | null = null;

  constructor(options: LanesOptions, host: LaneHost) {
    this.#options = options;
    this.#host = host;
  }

  /** A lane that was made, from memory or from the journal; null when there is none of that name. */
  get(name: string): LaneRuntime | null {
    const runtime = this.#runtimes.get(name);
    if (runtime !== undefined) return runtime.made ? runtime : null;
    return this.#return(name);
  }

  inMemory(name: string): LaneRuntime | undefined {
    return this.#runtimes.get(name);
  }

  /** The lane of that name, made if need be; null when there are too many. */
  ensure(name: string): LaneRuntime | null {
    const known = this.get(name);
    if (known !== null) return known;
    if (this.#parked.size >= this.#options.lanes_max * PARKED_FACTOR && !this.#forgetOldest()) return null;
    if (!this.#makeRoom()) return null;
    const runtime = this.#runtimes.get(name) ?? this.#empty(name);
    runtime.made = true;
    this.#made += 1;
    return runtime;
  }

  /** The lane of that name to look at: an empty one when it was never made. Give it to `unwatched` in the end. */
  toWatch(name: string): LaneRuntime {
    return this.get(name) ?? this.#runtimes.get(name) ?? this.#empty(name);
  }

  /** After a restart of the hub: what ran until it went down is paused, and claims run from now. */
  restore(state: LaneState, down_at: number | null): void {
    const runtime = new LaneRuntime(this.#host, state, true);
    this.#runtimes.set(runtime.name, runtime);
    this.#made += 1;
    runtime.step({ kind: 'recover', ...(down_at === null ? {} : { down_at }) });
  }

  /** After a restart: a lane that had nothing to do. It comes back from the journal when somebody asks for it. */
  restoreParked({ name, log, seq, started, tasks_completed }: ParkedLane): void {
    const lane = createLane({ lane: name, log, config: this.#options.config });
    Object.assign(lane, { seq, started, tasks_completed });
    this.#setParked({ lane: name, log, seq, ...statusOf(lane, this.#options.clock.now()) });
  }

  /** Every lane in memory looks again at what it could do. */
  wake(): void {
    for (const runtime of [...this.#runtimes.values()]) runtime.step({ kind: 'wake' });
  }

  /** Somebody stopped watching. */
  unwatched(runtime: LaneRuntime): void {
    if (runtime.subscribers.size > 0) return;
    if (!runtime.made) {
      this.#runtimes.delete(runtime.name);
      runtime.close();
    } else if (runtime.dormant) this.#rest(runtime);
  }

  /** The end of a turn in which the lane did something. */
  settled(runtime: LaneRuntime, dormant: boolean): void {
    if (!runtime.made) return;
    if (dormant && runtime.subscribers.size === 0) this.#rest(runtime);
    else this.#resting.delete(runtime.name);
  }

  /** Lanes in memory that were made. */
  *[Symbol.iterator](): IterableIterator<LaneRuntime> {
    for (const runtime of this.#runtimes.values()) if (runtime.made) yield runtime;
  }

  get size(): number {
    return this.#made;
  }

  /** Every lane that was made, also those that left memory. */
  views(): LaneView[] {
    return [...[...this].map(viewOf), ...this.#parked.values()];
  }

  /** A status without a lane: what a watcher of nothing sees. */
  empty(name: string): LaneRuntime {
    return new LaneRuntime(this.#host, this.#blank(name), false);
  }

  close(): void {
    this.#sweep?.cancel();
    for (const runtime of this.#runtimes.values()) runtime.close();
  }

  #blank(name: string): LaneState {
    const { config, journal } = this.#options;
    return { lane: createLane({ lane: name, log: journal.logFor(name), config }), facts: [], ended: [], forks: {} };
  }

  #empty(name: string): LaneRuntime {
    const runtime = this.empty(name);
    this.#runtimes.set(name, runtime);
    return runtime;
  }

  #return(name: string): LaneRuntime | null {
    const state = this.#options.journal.unpark(name);
    if (state === null) return null;
    this.#parked.delete(name);
    this.#forgettable.delete(name);
    // It was acknowledged once, so it comes back even if that makes one too many for the moment.
    this.#makeRoom();
    const runtime = new LaneRuntime(this.#host, state, true);
    this.#runtimes.set(name, runtime);
    this.#made += 1;
    runtime.step({ kind: 'wake' });
    // Watchers of all lanes that came while it was away have not heard of it.
    if (runtime.lane.seq > 0) {
      runtime.feed.flush();
      for (const subscription of this.#host.wildcards) {
        if (!subscription.sees(name)) continue;
        subscription.offer(new Broadcast({ type: 'snapshot', ...runtime.snapshot(subscription.topics.has('text')) }));
      }
    }
    return runtime;
  }

  #rest(runtime: LaneRuntime): void {
    if (this.#resting.has(runtime.name)) return;
    this.#resting.set(runtime.name, this.#options.clock.now());
    this.#armSweep();
  }

  #armSweep(): void {
    if (this.#sweep !== null) return;
    const first = this.#resting.values().next();
    if (first.done === true) return;
    const wait = Math.max(1, first.value + LANE_REST_MS - this.#options.clock.now());
    this.#sweep = this.#options.clock.after(wait, () => {
      this.#sweep = null;
      const before = this.#options.clock.now() - LANE_REST_MS;
      for (const [name, since] of this.#resting) {
        if (since > before) break;
        this.#park(name);
      }
      this.#armSweep();
    });
  }

  /** Lets those that rested longest go until one more may be in memory: a start may bring more. False when too many are busy. */
  #makeRoom(): boolean {
    for (const name of this.#resting.keys()) {
      if (this.#made < this.#options.lanes_max) break;
      this.#park(name);
    }
    return this.#made < this.#options.lanes_max;
  }

  #park(name: string): boolean {
    this.#resting.delete(name);
    const runtime = this.#runtimes.get(name);
    // It may have been given something to do in this very turn, whose end would have taken it off the list.
    if (runtime === undefined || !runtime.dormant || runtime.subscribers.size > 0) return false;
    this.#runtimes.delete(name);
    this.#made -= 1;
    this.#setParked(viewOf(runtime));
    this.#options.journal.park(name, runtime.close());
    return true;
  }

  #setParked(view: LaneView): void {
    const { clock, config } = this.#options;
    this.#parked.set(view.lane, view);
    if (view.state.started) this.#forgettable.set(view.lane, clock.now() + config.idempotency_ms);
  }

  /** False when there is still something to remember of each. */
  #forgetOldest(): boolean {
    const { clock, journal, index } = this.#options;
    for (const [name, from] of this.#forgettable) {
      if (from > clock.now()) break;
      journal.forget(name);
      index.deleteLane(name);
      this.#parked.delete(name);
      this.#forgettable.delete(name);
      return true;
    }
    return false;
  }
}

function viewOf(runtime: LaneRuntime): LaneView {
  return { lane: runtime.name, log: runtime.lane.log, seq: runtime.lane.seq, ...runtime.status() };
}

/**
 * The end of a turn of the event loop. Everything that sockets brought in one turn is done first; then each lane that
 * changed tells its state once, and each socket is written to once. System calls are what fan-out costs, so this is
 * where it is won.
 *
 * What is watched may be gathered for longer: after telling watchers for some milliseconds the hub does other things for
 * as long, so that under load each write carries more, and input never waits for more than one such round. What is for
 * executors, and answers, are never held up by that.
 */
import type { Clock } from '../config/clock.js';

/** Watchers are never kept waiting longer for the sake of gathering. */
const GATHER_MS_MAX = 10;
/** Shorter rounds leave enough between them. */
const ROUND_MS_MIN = 2;

/** A read may bring the words of many executors: these are not kept waiting for what comes of the last of them. */
const ORDERS_TOGETHER = 8;

export interface TurnJob {
  /** Kept by `Turn`: whether its end of this turn is due already. There may be thousands of them in a turn. */
  due: boolean;
  endTurn(): void;
}

/** A job that has two reasons to end its turn, of which one may wait. */
export interface WatchJob extends TurnJob {
  watch_due: boolean;
}

/** Something that does not wait for the end of the turn. */
export interface UrgentJob {
  goAhead(): void;
}

export class Turn {
  #inboxes: TurnJob[] = [];
  #lanes: TurnJob[] = [];
  #watchers: WatchJob[] = [];
  #outboxes: TurnJob[] = [];
  readonly #urgent = new Set<UrgentJob>();
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  #gather_until = -Infinity;
  #gathering = false;
  #number = 0;
  #scheduled = false;
  #hurrying = false;
  #orders = 0;

  constructor(clock: Clock, failed: (error: unknown) => void) {
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Changes with every turn in which somebody asks for it. */
  get number(): number {
    this.#schedule();
    return this.#number;
  }

  /** What one turn was too short for: a next piece of it, after everybody else's input. */
  inbox(job: TurnJob): void {
    if (job.due) return;
    job.due = true;
    this.#inboxes.push(job);
    this.#schedule();
  }

  /** Lanes come before watchers, since what they tell goes to them. */
  lane(job: TurnJob): void {
    if (job.due) return;
    job.due = true;
    this.#lanes.push(job);
    this.#schedule();
  }

  /** Has something that is watched, and only that. */
  watcher(job: WatchJob): void {
    if (job.watch_due) return;
    job.watch_due = true;
    this.#watchers.push(job);
    this.#schedule();
  }

  /** Has something that does not wait beyond this turn. */
  outbox(job: TurnJob): void {
    if (job.due) return;
    job.due = true;
    this.#outboxes.push(job);
    this.#schedule();
  }

  /**
   * As soon as the piece of input that is being dealt with is done: what one socket brought, not what all of them did.
   * Somebody waits for the floor meanwhile.
   */
  urgent(job: UrgentJob): void {
    this.#orders += 1;
    this.#urgent.add(job);
    if (this.#hurrying) return;
    this.#hurrying = true;
    process.nextTick(() => {
      this.#hurrying = false;
      this.#hurry();
    });
  }

  /** Between two messages of one read: what is urgent of the ones before goes, if that is enough for a write. */
  nextMessage(): void {
    if (this.#orders >= ORDERS_TOGETHER) this.#hurry();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#end());
  }

  #hurry(): void {
    this.#orders = 0;
    const urgent = [...this.#urgent];
    this.#urgent.clear();
    this.#run(urgent, goAhead);
  }

  #end(): void {
    this.#scheduled = false;
    this.#number += 1;
    // A job that is added while these run has its end at the next turn.
    const inboxes = this.#inboxes;
    this.#inboxes = [];
    this.#run(inboxes, endTurn);
    this.#tellWatchers();
    const outboxes = this.#outboxes;
    this.#outboxes = [];
    this.#run(outboxes, endTurn);
  }

  #tellWatchers(): void {
    if (this.#lanes.length === 0 && this.#watchers.length === 0) return;
    const started_at = this.#clock.now();
    if (started_at < this.#gather_until) {
      if (this.#gathering) return;
      this.#gathering = true;
      this.#clock.after(this.#gather_until - started_at, () => {
        this.#gathering = false;
        this.#schedule();
      });
      return;
    }
    const lanes = this.#lanes;
    this.#lanes = [];
    this.#run(lanes, endTurn);
    const watchers = this.#watchers;
    this.#watchers = [];
    this.#run(watchers, tellWatcher);
    const ended_at = this.#clock.now();
    const took_ms = ended_at - started_at;
    if (took_ms >= ROUND_MS_MIN) this.#gather_until = ended_at + Math.min(took_ms, GATHER_MS_MAX);
  }

  #run<J>(jobs: readonly J[], run: (job: J) => void): void {
    for (const job of jobs) {
      try {
        run(job);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}

function goAhead(job: UrgentJob): void {
  job.goAhead();
}

function endTurn(job: TurnJob): void {
  job.due = false;
  job.endTurn();
}

function tellWatcher(job: WatchJob): void {
  job.watch_due = false;
  job.endTurn();
}

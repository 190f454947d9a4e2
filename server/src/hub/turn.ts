/**
 * The end of a turn of the event loop. Everything that sockets brought in one turn is done first; then each lane that
 * changed tells its state once, and each socket is written to once. System calls are what fan-out costs, so this is
 * where it is won.
 */
export interface TurnJob {
  endTurn(): void;
}

/** Something that does not wait for the end of the turn. */
export interface UrgentJob {
  goAhead(): void;
}

export class Turn {
  readonly #lanes = new Set<TurnJob>();
  readonly #outboxes = new Set<TurnJob>();
  readonly #urgent = new Set<UrgentJob>();
  readonly #failed: (error: unknown) => void;
  #scheduled = false;
  #hurrying = false;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Lanes come before outboxes, since what they tell goes into them. */
  lane(job: TurnJob): void {
    this.#lanes.add(job);
    this.#schedule();
  }

  outbox(job: TurnJob): void {
    this.#outboxes.add(job);
    this.#schedule();
  }

  /**
   * As soon as the piece of input that is being dealt with is done: what one socket brought, not what all of them did.
   * Somebody waits for the floor meanwhile.
   */
  urgent(job: UrgentJob): void {
    this.#urgent.add(job);
    if (this.#hurrying) return;
    this.#hurrying = true;
    process.nextTick(() => this.#hurry());
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#end());
  }

  #hurry(): void {
    this.#hurrying = false;
    this.#run(this.#urgent, (job) => job.goAhead());
  }

  #end(): void {
    this.#scheduled = false;
    this.#run(this.#lanes, (job) => job.endTurn());
    this.#run(this.#outboxes, (job) => job.endTurn());
  }

  #run<J>(jobs: Set<J>, run: (job: J) => void): void {
    // A job that is added while these run has its end at the next turn.
    const now = [...jobs];
    jobs.clear();
    for (const job of now) {
      try {
        run(job);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}

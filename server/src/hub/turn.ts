/**
 * The end of a turn of the event loop. Everything that sockets brought in one turn is done first; then each lane that
 * changed tells its state once, and each socket is written to once. System calls are what fan-out costs, so this is
 * where it is won.
 */
export interface TurnJob {
  endTurn(): void;
}

export class Turn {
  readonly #lanes = new Set<TurnJob>();
  readonly #outboxes = new Set<TurnJob>();
  readonly #failed: (error: unknown) => void;
  #scheduled = false;

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

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    this.#scheduled = false;
    this.#run(this.#lanes);
    this.#run(this.#outboxes);
  }

  #run(jobs: Set<TurnJob>): void {
    // A job that is added while these run has its end at the next turn.
    const now = [...jobs];
    jobs.clear();
    for (const job of now) {
      try {
        job.endTurn();
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}

/**
 * The end of a turn of the event loop. Everything that sockets brought in one turn is done first; then each lane that
 * changed tells its state once, and each socket is written to once. System calls are what fan-out costs, so this is
 * where it is won.
 */
export interface TurnJob {
  /** Kept by `Turn`: whether its end of this turn is due already. There may be thousands of them in a turn. */
  due: boolean;
  endTurn(): void;
}

/** Something that does not wait for the end of the turn. */
export interface UrgentJob {
  goAhead(): void;
}

export class Turn {
  #inboxes: TurnJob[] = [];
  #lanes: TurnJob[] = [];
  #outboxes: TurnJob[] = [];
  readonly #urgent = new Set<UrgentJob>();
  readonly #failed: (error: unknown) => void;
  #number = 0;
  #scheduled = false;
  #hurrying = false;

  constructor(failed: (error: unknown) => void) {
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

  /** Lanes come before outboxes, since what they tell goes into them. */
  lane(job: TurnJob): void {
    if (job.due) return;
    job.due = true;
    this.#lanes.push(job);
    this.#schedule();
  }

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
    const lanes = this.#lanes;
    this.#lanes = [];
    this.#run(lanes, endTurn);
    const outboxes = this.#outboxes;
    this.#outboxes = [];
    this.#run(outboxes, endTurn);
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

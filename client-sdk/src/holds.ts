// Holds of a run: taken, renewed while they are needed, taken again after a pause that took them away.
import { DURATIONS, type OkMessage } from '@cuehub/protocol';
import type { CuehubError } from './errors.js';
import type { Clock } from './transport.js';

export interface HoldOptions {
  /** 30 s by default. Renewed by itself, but never past 5 min from its taking. */
  ttl_ms?: number;
  /** Shown to those who wait. */
  reason?: string;
}

/** What a hold needs of the run it belongs to. */
export interface HoldRun {
  readonly clock: Clock;
  readonly holds: Set<RunHold>;
  /** Whether the run has the floor. */
  readonly open: boolean;
  say(message: object): void;
  ask(message: object): Promise<OkMessage>;
}

/** What `task.hold()` gives: nobody interrupts until it is released. */
export interface Hold {
  readonly hold_id: string;
  release(): void;
}

/** Renewed when this share of its life is over. */
const RENEW_AT = 0.5;

export class RunHold implements Hold {
  hold_id = '';
  private readonly run: HoldRun;
  private readonly options: HoldOptions;
  private timer: unknown;
  private released = false;

  constructor(run: HoldRun, options: HoldOptions) {
    this.run = run;
    this.options = options;
  }

  /** Rejects with `RequestError`: `preempting` when somebody already waits for the floor. */
  async take(): Promise<void> {
    this.taken(await this.run.ask({ type: 'floor.hold', ...this.options }));
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.pause();
    this.run.holds.delete(this);
    if (this.hold_id && this.run.open) this.run.say({ type: 'floor.release', hold_id: this.hold_id });
  }

  /** The run does not have the floor: nothing to renew. */
  pause(): void {
    this.run.clock.clearTimeout(this.timer);
  }

  /** The floor is back: the hub may have kept the hold, or ended it with the pause. */
  resumed(): void {
    this.renew((error) => {
      // Refused when others wait: then the section simply goes on without it.
      if (error.code === 'hold_not_found' && this.run.open && !this.released) this.take().catch(() => {});
    });
  }

  private renew(refused: (error: CuehubError) => void): void {
    this.run.ask({ type: 'floor.hold', hold_id: this.hold_id, ...this.options }).then((ok) => this.taken(ok), refused);
  }

  private taken(ok: OkMessage): void {
    this.hold_id = String(ok['hold_id']);
    // Released while the answer was on its way.
    if (this.released) return void (this.run.open && this.run.say({ type: 'floor.release', hold_id: this.hold_id }));
    const renew_ms = (this.options.ttl_ms ?? DURATIONS.hold_default_ms) * RENEW_AT;
    this.timer = this.run.clock.setTimeout(() => this.run.open && this.renew(() => {}), renew_ms);
  }
}

// Taking the floor while somebody speaks: a task `voice_started` that this page runs itself. It does nothing; having the
// floor is all it is for. The reply that it interrupts goes on when it is over, unless a command came in between.
//
//   begin ──► asked ──dispatched──► taken ──end──► completed            the reply was paused, the command comes next
//                └── end (it never got the floor: a hold, or one as urgent) ──► cancelled
import type { CueHub, TaskHandle } from '@cuehub/client';
import type { Priority } from '@cuehub/protocol';

export const VOICE_STARTED = 'voice_started';
/** Who waits this long to speak has spoken by then. */
const TTL_MS = 10_000;
/** Longer than a button can be held; a page that hangs must not keep the floor. */
const TIMEOUT_MS = 90_000;

interface Turn {
  taken: boolean;
  over: boolean;
  handle: TaskHandle | null;
  readonly spoken: Promise<void>;
  readonly end: () => void;
}

export class BargeIn {
  readonly #failed: (error: unknown) => void;
  readonly #changed: () => void;
  #turn: Turn | null = null;

  constructor(changed: () => void, failed: (error: unknown) => void) {
    this.#changed = changed;
    this.#failed = failed;
  }

  /** `asked`: it does not have the floor, and waits. */
  get at(): 'no' | 'asked' | 'taken' {
    if (this.#turn === null) return 'no';
    return this.#turn.taken ? 'taken' : 'asked';
  }

  get task_id(): string | null {
    return this.#turn?.handle?.id ?? null;
  }

  /** Returns what ends it: the speaking is over, and what came of it is with the hub. */
  begin(hub: CueHub): () => void {
    let end = (): void => {};
    const spoken = new Promise<void>((resolve) => {
      end = resolve;
    });
    const turn: Turn = { taken: false, over: false, handle: null, spoken, end };
    this.#turn = turn;
    void this.#take(hub, turn);
    return () => this.#end(turn);
  }

  #end(turn: Turn): void {
    if (turn.over) return;
    if (this.#turn === turn) this.#turn = null;
    turn.over = true;
    turn.end();
    if (!turn.taken) this.#takeBack(turn);
    this.#changed();
  }

  async #take(hub: CueHub, turn: Turn): Promise<void> {
    // A token that may not be URGENT interrupts what it can.
    const priority: Priority = hub.welcome?.grants.max_priority ?? 'URGENT';
    const spec = {
      name: VOICE_STARTED,
      priority,
      preempt: 'interrupt' as const,
      ttl_ms: TTL_MS,
      timeout_ms: TIMEOUT_MS,
      // Nobody speaks twice at once: what still waits is superseded, also from another tab.
      dedupe: { key: VOICE_STARTED, mode: 'replace' as const },
    };
    try {
      turn.handle = await hub.queue(spec, async () => {
        turn.taken = true;
        this.#changed();
        await turn.spoken;
      });
      this.#changed();
      if (turn.over && !turn.taken) this.#takeBack(turn);
    } catch (error) {
      this.#failed(error);
    }
  }

  #takeBack({ handle }: Turn): void {
    // Over already, or lost with the connection: the hub ends it by itself then.
    handle?.cancel('spoken').catch(() => {});
  }
}

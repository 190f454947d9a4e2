// The holds that keep a holder from being interrupted, and until when, as far as a watcher can tell.
//
// Renewals are no facts. Each chunk of a stream renews that stream's hold, which a watcher sees; of another one it only
// sees that its time passed and nothing expired.
import { DURATIONS, type EventMessage, type HoldFact } from '@cuehub/protocol';

export interface Held {
  readonly hold_id: string;
  readonly task_id: string;
  readonly stream: string | null;
  readonly reason: string;
  readonly taken_at: number;
  expires_at: number;
}

export class Holds {
  #held = new Map<string, Held>();

  take(fact: EventMessage): void {
    if (fact.event === 'hold.taken') this.#taken(fact);
    else if (fact.event === 'hold.released' || fact.event === 'hold.expired') this.#held.delete(fact.hold_id);
    else if ('task' in fact && fact.task.state !== 'running' && fact.task.state !== 'pausing')
      this.drop(fact.task.task_id);
  }

  #taken({ hold_id, task_id, stream, reason, at, expires_at }: HoldFact): void {
    this.#held.set(hold_id, {
      hold_id,
      task_id,
      stream: stream ?? null,
      reason: reason ?? '',
      taken_at: at,
      expires_at: expires_at ?? at + DURATIONS.hold_default_ms,
    });
  }

  /** A chunk of the task came: its stream's hold goes on. */
  renew(task_id: string, stream: string, at: number): void {
    for (const held of this.#held.values()) {
      if (held.task_id !== task_id || held.stream !== stream) continue;
      held.expires_at = Math.min(at + DURATIONS.hold_default_ms, held.taken_at + DURATIONS.hold_max_ms);
    }
  }

  drop(task_id: string): void {
    for (const held of this.#held.values()) if (held.task_id === task_id) this.#held.delete(held.hold_id);
  }

  clear(): void {
    this.#held.clear();
  }

  of(task_id: string): readonly Held[] {
    return [...this.#held.values()].filter((held) => held.task_id === task_id);
  }
}

/** Until when the hold is in force at the latest, if nobody renews it; after that, until the end of all renewals. */
export function heldUntil(held: Held, now_ms: number): number {
  return held.expires_at > now_ms ? held.expires_at : held.taken_at + DURATIONS.hold_max_ms;
}

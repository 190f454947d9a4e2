/**
 * The journal that ends with the process. It keeps no records, since nobody could read them after a restart; it keeps
 * what leaves the hub's memory while the process lives: parked lanes.
 */
import { randomSecret } from '../auth/secrets.js';
import { LivingHistory } from './living-history.js';
import type { Durable, Journal, JournalStart, LaneState, SessionRecord } from './port.js';

export class MemoryJournal implements Journal {
  readonly #log = randomSecret();
  readonly #parked = new Map<string, LaneState>();
  readonly history = new LivingHistory((lane) => this.#parked.get(lane));
  /** Lanes that were forgotten, all told: part of the identity of every log begun since. */
  #forgotten = 0;

  open(): JournalStart {
    return { epoch: 0, sessions: [], lanes: [], parked: [], down_at: null, recovery: null };
  }

  logFor(): string {
    // A forgotten lane's numbers begin again at 1, so its log must not go by the old name.
    return this.#forgotten === 0 ? this.#log : `${this.#log}.${this.#forgotten}`;
  }

  append(): Durable {
    return undefined;
  }

  reserveEpochs(): Durable {
    return undefined;
  }

  saveSession(_session: SessionRecord): Durable {
    return undefined;
  }

  endSession(): Durable {
    return undefined;
  }

  park(lane: string, state: LaneState): void {
    this.#parked.set(lane, state);
  }

  unpark(lane: string): LaneState | null {
    const state = this.#parked.get(lane) ?? null;
    this.#parked.delete(lane);
    return state;
  }

  forget(lane: string): void {
    if (this.#parked.delete(lane)) this.#forgotten += 1;
  }

  describe(): { readonly [detail: string]: unknown } {
    return { kind: 'memory' };
  }

  hurry(): void {}

  close(): void {
    this.#parked.clear();
  }
}

/**
 * Newcomers, a few a turn of the loop. When a crowd comes back at once, those who are here already go on being served:
 * each newcomer costs an upgrade, a hello and a snapshot.
 */
import type { Duplex } from 'node:stream';
import type { Turn, TurnJob } from '../hub/turn.js';
import { TurnBudget } from './turn-budget.js';

export const NEWCOMERS_PER_TURN = 16;

interface Newcomer {
  readonly socket: Duplex;
  readonly admit: () => void;
}

export class Admission implements TurnJob {
  due = false;
  readonly #turn: Turn;
  readonly #budget: TurnBudget;
  #waiting: Newcomer[] = [];
  #from = 0;

  constructor(turn: Turn) {
    this.#turn = turn;
    this.#budget = new TurnBudget(turn, NEWCOMERS_PER_TURN);
  }

  /** How many wait at the door. */
  get size(): number {
    return this.#waiting.length - this.#from;
  }

  /** Calls `admit` at once or in one of the next turns, in the order of asking; never for a socket that is gone by then. */
  ask(socket: Duplex, admit: () => void): void {
    if (this.size === 0 && this.#budget.open) {
      this.#budget.spend(1);
      admit();
      return;
    }
    this.#waiting.push({ socket, admit });
    this.#turn.inbox(this);
  }

  endTurn(): void {
    while (this.size > 0 && this.#budget.open) {
      const next = this.#waiting[this.#from];
      this.#from += 1;
      if (next === undefined || next.socket.destroyed) continue;
      this.#budget.spend(1);
      next.admit();
    }
    if (this.size > 0) return this.#turn.inbox(this);
    this.#waiting = [];
    this.#from = 0;
  }

  close(): void {
    for (const { socket } of this.#waiting.slice(this.#from)) socket.destroy();
    this.#waiting = [];
    this.#from = 0;
  }
}

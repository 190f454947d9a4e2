/** How much of something may be done in one turn of the loop. What is over waits, so that others get their share. */
import type { Turn } from '../hub/turn.js';

export class TurnBudget {
  readonly #turn: Turn;
  readonly #max: number;
  #left: number;
  #number = -1;

  constructor(turn: Turn, max: number) {
    this.#turn = turn;
    this.#max = max;
    this.#left = max;
  }

  /** Whether anything is left in this turn. */
  get open(): boolean {
    const { number } = this.#turn;
    if (number !== this.#number) {
      this.#number = number;
      this.#left = this.#max;
    }
    return this.#left > 0;
  }

  /** More than is left may be spent at once: the next turn begins anew. */
  spend(amount: number): void {
    this.#left -= amount;
  }
}

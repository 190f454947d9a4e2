/**
 * The hub's one counter of epochs, and the block of them that the journal has reserved. A start begins at the reserved
 * ceiling, so no epoch is given twice even if the last grants never reached the disk (PROTOCOL §8).
 */
import type { Journal } from '../journal/port.js';

/** Large enough to go on for a while with a disk that takes nothing: past the ceiling nobody is granted the floor. */
const BLOCK = 65_536;

export class Epochs {
  readonly #journal: Pick<Journal, 'reserveEpochs'>;
  #last: number;
  #ceiling: number;
  /** A reservation is under way. */
  #asking = false;
  /** Called when grants that had to wait for a reservation can go on. */
  onRaised: () => void = () => {};

  private constructor(journal: Pick<Journal, 'reserveEpochs'>, last: number, ceiling: number) {
    this.#journal = journal;
    this.#last = last;
    this.#ceiling = ceiling;
  }

  static async open(journal: Pick<Journal, 'reserveEpochs'>, last: number): Promise<Epochs> {
    await journal.reserveEpochs(last + BLOCK);
    return new Epochs(journal, last, last + BLOCK);
  }

  /** The last one given. */
  get last(): number {
    return this.#last;
  }

  /** No epoch past this one may be given yet. */
  get ceiling(): number {
    return this.#ceiling;
  }

  /** A step gave epochs up to `last`. Reserves the next block long before this one is used up. */
  advance(last: number): void {
    this.#last = last;
    if (this.#ceiling - last > BLOCK / 2 || this.#asking) return;
    const ceiling = this.#ceiling + BLOCK;
    const durable = this.#journal.reserveEpochs(ceiling);
    if (durable === undefined) {
      this.#ceiling = ceiling;
      return;
    }
    this.#asking = true;
    durable.then(
      () => {
        const waited = this.#last >= this.#ceiling;
        this.#ceiling = ceiling;
        this.#asking = false;
        if (waited) this.onRaised();
      },
      () => {
        this.#asking = false;
      },
    );
  }
}

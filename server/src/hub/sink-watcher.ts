/**
 * A watcher outside the gateway, such as an event stream over HTTP: a function that takes messages and says when it
 * cannot take more. It gets them at the end of the turn, a few at a time, so that what it does with a long replay can
 * leave the process in between. It has no second chance: slow means over.
 */
import type { WatchMessage } from '@cuehub/protocol';
import type { Batch } from './batch.js';
import type { Broadcast } from './broadcast.js';
import type { Watcher } from './subscription.js';
import type { Turn, WatchJob } from './turn.js';

/** Messages handed over in one turn: with the largest payloads that is about as much as a reader may leave unread. */
const SLICE_ITEMS = 16;
/** Messages that may wait for their turn; more than the longest replay. */
const PENDING_ITEMS_MAX = 50_000;

export class SinkWatcher implements Watcher, WatchJob {
  due = false;
  watch_due = false;
  readonly #turn: Turn;
  readonly #sink: (message: WatchMessage) => boolean;
  readonly #full: () => void;
  readonly #delivered: (messages: number) => void;
  #pending: Broadcast[] = [];
  #from = 0;
  #closed = false;

  constructor(
    turn: Turn,
    sink: (message: WatchMessage) => boolean,
    full: () => void,
    delivered: (messages: number) => void,
  ) {
    this.#delivered = delivered;
    this.#turn = turn;
    this.#sink = sink;
    this.#full = full;
  }

  take(broadcast: Broadcast): void {
    if (this.#closed) return;
    this.#pending.push(broadcast);
    this.#turn.watcher(this);
  }

  takeBatch({ broadcasts }: Batch): void {
    for (const broadcast of broadcasts) this.take(broadcast);
  }

  endTurn(): void {
    if (this.#pending.length - this.#from > PENDING_ITEMS_MAX) return this.#full();
    for (let taken = 0; taken < SLICE_ITEMS; taken++) {
      const next = this.#pending[this.#from];
      if (this.#closed || next === undefined) break;
      this.#from += 1;
      if (!this.#sink(next.message)) return this.#full();
      this.#delivered(1);
    }
    if (this.#from < this.#pending.length) this.#turn.watcher(this);
    else {
      this.#pending = [];
      this.#from = 0;
    }
  }

  close(): void {
    this.#closed = true;
    this.#pending = [];
    this.#from = 0;
  }
}

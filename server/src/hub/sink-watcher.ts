/**
 * A watcher outside the gateway, such as an event stream over HTTP: a function that takes messages and says when it
 * cannot take more. It gets them at the end of the turn, and has no second chance: slow means over.
 */
import type { WatchMessage } from '@cuehub/protocol';
import type { Broadcast } from './broadcast.js';
import type { Watcher } from './subscription.js';
import type { Turn, TurnJob } from './turn.js';

export class SinkWatcher implements Watcher, TurnJob {
  readonly #turn: Turn;
  readonly #sink: (message: WatchMessage) => boolean;
  readonly #full: () => void;
  #pending: Broadcast[] = [];
  #closed = false;

  constructor(turn: Turn, sink: (message: WatchMessage) => boolean, full: () => void) {
    this.#turn = turn;
    this.#sink = sink;
    this.#full = full;
  }

  take(broadcast: Broadcast): void {
    if (this.#closed) return;
    this.#pending.push(broadcast);
    this.#turn.outbox(this);
  }

  endTurn(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { message } of pending) {
      if (this.#closed) return;
      if (!this.#sink(message)) {
        this.#full();
        return;
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#pending = [];
  }
}

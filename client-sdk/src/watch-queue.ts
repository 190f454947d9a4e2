// What `hub.watch()` gives: events of a lane for one consumer, in order, in a bounded buffer.
// A consumer that falls behind loses what it has not read, and is told: one `gap`, then a snapshot.
import type { Topic } from '@cuehub/protocol';
import type { WatchEvent } from './lane-view.js';
import type { Subscriptions, Watcher } from './watch.js';

interface Reader {
  resolve(result: IteratorResult<WatchEvent, undefined>): void;
  reject(error: unknown): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class WatchQueue implements AsyncIterableIterator<WatchEvent, undefined>, Watcher {
  fresh = true;
  readonly lane: string;
  readonly topics: ReadonlySet<Topic>;
  private readonly subscriptions: Subscriptions;
  private readonly items_max: number;
  private buffer: WatchEvent[] = [];
  private readers: Reader[] = [];
  private lagging = false;
  private ended = false;
  private failure: Error | undefined;

  constructor(subscriptions: Subscriptions, lane: string, topics: readonly Topic[], items_max: number) {
    this.subscriptions = subscriptions;
    this.lane = lane;
    this.topics = new Set(topics);
    this.items_max = items_max;
    subscriptions.add(this);
  }

  deliver(event: WatchEvent): void {
    if (this.ended || this.lagging) return;
    const reader = this.readers.shift();
    if (reader) return reader.resolve({ done: false, value: event });
    if (this.buffer.length >= this.items_max) {
      this.lagging = true;
      this.buffer = [
        {
          type: 'gap',
          lane: event.type === 'presence' ? this.lane : event.lane,
          reason: 'slow_watcher',
          facts: null,
          streams: [],
        },
      ];
    } else {
      this.buffer.push(event);
    }
  }

  end(error: Error | undefined): void {
    this.ended = true;
    this.failure = error;
    for (const reader of this.readers.splice(0)) {
      const failure = this.takeFailure();
      if (failure) reader.reject(failure);
      else reader.resolve(DONE);
    }
  }

  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    const value = this.buffer.shift();
    if (value) {
      if (this.lagging) {
        // The gap is read: the consumer is back, and begins again at a snapshot.
        this.lagging = false;
        this.fresh = true;
        this.subscriptions.reconcile();
      }
      return Promise.resolve({ done: false, value });
    }
    if (this.failure) return Promise.reject(this.takeFailure());
    if (this.ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.ended = true;
    this.buffer = [];
    this.failure = undefined;
    this.subscriptions.remove(this);
    for (const reader of this.readers.splice(0)) reader.resolve(DONE);
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Thrown once; afterwards the iteration is over. */
  private takeFailure(): Error | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }
}

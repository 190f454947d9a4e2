/**
 * The subscriptions of one connection, and what its reader is spared when it is slow or hidden (PROTOCOL §6). A reader
 * that is slow costs only itself: chunks are dropped and state is conflated first, then the subscriptions go.
 */
import { ALL_LANES, type Replies, type SubscribeMessage, DEFAULT_LANE } from '@cuehub/protocol';
import { type Access, hasRole, mayUseLane } from '../auth/access.js';
import type { Batch } from '../hub/batch.js';
import { Broadcast } from '../hub/broadcast.js';
import type { RequestError } from '../hub/port.js';
import type { Subscription, Watcher } from '../hub/subscription.js';
import type { Watching } from '../hub/watching.js';
import { type BackpressureLimits, type Pace, paceOf } from './backpressure.js';
import { Missed } from './missed.js';
import { type Outbox, WINDOW_BYTES } from './outbox.js';

export interface ConnectionWatcherOptions {
  readonly watching: Watching;
  readonly outbox: Outbox;
  readonly limits: BackpressureLimits & { readonly subscriptions_max: number };
  /**
   * It reads too slowly to be kept. True when the connection goes on without its subscriptions; false when it ends, a
   * little later: this is called while lanes tell what happened, and an end makes more happen.
   */
  readonly tooSlow: () => boolean;
}

export class ConnectionWatcher implements Watcher {
  readonly #watching: Watching;
  readonly #outbox: Outbox;
  readonly #limits: ConnectionWatcherOptions['limits'];
  readonly #tooSlow: () => boolean;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #missed = new Map<Subscription, Missed>();
  #pace: 'live' | 'lagging' = 'live';
  #paused = false;
  #replaying = false;

  constructor(options: ConnectionWatcherOptions) {
    this.#watching = options.watching;
    this.#outbox = options.outbox;
    this.#limits = options.limits;
    this.#tooSlow = options.tooSlow;
  }

  get size(): number {
    return this.#subscriptions.size;
  }

  /** `answer` is called before anything of the subscription is on its way. */
  subscribe(
    message: SubscribeMessage,
    access: Access,
    answer: (outcome: { ok: Replies['subscribe'] } | { error: RequestError }) => void,
  ): void {
    const lane = message.lane ?? DEFAULT_LANE;
    const replaces = this.#subscriptions.has(lane);
    const { subscriptions_max } = this.#limits;
    if (!replaces && lane !== ALL_LANES && this.#subscriptions.size >= subscriptions_max) {
      const text = `a connection watches ${subscriptions_max} lanes at most; subscribe to ${ALL_LANES} for all of them`;
      answer({ error: { code: 'too_many_subscriptions', message: text } });
      return;
    }
    if (lane === ALL_LANES) this.#endAll();
    else {
      this.#end(ALL_LANES);
      this.#end(lane);
    }
    // What it gets now is what it missed before it came. A lagging or hidden reader gets it all the same.
    this.#replaying = true;
    try {
      const { topics, since } = message;
      const subscription = this.#watching.subscribe(this, access, { lane, topics, since }, (ok) => answer({ ok }));
      this.#subscriptions.set(lane, subscription);
    } finally {
      this.#replaying = false;
    }
  }

  unsubscribe(lane: string): void {
    this.#end(lane);
  }

  take(broadcast: Broadcast, subscription: Subscription): void {
    if (this.#replaying) {
      this.#outbox.watch(broadcast, subscription, true);
      return;
    }
    if (!this.#keepsUp(subscription)) return;
    const { kind } = broadcast;
    const spared =
      this.#paused || (this.#pace === 'lagging' && kind !== 'fact' && kind !== 'snapshot' && kind !== 'notice');
    if (spared) this.#missedBy(subscription).note(broadcast.message, subscription.lane);
    else this.#outbox.watch(broadcast, subscription, kind === 'snapshot');
  }

  takeBatch(batch: Batch, subscription: Subscription): void {
    if (!this.#keepsUp(subscription)) return;
    if (this.#pace === 'live' && !this.#paused) {
      const bytes = this.#outbox.bytesOf(batch);
      if (bytes <= WINDOW_BYTES && this.#outbox.unsent_bytes + bytes <= this.#limits.unsent_high_bytes) {
        this.#outbox.watch(batch, subscription, false);
        return;
      }
    }
    for (const broadcast of batch.broadcasts) this.take(broadcast, subscription);
  }

  /** Looks at how far the reader is behind: whenever something of a slow one left, and once a second. Not while it is told something. */
  check(): void {
    if (this.#subscriptions.size === 0) return;
    if (this.#pace === 'live' && this.#outbox.idle) return;
    const pace = this.#look();
    if (pace === 'dropped' || pace === this.#pace) return;
    // What the snapshot will say was told before it.
    if (pace === 'live') this.#watching.flush();
    this.#setPace(pace);
    if (pace === 'live' && !this.#paused) this.#catchUp('lag', false);
  }

  /** At every message: false when it was the last straw. That it has caught up is for `check` to find. */
  #keepsUp(subscription: Subscription): boolean {
    if (this.#outbox.landed && this.#outbox.unsent_bytes < this.#limits.unsent_low_bytes) return true;
    if (this.#look() === 'lagging') this.#setPace('lagging');
    return this.#subscriptions.get(subscription.lane) === subscription;
  }

  #setPace(pace: 'live' | 'lagging'): void {
    this.#pace = pace;
    this.#outbox.tellDrained(pace === 'lagging');
  }

  #look(): Pace {
    const pace = paceOf(this.#pace, this.#outbox.unsent, this.#limits);
    if (pace === 'dropped') this.#dropAll(this.#tooSlow());
    return pace;
  }

  /** A hidden page wants nothing for now. */
  pause(): void {
    this.#paused = true;
  }

  /** Call after the answer: gaps and snapshots follow. */
  resume(): void {
    this.#watching.flush();
    this.#paused = false;
    this.#catchUp('paused', true);
  }

  /** The token was renewed: what it may no longer see ends. */
  refreshed(access: Access): string[] {
    const ended: string[] = [];
    for (const [lane, subscription] of this.#subscriptions) {
      const allowed = hasRole(access, 'observer', 'operator') && (lane === ALL_LANES || mayUseLane(access, lane));
      if (allowed) subscription.access = access;
      else {
        this.#end(lane);
        ended.push(lane);
      }
    }
    return ended;
  }

  close(): void {
    this.#endAll();
  }

  /** `everything`: also lanes of which nothing was missed. */
  #catchUp(reason: string, everything: boolean): void {
    for (const subscription of this.#subscriptions.values()) {
      const missed = this.#missed.get(subscription);
      if (missed === undefined && !everything) continue;
      this.#missed.delete(subscription);
      const lanes = everything || missed?.lanes.has(ALL_LANES) === true ? undefined : missed?.lanes;
      for (const gap of missed?.takeGaps(reason) ?? []) {
        this.#outbox.watch(new Broadcast(gap), subscription, true);
      }
      for (const snapshot of this.#watching.refresh(subscription, lanes)) {
        this.#outbox.watch(snapshot, subscription, true);
      }
    }
  }

  #dropAll(told: boolean): void {
    const lanes = [...this.#subscriptions.keys()];
    this.#endAll();
    this.#setPace('live');
    if (!told) return;
    for (const lane of lanes) this.#outbox.control({ type: 'unsubscribed', lane, reason: 'lag' });
  }

  #missedBy(subscription: Subscription): Missed {
    let missed = this.#missed.get(subscription);
    if (missed === undefined) {
      missed = new Missed();
      this.#missed.set(subscription, missed);
    }
    return missed;
  }

  #endAll(): void {
    for (const lane of [...this.#subscriptions.keys()]) this.#end(lane);
  }

  #end(lane: string): void {
    const subscription = this.#subscriptions.get(lane);
    if (subscription === undefined) return;
    this.#subscriptions.delete(lane);
    this.#missed.delete(subscription);
    this.#outbox.purge(subscription);
    this.#watching.unsubscribe(subscription);
  }
}

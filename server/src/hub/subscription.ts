/** One watcher's wish to see a lane, or all lanes. Who takes the messages, and how fast, is the watcher's affair. */
import { ALL_LANES, type Topic } from '@cuehub/protocol';
import { type Access, mayUseLane } from '../auth/access.js';
import type { Batch } from './batch.js';
import type { Broadcast } from './broadcast.js';

/** A connection or an event stream. Several subscriptions may have one watcher. */
export interface Watcher {
  /** In order. Never throws; a watcher that is slow finds its own way to cope. */
  take(broadcast: Broadcast, subscription: Subscription): void;
  /** The same for all that a lane told in a turn: only topics that were asked for, never empty. */
  takeBatch(batch: Batch, subscription: Subscription): void;
}

/** There are few different ones, and many subscriptions. */
const topicSets = new Map<string, ReadonlySet<Topic>>();

function topicSet(key: string, topics: readonly Topic[]): ReadonlySet<Topic> {
  let set = topicSets.get(key);
  if (set === undefined) {
    set = new Set(topics);
    topicSets.set(key, set);
  }
  return set;
}

export class Subscription {
  readonly lane: string;
  readonly topics: ReadonlySet<Topic>;
  /** The same for the same topics. */
  readonly topics_key: string;
  readonly watcher: Watcher;
  /** Changes when the token is renewed in band. */
  access: Access;

  constructor(watcher: Watcher, access: Access, lane: string, topics: readonly Topic[]) {
    this.watcher = watcher;
    this.access = access;
    this.lane = lane;
    this.topics_key = [...new Set(topics)].toSorted().join();
    this.topics = topicSet(this.topics_key, topics);
  }

  get all(): boolean {
    return this.lane === ALL_LANES;
  }

  sees(lane: string): boolean {
    return this.all ? mayUseLane(this.access, lane) : this.lane === lane;
  }

  /** Hands the broadcast to the watcher when its topic was asked for. */
  offer(broadcast: Broadcast): void {
    const { topic } = broadcast;
    if (topic === null || this.topics.has(topic)) this.watcher.take(broadcast, this);
  }
}

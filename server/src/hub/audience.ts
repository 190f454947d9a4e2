/**
 * The subscriptions to one lane, or to all of them. Those that asked for the same topics stand together: what is told
 * to them is made once.
 */
import type { Topic } from '@cuehub/protocol';
import type { Subscription } from './subscription.js';

export interface AudienceGroup {
  readonly topics_key: string;
  readonly topics: ReadonlySet<Topic>;
  readonly members: ReadonlySet<Subscription>;
}

export class Audience {
  readonly #groups = new Map<string, AudienceGroup & { readonly members: Set<Subscription> }>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(subscription: Subscription): boolean {
    return this.#groups.get(subscription.topics_key)?.members.has(subscription) === true;
  }

  add(subscription: Subscription): void {
    if (this.has(subscription)) return;
    const { topics_key, topics } = subscription;
    let group = this.#groups.get(topics_key);
    if (group === undefined) {
      group = { topics_key, topics, members: new Set() };
      this.#groups.set(topics_key, group);
    }
    group.members.add(subscription);
    this.#size += 1;
  }

  delete(subscription: Subscription): void {
    const group = this.#groups.get(subscription.topics_key);
    if (group?.members.delete(subscription) !== true) return;
    this.#size -= 1;
    if (group.members.size === 0) this.#groups.delete(group.topics_key);
  }

  /** Members may leave while one goes through them. */
  groups(): Iterable<AudienceGroup> {
    return this.#groups.values();
  }

  *[Symbol.iterator](): IterableIterator<Subscription> {
    for (const { members } of this.#groups.values()) yield* members;
  }
}

/** Who comes and goes, for watchers of the topic `client`. */
import type { ClientView, PresenceMessage } from '@cuehub/protocol';
import { Broadcast } from './broadcast.js';
import type { Feed } from './feed.js';
import type { Subscription, Watcher } from './subscription.js';

export class Presence {
  readonly #subscriptions = new Set<Subscription>();
  readonly #gathering: ReadonlySet<Feed>;

  /** `gathering`: lanes have told something that is not handed over yet, and that happened before. */
  constructor(gathering: ReadonlySet<Feed>) {
    this.#gathering = gathering;
  }

  add(subscription: Subscription): void {
    if (subscription.topics.has('client')) this.#subscriptions.add(subscription);
  }

  delete(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  /** Clients are of no lane: a watcher of several hears it once. */
  client(event: 'client.joined' | 'client.left', client: ClientView): void {
    this.#tell({ type: 'presence', event, client }, () => true);
  }

  worker(
    event: 'worker.registered' | 'worker.unregistered',
    client: ClientView,
    lane: string,
    names: readonly string[],
  ): void {
    this.#tell({ type: 'presence', event, client, lane, names: [...names] }, (subscription) => subscription.sees(lane));
  }

  #tell(message: PresenceMessage, concerns: (subscription: Subscription) => boolean): void {
    if (this.#subscriptions.size === 0) return;
    for (const feed of this.#gathering) feed.flush();
    const broadcast = new Broadcast(message);
    const told = new Set<Watcher>();
    for (const subscription of this.#subscriptions) {
      if (told.has(subscription.watcher) || !concerns(subscription)) continue;
      told.add(subscription.watcher);
      subscription.offer(broadcast);
    }
  }
}

/**
 * What a lane tells, on its way to whoever watches. It is gathered for a turn of the loop, and then goes to each group
 * of watchers in one piece: a chunk costs the same for one watcher as for a thousand, and only the end of the turn is
 * paid by the head.
 */
import { Audience, type AudienceGroup } from './audience.js';
import { Batch } from './batch.js';
import type { Broadcast } from './broadcast.js';
import type { Subscription } from './subscription.js';

/** A turn may bring more than a socket should be given in one write. */
const BATCH_BYTES_MAX = 64 * 1024;
/** What a message counts for beside a chunk's data, whose length is known without encoding it. */
const MESSAGE_BYTES = 256;

export interface FeedOptions {
  readonly lane: string;
  /** Subscriptions to every lane. */
  readonly wildcards: Audience;
  /** Feeds that have gathered something: whoever tells watchers anything else lets those go first. */
  readonly gathering: Set<Feed>;
}

export class Feed {
  readonly audience = new Audience();
  readonly #options: FeedOptions;
  #gathered: Broadcast[] = [];
  #bytes = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Whether anybody is there to be told. */
  get heard(): boolean {
    return this.audience.size > 0 || this.#options.wildcards.size > 0;
  }

  /** To everybody who asked for its topic, by the end of the turn. `flush` is the caller's to call then. */
  push(broadcast: Broadcast): void {
    if (!this.heard) return;
    if (this.#gathered.length === 0) this.#options.gathering.add(this);
    this.#gathered.push(broadcast);
    const { message } = broadcast;
    this.#bytes += message.type === 'chunk' ? MESSAGE_BYTES + message.data.length : MESSAGE_BYTES;
    if (this.#bytes >= BATCH_BYTES_MAX) this.flush();
  }

  /**
   * Hands over what was gathered. To be called before a subscription begins or is told anything out of line, such as a
   * snapshot: that says already what was gathered before it.
   */
  flush(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    this.#gathered = [];
    this.#bytes = 0;
    const { lane, wildcards, gathering } = this.#options;
    gathering.delete(this);
    const batches = new Map<string, Batch | null>();
    const batchOf = ({ topics_key, topics }: AudienceGroup): Batch | null => {
      let batch = batches.get(topics_key);
      if (batch === undefined) {
        const wanted = gathered.filter(({ topic }) => topic === null || topics.has(topic));
        batch = wanted.length === 0 ? null : new Batch(wanted);
        batches.set(topics_key, batch);
      }
      return batch;
    };
    for (const group of this.audience.groups()) {
      const batch = batchOf(group);
      if (batch !== null) tell(batch, group.members);
    }
    for (const group of wildcards.groups()) {
      const batch = batchOf(group);
      if (batch !== null) tell(batch, group.members, lane);
    }
  }
}

function tell(batch: Batch, members: Iterable<Subscription>, lane?: string): void {
  for (const subscription of members) {
    if (lane === undefined || subscription.sees(lane)) subscription.watcher.takeBatch(batch, subscription);
  }
}

/**
 * Subscribing: what a new watcher is given so that between what it had (or a snapshot) and what is live there is no
 * gap and no repeat. All of it happens in one turn of the loop, so nothing can come in between; what the lane gathered
 * in that turn before goes to the others first.
 */
import {
  ALL_LANES,
  type ChunkMessage,
  type ClientView,
  DEFAULT_TOPICS,
  type LaneSnapshot,
  type Replies,
  type Since,
  type Topic,
} from '@cuehub/protocol';
import type { Access } from '../auth/access.js';
import { type ChunkQuery, chunksGone, chunksSince } from '../core/index.js';
import type { Audience } from './audience.js';
import { Broadcast } from './broadcast.js';
import type { Feed } from './feed.js';
import type { LaneRuntime } from './lane-runtime.js';
import type { Lanes } from './lanes.js';
import type { Presence } from './presence.js';
import { Subscription, type Watcher } from './subscription.js';

export interface SubscribeRequest {
  readonly lane: string;
  readonly topics?: readonly Topic[] | undefined;
  readonly since?: Since | { readonly [lane: string]: Since } | undefined;
}

export interface WatchingOptions {
  readonly lanes: Lanes;
  readonly presence: Presence;
  readonly wildcards: Audience;
  readonly gathering: ReadonlySet<Feed>;
  readonly clients: () => ClientView[];
}

/** What a watcher of one lane begins with. */
interface Start {
  readonly recovered: boolean;
  readonly replay: readonly Broadcast[];
  readonly snapshot?: LaneSnapshot;
}

export class Watching {
  readonly #options: WatchingOptions;

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  /**
   * Makes the subscription and calls `reply` with what the `ok` says, before anything reaches the watcher. Then come
   * what it missed, the state, and everything from then on.
   */
  subscribe(
    watcher: Watcher,
    access: Access,
    { lane, topics = DEFAULT_TOPICS, since }: SubscribeRequest,
    reply: (ok: Replies['subscribe']) => void,
  ): Subscription {
    const subscription = new Subscription(watcher, access, lane, topics);
    if (lane === ALL_LANES)
      this.#subscribeAll(subscription, (since ?? {}) as { readonly [lane: string]: Since }, reply);
    else this.#subscribeOne(subscription, since as Since | undefined, reply);
    this.#options.presence.add(subscription);
    return subscription;
  }

  unsubscribe(subscription: Subscription): void {
    this.#options.presence.delete(subscription);
    if (subscription.all) {
      this.#options.wildcards.delete(subscription);
      return;
    }
    const runtime = this.#options.lanes.toWatch(subscription.lane);
    runtime.subscribers.delete(subscription);
    this.#options.lanes.unwatched(runtime);
  }

  /** Everybody is told what happened so far in this turn. */
  flush(): void {
    for (const feed of this.#options.gathering) feed.flush();
  }

  /** The lanes that a subscription sees, as snapshots: after a pause or a gap. The state follows by itself. */
  refresh(subscription: Subscription, only?: ReadonlySet<string>): Broadcast[] {
    const runtimes = subscription.all
      ? [...this.#options.lanes].filter((runtime) => subscription.sees(runtime.name))
      : [this.#options.lanes.toWatch(subscription.lane)];
    return runtimes
      .filter((runtime) => only === undefined || only.has(runtime.name))
      .map((runtime) => {
        runtime.feed.flush();
        runtime.owesState(subscription);
        return new Broadcast({ type: 'snapshot', ...this.#snapshot(runtime, subscription) });
      });
  }

  #subscribeOne(subscription: Subscription, since: Since | undefined, reply: (ok: Replies['subscribe']) => void): void {
    const runtime = this.#options.lanes.toWatch(subscription.lane);
    runtime.feed.flush();
    const { recovered, replay, snapshot } = this.#start(runtime, subscription, since);
    const { name: lane, log, seq } = runtime.lane;
    reply({ lane, log, seq, recovered, ...(snapshot === undefined ? {} : { snapshot }) });
    for (const broadcast of replay) subscription.offer(broadcast);
    runtime.subscribers.add(subscription);
    runtime.owesState(subscription);
  }

  #subscribeAll(
    subscription: Subscription,
    since: { readonly [lane: string]: Since },
    reply: (ok: Replies['subscribe']) => void,
  ): void {
    const { lanes, wildcards } = this.#options;
    // A lane that the watcher knows and that left memory comes back, to tell what the watcher missed.
    for (const name of Object.keys(since)) if (subscription.sees(name)) lanes.get(name);
    const starts = [...lanes]
      .filter((runtime) => subscription.sees(runtime.name))
      .map((runtime) => {
        runtime.feed.flush();
        return runtime;
      })
      .map((runtime) => ({ runtime, start: this.#start(runtime, subscription, ownOf(since, runtime.name)) }));
    const told: NonNullable<Replies['subscribe']['lanes']> = {};
    for (const { runtime, start } of starts) {
      told[runtime.name] = { log: runtime.lane.log, seq: runtime.lane.seq, recovered: start.recovered };
    }
    // `log`, `seq` and `recovered` are those of the lanes.
    reply({ lane: ALL_LANES, lanes: told } as Replies['subscribe']);
    wildcards.add(subscription);
    for (const { runtime, start } of starts) {
      if (start.snapshot !== undefined) subscription.offer(new Broadcast({ type: 'snapshot', ...start.snapshot }));
      for (const broadcast of start.replay) subscription.offer(broadcast);
      runtime.owesState(subscription);
    }
  }

  #start(runtime: LaneRuntime, subscription: Subscription, since: Since | undefined): Start {
    const { topics } = subscription;
    const facts = since === undefined ? null : runtime.factsAfter(since.log, since.seq);
    const recovered = facts !== null;
    const replay: Broadcast[] = [];
    if (facts !== null && topics.has('task')) for (const fact of facts) replay.push(new Broadcast(fact));
    const query = chunkQuery(runtime, topics, since);
    const gone = chunksGone(runtime.lane, query);
    if (gone.length > 0) {
      replay.push(new Broadcast({ type: 'gap', lane: runtime.name, reason: 'forgotten', facts: null, streams: gone }));
    }
    for (const chunk of chunksFor(runtime, query)) replay.push(new Broadcast(chunk));
    if (recovered) return { recovered, replay };
    return { recovered, replay, snapshot: this.#snapshot(runtime, subscription) };
  }

  #snapshot(runtime: LaneRuntime, { topics }: Subscription): LaneSnapshot {
    const snapshot = runtime.snapshot(topics.has('text'));
    return topics.has('client') ? { ...snapshot, clients: this.#options.clients() } : snapshot;
  }
}

function chunkQuery(runtime: LaneRuntime, topics: ReadonlySet<Topic>, since: Since | undefined): ChunkQuery {
  const seq = since === undefined ? runtime.lane.seq : runtime.sharedSeq(since.log, since.seq);
  return { text: topics.has('text'), audio: topics.has('audio'), seq, streams: since?.streams ?? {} };
}

/** Kept chunks the watcher has not seen: text from its start where it says nothing, audio only where it asks. */
function chunksFor({ lane }: LaneRuntime, query: ChunkQuery): ChunkMessage[] {
  if (!query.text && !query.audio) return [];
  return chunksSince(lane, query).filter(
    ({ data, task_id, stream }) => typeof data === 'string' || Object.hasOwn(query.streams, `${task_id}/${stream}`),
  );
}

function ownOf<T>(map: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

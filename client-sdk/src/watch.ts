// Who in this client watches what, and the one subscription a lane that serves them all.
// Keeps them across connections; what was seen of a lane is in `lane-view.ts`.
import {
  ALL_LANES,
  type LaneSnapshot,
  type OkMessage,
  type Since,
  type Topic,
  type WatchMessage,
} from '@cuehub/protocol';
import { type ConnectionClosed, CuehubError, NORMAL_CLOSURE, RequestError } from './errors.js';
import { LaneView, type WatchEvent, snapshotMessage } from './lane-view.js';
import type { Clock } from './transport.js';

export interface Watcher {
  readonly lane: string;
  readonly topics: ReadonlySet<Topic>;
  /** Has not been given a snapshot to begin with. */
  fresh: boolean;
  deliver(event: WatchEvent): void;
  /** The last call: the hub refused the subscription, or the client has ended; without an error when it was closed on purpose. */
  end(error: Error | undefined): void;
}

export interface WatchPort {
  readonly clock: Clock;
  readonly connected: boolean;
  readonly retry_ms: number;
  /** A `link` request. `answered` is called in the turn of the answer, before the frames that follow it. */
  ask(message: object, answered: (ok: OkMessage) => void): Promise<unknown>;
}

/** Events that belong to one lane. */
type LaneEvent = Exclude<WatchEvent, { type: 'presence' }>;

export class Subscriptions {
  private readonly port: WatchPort;
  private readonly watchers = new Set<Watcher>();
  private readonly views = new Map<string, LaneView>();
  /** What the hub was asked for on this connection: topics by lane. */
  private asked = new Map<string, string>();
  private retryTimer: unknown;
  private paused = false;
  /** The hub was told on this connection. */
  private pausedThere = false;

  constructor(port: WatchPort) {
    this.port = port;
  }

  add(watcher: Watcher): void {
    this.watchers.add(watcher);
    this.reconcile();
  }

  remove(watcher: Watcher): void {
    if (this.watchers.delete(watcher)) this.reconcile();
  }

  /** What was seen of a lane that somebody watches. */
  view(lane: string): LaneView | undefined {
    return this.views.get(lane);
  }

  /** Nothing is wanted until `resume`: what is subscribed falls silent, what is new is not asked for. */
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    if (!this.port.connected || this.asked.size === 0) return;
    this.pausedThere = true;
    this.tell('watch.pause');
  }

  /** Every watcher goes on with a snapshot. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    if (this.pausedThere) this.tell('watch.resume');
    // The connection that was paused is gone: the next subscription begins anew, with a snapshot rather than a replay.
    else for (const watcher of this.watchers) watcher.fresh = true;
    this.pausedThere = false;
    this.reconcile();
  }

  /** A new connection: everything is subscribed again, from where it was. Settles when the hub has answered. */
  welcome(): Promise<unknown> {
    this.asked.clear();
    return this.reconciled();
  }

  down(error: ConnectionClosed): void {
    this.asked.clear();
    this.pausedThere = false;
    this.port.clock.clearTimeout(this.retryTimer);
    if (!error.retryable) this.endAll([...this.watchers], error.close_code === NORMAL_CLOSURE ? undefined : error);
  }

  received(message: WatchMessage): void {
    if (message.type === 'presence') {
      for (const watcher of this.watchers) if (watcher.topics.has('client')) watcher.deliver(message);
    } else if (message.type === 'unsubscribed') {
      this.asked.delete(message.lane);
      for (const { lane } of this.viewsOf(message.lane))
        this.deliver({ type: 'gap', lane, reason: message.reason, facts: null, streams: [] });
      this.retryLater();
    } else {
      for (const event of this.viewOf(message.lane).accept(message)) this.deliver(event);
    }
  }

  /** Asks the hub for what the watchers want and it was not asked for yet. */
  reconcile(): void {
    void this.reconciled();
  }

  private reconciled(): Promise<unknown> {
    const desired = this.desired();
    for (const lane of this.views.keys()) if (!desired.has(lane) && !desired.has(ALL_LANES)) this.views.delete(lane);
    if (!this.port.connected || this.paused) return Promise.resolve();
    const before = this.asked;
    this.asked = new Map();
    const answers: Promise<unknown>[] = [];
    for (const lane of before.keys())
      if (!desired.has(lane) && !replaced(lane, desired)) answers.push(this.unsubscribe(lane));
    for (const [lane, topics] of desired) {
      const fresh = [...this.watchers].filter((watcher) => watcher.fresh && covers(lane, watcher.lane));
      const wanted = [...topics].sort().join();
      this.asked.set(lane, wanted);
      if (before.get(lane) !== wanted || fresh.length > 0) answers.push(this.subscribe(lane, [...topics], fresh));
    }
    return Promise.all(answers);
  }

  private desired(): Map<string, Set<Topic>> {
    const all = [...this.watchers].some((watcher) => watcher.lane === ALL_LANES);
    const desired = new Map<string, Set<Topic>>();
    for (const watcher of this.watchers) {
      const lane = all ? ALL_LANES : watcher.lane;
      desired.set(lane, new Set([...(desired.get(lane) ?? []), ...watcher.topics]));
    }
    return desired;
  }

  private async subscribe(lane: string, topics: Topic[], fresh: Watcher[]): Promise<void> {
    // Asked from now on: the next change does not ask for them again, unless this request is lost.
    for (const watcher of fresh) watcher.fresh = false;
    // Without `since` the hub begins with a snapshot, which is what a new watcher needs.
    const since = fresh.length > 0 ? undefined : this.since(lane);
    try {
      await this.port.ask({ type: 'subscribe', lane, topics, ...(since ? { since } : {}) }, (ok) =>
        this.answered(lane, fresh, ok),
      );
    } catch (error) {
      for (const watcher of fresh) watcher.fresh = true;
      if (!(error instanceof RequestError)) {
        // Lost with its connection: the next one subscribes anew.
        if (!(error instanceof CuehubError) || !error.retryable) this.endAll(fresh, error as Error);
      } else if (error.retryable) {
        this.asked.delete(lane);
        this.retryLater();
      } else {
        // What was added last is what was refused; the others go on without it.
        this.endAll(
          fresh.length > 0 ? fresh : [...this.watchers].filter((watcher) => covers(lane, watcher.lane)),
          error,
        );
        this.reconcile();
      }
    }
  }

  private tell(type: 'watch.pause' | 'watch.resume'): void {
    // Lost with its connection, or not known to the hub: then what comes is more than was wanted, and never less.
    this.port.ask({ type }, () => {}).catch(() => {});
  }

  private async unsubscribe(lane: string): Promise<void> {
    try {
      await this.port.ask({ type: 'unsubscribe', lane }, () => {});
    } catch {
      // Nobody listens any more, and the next connection does not ask for it.
    }
  }

  private answered(lane: string, fresh: readonly Watcher[], ok: OkMessage): void {
    type Answer = { log: string; seq: number; recovered: boolean; snapshot?: LaneSnapshot };
    const single = ok as unknown as Answer;
    const lanes = lane === ALL_LANES ? ((ok['lanes'] ?? {}) as { [lane: string]: Answer }) : { [lane]: single };
    for (const [name, answer] of Object.entries(lanes)) {
      const view = this.viewOf(name);
      if (answer.recovered) {
        view.recovered(answer.log, answer.seq);
        continue;
      }
      // Those who were here before go on where they were, or are told what they missed.
      const contiguous = view.isAt(answer);
      const gap = contiguous || !view.since() ? undefined : view.gap('not_recovered', view.missedBy(answer));
      const message = answer.snapshot && snapshotMessage(answer.snapshot);
      if (message) view.snapshot(message);
      for (const watcher of this.watchersOf(name)) {
        const old = !fresh.includes(watcher);
        if (old && gap) watcher.deliver(gap);
        if (message && !(old && contiguous)) watcher.deliver(message);
      }
    }
  }

  private since(lane: string): Since | { [lane: string]: Since } | undefined {
    if (lane !== ALL_LANES) return this.views.get(lane)?.since();
    const seen = [...this.views.values()].flatMap((view): [string, Since][] => {
      const since = view.since();
      return since ? [[view.lane, since]] : [];
    });
    return seen.length > 0 ? Object.fromEntries(seen) : undefined;
  }

  private deliver(event: LaneEvent): void {
    for (const watcher of this.watchersOf(event.lane)) if (wants(watcher.topics, event)) watcher.deliver(event);
  }

  private watchersOf(lane: string): Watcher[] {
    return [...this.watchers].filter((watcher) => covers(watcher.lane, lane));
  }

  private viewsOf(lane: string): LaneView[] {
    return lane === ALL_LANES ? [...this.views.values()] : [this.viewOf(lane)];
  }

  private viewOf(lane: string): LaneView {
    let view = this.views.get(lane);
    if (!view) this.views.set(lane, (view = new LaneView(lane)));
    return view;
  }

  private endAll(watchers: readonly Watcher[], error: Error | undefined): void {
    for (const watcher of watchers) {
      this.watchers.delete(watcher);
      watcher.end(error);
    }
  }

  private retryLater(): void {
    this.port.clock.clearTimeout(this.retryTimer);
    this.retryTimer = this.port.clock.setTimeout(() => this.reconcile(), this.port.retry_ms);
  }
}

function covers(wide: string, lane: string): boolean {
  return wide === ALL_LANES || wide === lane;
}

/** Whether the hub ends a subscription by itself: the one for all lanes replaces the single ones, and the other way round. */
function replaced(lane: string, desired: ReadonlyMap<string, unknown>): boolean {
  return lane === ALL_LANES ? desired.size > 0 : desired.has(ALL_LANES);
}

function wants(topics: ReadonlySet<Topic>, event: LaneEvent): boolean {
  switch (event.type) {
    case 'state':
    case 'progress':
      return topics.has('state');
    case 'event':
      return topics.has('task');
    case 'chunk':
      return topics.has(typeof event.data === 'string' ? 'text' : 'audio');
    case 'cut':
      return topics.has('text') || topics.has('audio');
    default:
      return true;
  }
}

/**
 * The hub in one piece: lanes, sessions, requests and watchers wired together. Knows no sockets and no HTTP; both come
 * to it through `HubPort` and the parts it shows to the gateway.
 */
import { randomUUID } from 'node:crypto';
import type { TaskSource, WatchMessage } from '@cuehub/protocol';
import { type Access, mayUseLane } from '../auth/access.js';
import { refusal } from '../auth/rights.js';
import { Tokens } from '../auth/tokens.js';
import type { HubConfig } from '../config/config.js';
import { VERSION } from '../config/version.js';
import type { LaneConfig } from '../core/index.js';
import type { Journal, Recovery } from '../journal/port.js';
import { Audience } from './audience.js';
import { Epochs } from './epochs.js';
import { ExecutorFrames } from './executor-frames.js';
import type { Feed } from './feed.js';
import { HistoryRequests } from './history-requests.js';
import { Ids } from './ids.js';
import { JournalHealth } from './journal-health.js';
import type { LaneHost } from './lane-runtime.js';
import { Lanes, type LaneView } from './lanes.js';
import { Load } from './load.js';
import type {
  HistoryRequest,
  HubPort,
  HubStats,
  Outcome,
  PlainRequest,
  Readiness,
  RequestError,
  TimelineRequest,
  Watch,
  WatchOptions,
} from './port.js';
import { Presence } from './presence.js';
import { Requests } from './requests.js';
import { Session } from './session.js';
import { Sessions } from './sessions.js';
import { SinkWatcher } from './sink-watcher.js';
import { TaskIndex } from './task-index.js';
import { TaskWaiters } from './task-waiters.js';
import { Turn } from './turn.js';
import { Watching } from './watching.js';

export class Hub implements HubPort {
  readonly info: HubPort['info'];
  readonly config: HubConfig;
  readonly turn: Turn;
  readonly lanesInMemory: Lanes;
  readonly sessions: Sessions;
  readonly requests: Requests;
  readonly executors: ExecutorFrames;
  readonly watching: Watching;
  readonly load = new Load();

  readonly #tokens: Tokens;
  readonly #journal: Journal;
  readonly #waiters = new TaskWaiters();
  readonly #index = new TaskIndex();
  readonly #wildcards = new Audience();
  readonly #gathering = new Set<Feed>();
  readonly #sinks = new Set<() => void>();
  #connections: () => number = () => 0;
  #stopping = false;
  readonly #health: JournalHealth;
  readonly #history: HistoryRequests;
  #recovery: Recovery | null = null;
  #facts = 0;
  #chunks = 0;
  #dispatches = 0;
  #deliveries = 0;

  private constructor(config: HubConfig, journal: Journal, epochs: Epochs, health: JournalHealth) {
    this.#health = health;
    const { clock, limits, durations } = config;
    this.config = config;
    this.info = { name: config.name, version: VERSION, instance_id: randomUUID() };
    this.#journal = journal;
    this.#tokens = new Tokens(config.tokens);
    this.turn = new Turn(clock, (error) => config.logger.error({ err: error }, 'the end of a turn failed'));
    const ids = new Ids();
    const presence = new Presence(this.#gathering);
    const index = this.#index;
    const waiters = this.#waiters;
    const wildcards = this.#wildcards;
    const host: LaneHost = {
      clock,
      limits,
      journal,
      health,
      epochs,
      load: this.load,
      turn: this.turn,
      wildcards,
      gathering: this.#gathering,
      order: (session_id, order) => {
        if (order.type === 'task.dispatch') this.#dispatches += 1;
        this.sessions.order(session_id, order);
      },
      told: (kind) => {
        if (kind === 'fact') this.#facts += 1;
        else this.#chunks += 1;
      },
      ended: (task_id, durable) => waiters.ended(task_id, durable),
      forgot: (task_ids) => index.delete(task_ids),
      settled: (runtime, dormant) => this.lanesInMemory.settled(runtime, dormant),
      journalFailed: (lane, error) => {
        if (!this.#stopping) config.logger.error({ err: error, lane }, 'the journal did not take records');
      },
    };
    const lanes = new Lanes({ config: laneConfig(config), lanes_max: limits.lanes_max, clock, journal, index }, host);
    const sessions = new Sessions({
      session_ttl_ms: durations.session_ttl_ms,
      clock,
      ids,
      journal,
      lanes,
      load: this.load,
      index,
      presence,
    });
    this.lanesInMemory = lanes;
    this.sessions = sessions;
    this.requests = new Requests({ clock, ids, lanes, index, waiters, sessions, health, history: journal.history });
    this.#history = new HistoryRequests({ clock, lanes, history: journal.history });
    epochs.onRaised = () => lanes.wake();
    this.executors = new ExecutorFrames({
      worker_names_max: limits.worker_names_max,
      ids,
      health,
      lanes,
      index,
      sessions,
    });
    this.watching = new Watching({
      lanes,
      presence,
      wildcards,
      gathering: this.#gathering,
      clients: () => sessions.views(),
    });
  }

  /** Opens the journal and brings back what is in it. */
  static async open(config: HubConfig, journal: Journal): Promise<Hub> {
    const { clock, limits, logger } = config;
    const health = new JournalHealth();
    const start = await journal.open({
      clock,
      limits,
      config: laneConfig(config),
      health: (error) => {
        health.changed(error);
        if (error === null) logger.info({}, 'the journal takes writes again');
        else logger.error({ err: error }, 'the journal takes no writes; submits are refused, what runs goes on');
      },
    });
    const hub = new Hub(config, journal, await Epochs.open(journal, start.epoch), health);
    hub.#recovery = start.recovery;
    if (start.recovery !== null) logger.info({ ...start.recovery }, 'the journal was read');
    for (const parked of start.parked) hub.lanesInMemory.restoreParked(parked);
    for (const state of start.lanes) {
      for (const task_id of state.lane.tasks.keys()) hub.#index.set(task_id, state.lane.name);
      hub.lanesInMemory.restore(state, start.down_at);
    }
    for (const record of start.sessions) {
      // Rights come with the next hello; until then it may do nothing.
      const nobody: Access = {
        principal: record.principal,
        grants: { roles: [], lanes: [], max_priority: 'BACKGROUND' },
      };
      hub.sessions.restore(Session.restore(record, nobody));
    }
    return hub;
  }

  authenticate(token: string | undefined): Access | null {
    return this.#tokens.authenticate(token, this.config.clock.now());
  }

  request(message: PlainRequest, access: Access, source: TaskSource, signal?: AbortSignal): Promise<Outcome> {
    return new Promise((resolve) => {
      const giveUp = this.requests.perform(message, { access, source, waits: true }, (outcome) => {
        signal?.removeEventListener('abort', stop);
        resolve(outcome);
      });
      function stop(): void {
        giveUp();
        resolve({ error: { code: 'internal', message: 'whoever asked went away' } });
      }
      if (signal?.aborted === true) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  watch(
    access: Access,
    { lane, topics, since }: WatchOptions,
    sink: (message: WatchMessage) => boolean,
    closed?: () => void,
  ): Watch | { error: RequestError } {
    const refused = refusal({ type: 'subscribe', lane }, access);
    if (refused !== null) return { error: refused };
    if (this.#stopping) return { error: { code: 'shutting_down', message: 'the hub is going away' } };
    const end = (): void => {
      if (!this.#sinks.delete(end)) return;
      watcher.close();
      this.watching.unsubscribe(subscription);
      closed?.();
    };
    const watcher = new SinkWatcher(this.turn, sink, end, (messages) => this.delivered(messages));
    let reply: Watch['reply'] | undefined;
    const subscription = this.watching.subscribe(watcher, access, { lane, topics, since }, (ok) => {
      reply = ok;
    });
    this.#sinks.add(end);
    if (reply === undefined) throw new Error('a subscription answers before it returns');
    return { reply, close: end };
  }

  history(request: HistoryRequest, access: Access, signal?: AbortSignal): Promise<Outcome> {
    return this.#history.tasks(request, access, signal);
  }

  timeline(request: TimelineRequest, access: Access, signal?: AbortSignal): Promise<Outcome> {
    return this.#history.timeline(request, access, signal);
  }

  lanes(access: Access): LaneView[] {
    return this.lanesInMemory.views().filter(({ lane }) => mayUseLane(access, lane));
  }

  readiness(): Readiness {
    if (this.#stopping) return { ready: false, reason: 'the hub is shutting down' };
    const lanes = this.lanesInMemory.size;
    const journal = { ...this.#journal.describe(), recovery: this.#recovery };
    const { failing } = this.#health;
    if (failing !== null) {
      const reason = `the journal takes no writes (${failing.message}); it is tried again until it does`;
      return { ready: false, reason, code: 'journal_unavailable', lanes, journal };
    }
    return { ready: true, reason: 'the hub takes tasks', lanes, journal };
  }

  stats(): HubStats {
    return {
      connections: this.#connections(),
      sessions: this.sessions.size,
      lanes: this.lanesInMemory.size,
      tasks: this.#index.size,
      waits: this.#waiters.size,
      requests_total: this.requests.total,
      facts_total: this.#facts,
      chunks_total: this.#chunks,
      dispatches_total: this.#dispatches,
      deliveries_total: this.#deliveries,
    };
  }

  /** The gateway says how many connections there are. */
  countConnections(count: () => number): void {
    this.#connections = count;
  }

  /** Messages of lanes went to the socket of one who watches. */
  delivered(messages: number): void {
    this.#deliveries += messages;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Takes nothing new; what is under way goes on until `close`. */
  stop(): void {
    this.#stopping = true;
    this.requests.stop();
    this.#waiters.close();
  }

  async close(): Promise<void> {
    this.stop();
    for (const end of [...this.#sinks]) end();
    this.sessions.close();
    this.lanesInMemory.close();
    await this.#journal.close();
  }
}

function laneConfig({ limits, durations }: HubConfig): LaneConfig {
  return { ...limits, ...durations };
}

// The page's state around the lane that is shown: connection, lanes, counters, notices. The only file that knows the
// client, the clock and the address; views read it and are drawn when it says so, a few times a second at most.
import { connect, type ConnectionChange, type CueHub } from '@cuehub/client';
import { socketUrl } from '../../overlay/options.js';
import { addressOf, type Place, placeIn } from '../model/address.js';
import { afterChange, type Connection } from '../model/connection.js';
import { addSample, readCounters, type Sample } from '../model/counters.js';
import { NO_RIGHTS, type Rights, rightsOf } from '../model/rights.js';
import { Acts, type Outcome } from './acts.js';
import { HubHttp, type LaneRow } from './hub-http.js';
import { LaneFollower } from './lane-follower.js';
import { poll, type Poll } from './poll.js';

/** Text that streams is drawn this often; more would only be unrest. */
const DRAW_INTERVAL_MS = 100;
/** Clocks on the page count seconds. */
const TICK_MS = 1_000;
const LANES_INTERVAL_MS = 2_000;
const COUNTERS_INTERVAL_MS = 5_000;
const NOTICES_MAX = 4;
const NOTICE_SHOWN_MS = 6_000;

export interface Notice {
  readonly id: number;
  readonly ok: boolean;
  readonly text: string;
  /** Where it leads. */
  readonly task_id: string | undefined;
}

export class ConsoleStore {
  readonly hub: CueHub;
  readonly acts: Acts;
  readonly http: HubHttp;
  connection: Connection = { status: 'connecting', since: Date.now() };
  /** Has been connected: before that there is nothing to show. */
  seen = false;
  rights: Rights = NO_RIGHTS;
  place: Place;
  follower: LaneFollower;
  lanes: readonly LaneRow[] = [];
  /** The hub has said which lanes there are. */
  #lanes_known = false;
  lanes_problem: string | null = null;
  samples: readonly Sample[] = [];
  samples_problem: string | null = null;
  notices: readonly Notice[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #polls: readonly Poll[];
  readonly #tick: ReturnType<typeof setInterval>;
  #drawn_at = 0;
  #due = false;
  #notice_id = 0;

  constructor(token: string, connectionChanged: (change: ConnectionChange) => void) {
    this.place = placeIn(location.hash);
    this.hub = connect(socketUrl(location.href), { token, client: { name: 'console', kind: 'console' } });
    this.acts = new Acts(this.hub);
    this.http = new HubHttp(location.href.split('#')[0] ?? '', token);
    this.hub.on('connection', (change) => {
      this.#connectionChanged(change);
      connectionChanged(change);
    });
    this.follower = this.#follow();
    this.#polls = [
      poll(LANES_INTERVAL_MS, (signal) => this.#askLanes(signal)),
      poll(COUNTERS_INTERVAL_MS, (signal) => this.#askCounters(signal)),
    ];
    this.#tick = setInterval(this.changed, TICK_MS);
    addEventListener('hashchange', this.#addressChanged);
  }

  close(): void {
    removeEventListener('hashchange', this.#addressChanged);
    clearInterval(this.#tick);
    for (const one of this.#polls) one.stop();
    this.follower.stop();
    this.hub.close();
    this.#listeners.clear();
  }

  get connected(): boolean {
    return this.connection.status === 'connected';
  }

  /** Null while it is not known which lanes there are. */
  get laneExists(): boolean | null {
    return this.#lanes_known ? this.lanes.some(({ lane }) => lane === this.place.lane) : null;
  }

  /** Up to when the page knows anything: the present, or the moment when the connection was lost. */
  heardAt(): number {
    const { status, since } = this.connection;
    return status === 'away' || status === 'ended' ? since : Date.now();
  }

  /** Calls back after changes; returns what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  goTo(place: Partial<Place>): void {
    location.hash = addressOf({ ...this.place, ...place });
  }

  /** Tells what came of an act; an error stays until somebody has read it. */
  tell(outcome: Outcome): void {
    this.#notice_id += 1;
    const id = this.#notice_id;
    const issues = outcome.ok ? [] : outcome.issues.map(({ path, message }) => `${path} ${message}`);
    const text = outcome.ok ? outcome.message : [`${outcome.code}: ${outcome.message}`, ...issues].join(' – ');
    const task_id = outcome.ok ? outcome.task_id : undefined;
    this.notices = [...this.notices, { id, ok: outcome.ok, text, task_id }].slice(-NOTICES_MAX);
    if (outcome.ok) setTimeout(() => this.dismiss(id), NOTICE_SHOWN_MS);
    this.changed();
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
    this.changed();
  }

  readonly changed = (): void => {
    if (this.#due) return;
    this.#due = true;
    const wait_ms = Math.max(0, this.#drawn_at + DRAW_INTERVAL_MS - performance.now());
    setTimeout(() => {
      requestAnimationFrame(() => {
        this.#due = false;
        this.#drawn_at = performance.now();
        for (const listener of this.#listeners) listener();
      });
    }, wait_ms);
  };

  #follow(): LaneFollower {
    return new LaneFollower(this.hub, this.http, this.place.lane, this.changed);
  }

  readonly #addressChanged = (): void => {
    const { lane } = this.place;
    this.place = placeIn(location.hash);
    if (this.place.lane !== lane) {
      // The new one first: the client then changes its subscription instead of ending it.
      const before = this.follower;
      this.follower = this.#follow();
      before.stop();
    }
    this.changed();
  };

  #connectionChanged(change: ConnectionChange): void {
    this.connection = afterChange(this.connection, change, Date.now());
    if (change.status === 'connected') {
      this.seen = true;
      const grants = this.hub.welcome?.grants;
      this.rights = grants === undefined ? NO_RIGHTS : rightsOf(grants);
      for (const one of this.#polls ?? []) one.now();
    }
    this.changed();
  }

  async #askLanes(signal: AbortSignal): Promise<void> {
    if (!this.connected) return;
    try {
      this.lanes = await this.http.lanes(signal);
      this.#lanes_known = true;
      this.lanes_problem = null;
    } catch (error) {
      this.lanes_problem = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }

  async #askCounters(signal: AbortSignal): Promise<void> {
    if (!this.connected) return;
    try {
      const totals = readCounters(await this.http.metrics(signal));
      this.samples = addSample(this.samples, { at: Date.now(), totals });
      this.samples_problem = null;
    } catch (error) {
      this.samples_problem = error instanceof Error ? error.message : String(error);
    }
    this.changed();
  }
}

// Keeps a page's picture of one lane: connects, feeds what comes to the pure model, tells the hub what was seen. While
// the page is hidden it watches nothing; shown again it begins with a snapshot.
import { type ConnectionChange, connect, type CueHub, RequestError, type WatchEvent } from '@cuehub/client';
import type { Grants } from '@cuehub/protocol';
import { heardSince, type Reported } from './overlay/heard.js';
import type { Connection, OverlayModel } from './overlay/model.js';
import { type PageOptions, socketUrl } from './overlay/options.js';
import { undetailed } from './overlay/step.js';
import { type OverlayView, viewOf } from './overlay/view.js';
import { Picture } from './picture.js';
import { refusalOf } from './sign-in/state.js';

/** How often the hub is told what was seen. */
const HEARD_INTERVAL_MS = 500;

export interface LiveOptions {
  readonly options: PageOptions;
  /** How the page presents itself to the hub. */
  readonly kind: string;
  /** The page is what viewers see, so what it showed was heard. */
  readonly reportsHeard: boolean;
  readonly draw: (view: OverlayView) => void;
  /** Told each change of the connection, for a page that signs in. */
  readonly connection?: (change: ConnectionChange) => void;
  /** What the token allows, as the hub said, each time it is connected. */
  readonly granted?: (grants: Grants) => void;
}

/** Draws at once, and from then on whenever something changed. Without a token it only says so. Returns what ends it. */
export function startLive({ options, kind, reportsHeard, draw, connection, granted }: LiveOptions): () => void {
  const { token, lane, show, hide_after_ms } = options;
  const report = new HeardReports();
  const picture = new Picture(hide_after_ms, (model, before) => {
    draw(viewOf(model, options));
    // What has gone from the page will not be looked at again.
    if ([...before.bubbles.keys()].some((key) => !model.bubbles.has(key))) report.tell(before);
  });
  if (token === null) {
    picture.take({ kind: 'connection', connection: { status: 'no_token' } });
    return () => {};
  }
  const hub = connect(socketUrl(location.href), { token, lane, client: { name: kind, kind } });
  hub.on('connection', (change) => {
    picture.take({ kind: 'connection', connection: connectionOf(change) });
    connection?.(change);
    const grants = hub.welcome?.grants;
    if (change.status === 'connected' && grants !== undefined) granted?.(grants);
  });
  void follow(hub, picture);
  // What is not shown was not heard.
  const timer = reportsHeard && show.includes('bubble') ? report.every(hub, picture) : undefined;
  return () => {
    clearInterval(timer);
    hub.close();
  };
}

async function follow(hub: CueHub, picture: Picture): Promise<void> {
  watchWhileShown(hub);
  for (;;) {
    try {
      await takeAll(hub, hub.watch({ topics: ['state', 'task', 'text'] }), picture);
    } catch (error) {
      // The connection's own end is told by the connection.
      if (!(error instanceof RequestError)) return;
      return picture.take({ kind: 'connection', connection: { status: 'refused', message: error.message } });
    }
    if (hub.connection === 'closed') return;
  }
}

/** OBS hides the page with its scene. The hub then has nothing to send, and a snapshot when it is shown again. */
function watchWhileShown(hub: CueHub): void {
  const look = (): void => (document.hidden ? hub.pauseWatching() : hub.resumeWatching());
  document.addEventListener('visibilitychange', look);
  hub.on('closed', () => document.removeEventListener('visibilitychange', look));
  look();
}

/** Until a new snapshot is needed: the next watch begins with one. */
async function takeAll(hub: CueHub, events: AsyncIterable<WatchEvent>, picture: Picture): Promise<void> {
  const asked = new Set<string>();
  for await (const message of events) {
    picture.take({ kind: 'message', message });
    if (picture.model.wants_snapshot) return;
    if (message.type !== 'snapshot' && message.type !== 'state') continue;
    if (message.type === 'snapshot') asked.clear();
    for (const task_id of undetailed(picture.model)) {
      if (asked.has(task_id)) continue;
      asked.add(task_id);
      // A task that the hub has forgotten is over; its card stays without details.
      hub.get(task_id).then(
        (task) => picture.take({ kind: 'task', task }),
        () => {},
      );
    }
  }
}

class HeardReports {
  #hub: CueHub | undefined;
  #reported: Reported = new Map();

  every(hub: CueHub, picture: Picture): ReturnType<typeof setInterval> {
    this.#hub = hub;
    return setInterval(() => this.tell(picture.drawn), HEARD_INTERVAL_MS);
  }

  tell(model: OverlayModel): void {
    if (this.#hub?.connection !== 'connected') return;
    const { heard, reported } = heardSince(this.#reported, model);
    this.#reported = reported;
    for (const report of heard) this.#hub.heard(report);
  }
}

function connectionOf({ status, error }: ConnectionChange): Connection {
  if (status === 'connected') return { status: 'online' };
  if (status === 'connecting') return { status: 'connecting' };
  if (status === 'waiting') return { status: 'offline' };
  const message = refusalOf(error?.close_code);
  return { status: 'refused', message: message ?? (error?.reason || `Closed with ${error?.close_code ?? 'no code'}.`) };
}

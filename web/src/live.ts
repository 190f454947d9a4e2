// Keeps a page's picture of one lane: connects, feeds what comes to the pure model, draws at most once a frame, tells
// the hub what was seen. The only file that knows both the client and the clock.
//
// While the page is hidden it watches nothing; shown again it begins with a snapshot.
import { type ConnectionChange, connect, type CueHub, RequestError, type WatchEvent } from '@cuehub/client';
import { heardSince, type Reported } from './overlay/heard.js';
import { type Connection, emptyModel, type OverlayInput, type OverlayModel } from './overlay/model.js';
import { type PageOptions, socketUrl } from './overlay/options.js';
import { nextTickAt, step } from './overlay/step.js';
import { type OverlayView, viewOf } from './overlay/view.js';
import { refusalOf } from './sign-in/state.js';

/** How often at most the hub is told what was seen. */
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
}

/** Draws at once, and from then on whenever something changed. Without a token it only says so. Returns what ends it. */
export function startLive({ options, kind, reportsHeard, draw, connection }: LiveOptions): () => void {
  const picture = new Picture(options.linger_ms, draw);
  if (options.token === null) {
    picture.take({ kind: 'connection', connection: { status: 'no_token' } });
    return () => {};
  }
  const hub = connect(socketUrl(location.href), {
    token: options.token,
    lane: options.lane,
    client: { name: kind, kind },
  });
  hub.on('connection', (change) => {
    picture.take({ kind: 'connection', connection: connectionOf(change) });
    connection?.(change);
  });
  void follow(hub, picture);
  if (reportsHeard) void report(hub, picture);
  return () => hub.close();
}

/** The model, and its drawing as soon as a frame is due. */
class Picture {
  model: OverlayModel;
  readonly #draw: LiveOptions['draw'];
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(linger_ms: number, draw: LiveOptions['draw']) {
    this.model = emptyModel(linger_ms);
    this.#draw = draw;
    this.take({ kind: 'tick' });
  }

  take(input: OverlayInput): void {
    const now_ms = performance.now();
    this.model = step(this.model, input, now_ms);
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#draw(viewOf(this.model));
      });
    }
    clearTimeout(this.#timer);
    const tick_at = nextTickAt(this.model);
    if (tick_at !== null) this.#timer = setTimeout(() => this.take({ kind: 'tick' }), Math.max(0, tick_at - now_ms));
  }
}

async function follow(hub: CueHub, picture: Picture): Promise<void> {
  watchWhileShown(hub);
  for (;;) {
    try {
      await takeAll(hub.watch({ topics: ['state', 'task', 'text'] }), picture);
    } catch (error) {
      // The connection's own end is told by the connection.
      if (!(error instanceof RequestError)) return;
      return picture.take({ kind: 'connection', connection: { status: 'refused', message: error.message } });
    }
  }
}

/** OBS hides the page with its scene. The hub then has nothing to send, and a snapshot when it is shown again. */
function watchWhileShown(hub: CueHub): void {
  const look = (): void => (document.hidden ? hub.pauseWatching() : hub.resumeWatching());
  document.addEventListener('visibilitychange', look);
  look();
}

/** Until a new snapshot is needed: the next watch begins with one. */
async function takeAll(events: AsyncIterable<WatchEvent>, picture: Picture): Promise<void> {
  for await (const message of events) {
    picture.take({ kind: 'message', message });
    if (picture.model.wants_snapshot) return;
  }
}

async function report(hub: CueHub, picture: Picture): Promise<void> {
  let reported: Reported = new Map();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, HEARD_INTERVAL_MS));
    const { status } = picture.model.connection;
    if (status === 'refused') return;
    if (document.hidden || status !== 'online') continue;
    const news = heardSince(reported, picture.model);
    reported = news.reported;
    for (const heard of news.heard) hub.heard(heard);
  }
}

function connectionOf({ status, error }: ConnectionChange): Connection {
  if (status === 'connected') return { status: 'online' };
  if (status === 'connecting') return { status: 'connecting' };
  if (status === 'waiting') return { status: 'offline' };
  const message = refusalOf(error?.close_code);
  return { status: 'refused', message: message ?? (error?.reason || `Closed with ${error?.close_code ?? 'no code'}.`) };
}

// The session with the hub across connections: who we are, when we try again, and when it is over for good.
//
//   connecting ──welcome──► connected ──the connection ends──► waiting ──delay, or woken──► connecting
//        └── the connection ends ──► waiting                       any ──close(), or 4500–4999──► closed
//
// The session's id and its resume token live here, in memory only.
import {
  CLOSE_CODES,
  type HelloMessage,
  type Holding,
  type HubMessage,
  type WelcomeMessage,
  shouldReconnect,
} from '@cuehub/protocol';
import { Backoff } from './backoff.js';
import { Connection } from './connection.js';
import { ConnectionClosed } from './errors.js';
import type { Resolved } from './options.js';
import type { Frame } from './transport.js';

export type ConnectionStatus = 'connecting' | 'connected' | 'waiting' | 'closed';

/** What `hub.on('connection', …)` tells. */
export interface ConnectionChange {
  status: ConnectionStatus;
  /** With `connected`: whether the hub still knew the session. */
  resumed?: boolean;
  /** With `waiting` and `closed`: why. */
  error?: ConnectionClosed;
  /** With `waiting`: when the next try comes. */
  retry_in_ms?: number;
}

export interface SessionEvents {
  /** The runs that are still in our hands. Asked for each `hello`. */
  holding(): Holding[];
  welcome(message: WelcomeMessage): void;
  message(message: HubMessage): void;
  /** The connection ended; `error.retryable` tells whether there will be another. */
  down(error: ConnectionClosed): void;
  changed(change: ConnectionChange): void;
}

export class Session {
  status: ConnectionStatus = 'connecting';
  welcome: WelcomeMessage | undefined;
  private readonly options: Resolved;
  private readonly events: SessionEvents;
  private readonly backoff: Backoff;
  private readonly stopWaking: (() => void) | undefined;
  private connection: Connection | undefined;
  private retryTimer: unknown;
  private connectedAt = 0;
  /** What the hub asked us to wait: exactly this after `going_away`, at least until then after `rate_limited`. */
  private goingAway_ms: number | undefined;
  private retryNotBefore = 0;
  private mayWake = true;

  constructor(options: Resolved, events: SessionEvents) {
    const { limits, random } = options;
    this.options = options;
    this.events = events;
    this.backoff = new Backoff({ min_ms: limits.backoff_min_ms, max_ms: limits.backoff_max_ms, random });
    this.stopWaking = options.transport.onWake?.(() => this.wake());
  }

  get connected(): boolean {
    return this.status === 'connected';
  }

  get bufferedAmount(): number {
    return this.connection?.bufferedAmount ?? 0;
  }

  /** False when there is no connection; then nothing was sent. */
  send(frame: Frame): boolean {
    if (!this.connected) return false;
    this.connection?.send(frame);
    return true;
  }

  open(): void {
    this.options.clock.clearTimeout(this.retryTimer);
    this.change({ status: 'connecting' });
    void this.connect();
  }

  close(code: number, reason: string): void {
    if (this.status === 'closed') return;
    const { connection } = this;
    this.connection = undefined;
    this.ended(code, reason, false);
    connection?.close(code, reason);
  }

  private async connect(): Promise<void> {
    let token: string | undefined;
    try {
      token = await this.options.token();
    } catch (error) {
      return this.ended(CLOSE_CODES.token_ended, `no token: ${String(error)}`, true);
    }
    // Closed or woken meanwhile: somebody else has decided.
    if (this.status !== 'connecting' || this.connection) return;
    const hello: HelloMessage = { type: 'hello', client: this.options.client, holding: this.events.holding() };
    if (token !== undefined) hello.token = token;
    if (this.welcome) hello.resume = { session_id: this.welcome.session_id, resume_token: this.welcome.resume_token };
    let connection: Connection | undefined;
    try {
      connection = new Connection(this.options, hello, {
        welcome: (message) => this.welcomed(message),
        message: (message) => this.received(message),
        ended: (code, reason) => {
          if (this.connection !== connection) return;
          this.connection = undefined;
          this.ended(code, reason, shouldReconnect(code));
        },
      });
      this.connection = connection;
    } catch (error) {
      // A URL that no link can be made for. Trying again would not help.
      this.ended(CLOSE_CODES.undecodable, String(error), false);
    }
  }

  private welcomed(message: WelcomeMessage): void {
    this.welcome = message;
    this.connectedAt = this.options.clock.now();
    this.goingAway_ms = undefined;
    this.status = 'connected';
    this.events.welcome(message);
    this.change({ status: 'connected', resumed: message.resumed });
  }

  private received(message: HubMessage): void {
    if (message.type === 'going_away') this.goingAway_ms = message.reconnect_after_ms;
    else if (message.type === 'error' && message.code === 'rate_limited') {
      this.retryNotBefore = this.options.clock.now() + (message.retry_after_ms ?? 0);
    }
    this.events.message(message);
  }

  private ended(code: number, reason: string, again: boolean): void {
    const { clock, limits } = this.options;
    const error = new ConnectionClosed(code, reason, again);
    if (this.connected && clock.now() - this.connectedAt >= limits.backoff_reset_ms) this.backoff.reset();
    this.status = again ? 'waiting' : 'closed';
    clock.clearTimeout(this.retryTimer);
    if (!again) this.stopWaking?.();
    this.events.down(error);
    if (!again) return this.change({ status: 'closed', error });
    const retry_in_ms = this.goingAway_ms ?? Math.max(this.backoff.next(), this.retryNotBefore - clock.now());
    this.mayWake = this.goingAway_ms === undefined;
    this.goingAway_ms = undefined;
    this.retryTimer = clock.setTimeout(() => this.open(), retry_in_ms);
    this.change({ status: 'waiting', error, retry_in_ms });
  }

  /** The network is back, or the page is shown: look at once, but not against the hub's own word. */
  private wake(): void {
    if (this.connected) this.connection?.check();
    else if (this.status === 'waiting' && this.mayWake) this.open();
  }

  private change(change: ConnectionChange): void {
    this.status = change.status;
    this.events.changed(change);
  }
}

// One connection from opening to its end: frames, handshake, heartbeat.
// Owns a link; whether and when there is a next one is the session's business.
import { CLOSE_CODES, type HelloMessage, type HubMessage, type WelcomeMessage } from '@cuehub/protocol';
import type { Resolved } from './options.js';
import type { Frame, Link } from './transport.js';
import { Watchdog } from './watchdog.js';

export interface ConnectionEvents {
  welcome(message: WelcomeMessage): void;
  message(message: HubMessage): void;
  /** Once, and the last call. */
  ended(code: number, reason: string): void;
}

/** What the hub may be silent for, in heartbeats. */
const SILENT_HEARTBEATS = 1.5;

/** What browsers and `ws` report for a connection that ended without a close frame. */
const ABNORMAL = 1006;

export class Connection {
  welcomed = false;
  private readonly link: Link;
  private readonly options: Resolved;
  private readonly events: ConnectionEvents;
  private readonly watchdog: Watchdog;
  private readonly handshakeTimer: unknown;
  private over = false;

  constructor(options: Resolved, hello: HelloMessage, events: ConnectionEvents) {
    const { clock, codec, limits } = options;
    this.options = options;
    this.events = events;
    this.watchdog = new Watchdog(clock, limits.drain_ms, () => this.close(CLOSE_CODES.heartbeat, 'the hub is silent'));
    this.handshakeTimer = clock.setTimeout(
      () => this.close(CLOSE_CODES.no_hello, 'no welcome in time'),
      limits.connect_timeout_ms,
    );
    this.link = options.transport.connect(options.url, [codec.subprotocol]);
    this.link.onOpen = () => this.link.send(codec.encode(hello));
    this.link.onMessage = (frame) => this.receive(frame);
    this.link.onClose = (code, reason) => this.end(code, reason);
  }

  get bufferedAmount(): number {
    return this.over ? 0 : this.link.bufferedAmount;
  }

  send(frame: Frame): void {
    if (!this.over) this.link.send(frame);
  }

  /** Ends at once on this side; the close frame goes out when it can. */
  close(code: number, reason: string): void {
    if (this.over) return;
    this.link.close(code, reason);
    this.end(code, reason);
  }

  /** Looks whether the connection is still alive, without waiting for the timer. */
  check(): void {
    this.watchdog.check();
  }

  private end(code: number, reason: string): void {
    if (this.over) return;
    this.over = true;
    this.watchdog.stop();
    this.options.clock.clearTimeout(this.handshakeTimer);
    this.link.onOpen = this.link.onMessage = this.link.onClose = undefined;
    this.events.ended(code || ABNORMAL, reason);
  }

  private receive(frame: Frame): void {
    this.watchdog.heard();
    let message: HubMessage;
    try {
      message = this.options.codec.decode(frame) as HubMessage;
    } catch {
      return this.close(CLOSE_CODES.internal, 'frame cannot be decoded');
    }
    if (message.type === 'ping') {
      // At once, in the message handler: hidden pages have their timers throttled.
      this.send(this.options.codec.encode({ type: 'pong', at: message.at }));
    } else if (message.type === 'welcome') {
      this.welcomed = true;
      this.options.clock.clearTimeout(this.handshakeTimer);
      this.watchdog.start(message.heartbeat_ms * SILENT_HEARTBEATS);
      this.events.welcome(message);
    } else {
      this.events.message(message);
    }
  }
}

/**
 * One connection from its first frame to its end, whatever carries it. States:
 *
 *   greeting ──(hello)──► open ──► ended
 *       └──(no hello, a bad token, anything else first)──► ended
 *
 * Owns the handshake, heartbeat, limits and the way to close; what an open connection's messages do is `dispatcher.ts`.
 */
import { isUtf8 } from 'node:buffer';
import {
  CLOSE_CODES,
  type CloseCodeName,
  type ErrorMessage,
  type ExecutorOrder,
  type HelloMessage,
  type HubMessage,
  PROTOCOL_VERSION,
} from '@cuehub/protocol';
import { parseClientMessage } from '@cuehub/protocol/schemas';
import type { Access } from '../auth/access.js';
import { RateLimit } from '../auth/rate-limit.js';
import type { Timer } from '../config/clock.js';
import type { Hub } from '../hub/hub.js';
import type { Session, SessionLink } from '../hub/session.js';
import { ConnectionWatcher } from './connection-watcher.js';
import { Dispatcher } from './dispatcher.js';
import { judgeHello } from './handshake.js';
import { beat } from './heartbeat.js';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { errorMessage } from './replies.js';
import type { Wire, WireListener } from './wire.js';

/** Close codes of a client that leaves on purpose: 1000, or none (which the socket tells as 1005). */
const GOODBYES: ReadonlySet<number> = new Set([1000, 1005]);
/** How long a flooding client is not read from. */
const FLOOD_PAUSE_MS = 100;
/** Reasons in a close frame are 123 bytes at most. */
const CLOSE_REASON_BYTES_MAX = 123;

export interface ConnectionOptions {
  readonly hub: Hub;
  readonly wire: Wire;
  /** From the `Authorization` header of the upgrade. */
  readonly token?: string | undefined;
  readonly ended: (connection: Connection) => void;
}

export class Connection implements WireListener, SessionLink {
  readonly outbox: Outbox;
  readonly watcher: ConnectionWatcher;
  readonly #options: ConnectionOptions;
  readonly #inbox: Inbox;
  readonly #dispatcher: Dispatcher;
  readonly #rate: RateLimit;
  #state: 'greeting' | 'open' | 'ended' = 'greeting';
  #session: Session | null = null;
  /** Orders that came of `hello` itself wait here for `welcome` to go first. */
  #early: ExecutorOrder[] | null = null;
  #confirmed = false;
  #heard_at: number;
  #pinged_at: number;
  #helloTimer: Timer | null;
  #beatTimer: Timer | null = null;
  #tokenTimer: Timer | null = null;
  #floodTimer: Timer | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { hub, wire } = options;
    const { clock, limits, durations } = hub.config;
    this.#heard_at = clock.now();
    this.#pinged_at = this.#heard_at;
    this.#rate = new RateLimit(limits, this.#heard_at);
    this.#inbox = new Inbox({
      turn: hub.turn,
      wire,
      frame: (data, binary) => this.#take(data, binary),
      ended: (code) => this.#end(GOODBYES.has(code)),
    });
    this.outbox = new Outbox({
      wire,
      turn: hub.turn,
      clock,
      drained: () => this.watcher.check(),
      delivered: (messages) => hub.delivered(messages),
      overflow: () => this.#closeSoon('slow_consumer', 'answers are not read'),
    });
    this.watcher = new ConnectionWatcher({
      watching: hub.watching,
      outbox: this.outbox,
      limits,
      tooSlow: () => {
        if (this.#session?.isExecutor === true) return true;
        this.#closeSoon('slow_consumer', 'too far behind');
        return false;
      },
    });
    this.#dispatcher = new Dispatcher({
      hub,
      watcher: this.watcher,
      send: (message) => this.outbox.control(message),
      refreshed: (access) => this.#armToken(access),
    });
    this.#helloTimer = clock.after(durations.hello_timeout_ms, () => {
      this.close('no_hello', `no hello within ${durations.hello_timeout_ms} ms`);
    });
  }

  get session(): Session | null {
    return this.#session;
  }

  frame(data: Uint8Array | string, binary: boolean): void {
    if (this.#state === 'ended') return;
    this.#heard_at = this.#options.hub.config.clock.now();
    this.#inbox.frame(data, binary);
  }

  #take(data: Uint8Array | string, binary: boolean): void {
    if (this.#state === 'ended') return;
    const { hub, wire } = this.#options;
    hub.turn.nextMessage();
    const { codec } = wire;
    if (binary !== codec.binary) {
      return this.close(
        'wrong_encoding',
        `this connection speaks ${codec.subprotocol} in ${codec.binary ? 'binary' : 'text'} frames`,
      );
    }
    let value: unknown;
    try {
      value = codec.decode(codec.binary || typeof data === 'string' ? data : textOf(data));
    } catch {
      return this.close('undecodable', `a frame is not ${codec.encoding}`);
    }
    try {
      if (this.#state === 'greeting') this.#greet(value);
      else this.#receive(value);
    } catch (error) {
      this.#options.hub.config.logger.error({ err: error, session_id: this.#session?.session_id }, 'a message failed');
      this.#refuse({ code: 'internal', message: 'the hub made a mistake; it is in its log' }, idOf(value));
    }
  }

  alive(): void {
    this.#heard_at = this.#options.hub.config.clock.now();
  }

  ended(code: number): void {
    this.#inbox.ended(code);
  }

  order(order: ExecutorOrder): void {
    this.#readOn();
    if (this.#early !== null) this.#early.push(order);
    else this.outbox.order(order);
  }

  detached(close: CloseCodeName, reason: string): void {
    this.#session = null;
    this.close(close, reason);
  }

  send(message: HubMessage): void {
    this.outbox.control(message);
  }

  /** The hub ends it. What was sent before still goes out; its session may come back on another connection. */
  close(name: CloseCodeName, reason: string): void {
    if (this.#state === 'ended') return;
    // Answers that are already there go before the goodbye.
    this.outbox.endTurn();
    this.#end(false);
    this.#options.wire.close(CLOSE_CODES[name], shorten(reason));
  }

  /** For what is noticed while lanes tell what happened: closing makes more happen, and that has to wait. */
  #closeSoon(name: CloseCodeName, reason: string): void {
    queueMicrotask(() => this.close(name, reason));
  }

  terminate(): void {
    this.#end(false);
    this.#options.wire.terminate();
  }

  #greet(value: unknown): void {
    if (typeOf(value) !== 'hello') return this.close('not_said_hello', 'the first message is hello');
    const parsed = parseClientMessage(value, this.#options.hub.config.limits);
    if (!parsed.ok) return this.#refuse(parsed, parsed.id);
    if (parsed.message.type === 'hello') this.#hello(parsed.message);
  }

  #hello(hello: HelloMessage): void {
    const { hub, token, wire } = this.#options;
    const verdict = judgeHello(hello, token, (given) => hub.authenticate(given));
    if (verdict.kind === 'close') return this.close(verdict.close, verdict.reason);
    this.#helloTimer?.cancel();
    this.#helloTimer = null;
    this.#state = 'open';
    this.#early = [];
    const { name, kind = '', version } = hello.client;
    const { session, resume_token, resumed, adopted, released } = hub.sessions.hello({
      access: verdict.access,
      client: { name, kind, ...(version === undefined ? {} : { version }) },
      resume: hello.resume,
      holding: hello.holding ?? [],
      link: this,
    });
    const { limits, durations } = hub.config;
    this.#session = session;
    this.outbox.control({
      type: 'welcome',
      ...(hello.id === undefined ? {} : { re: hello.id }),
      protocol: PROTOCOL_VERSION,
      hub: hub.info,
      session_id: session.session_id,
      resume_token,
      session_ttl_ms: durations.session_ttl_ms,
      resumed,
      heartbeat_ms: durations.heartbeat_ms,
      grants: verdict.access.grants,
      limits,
      adopted,
      released,
    } satisfies HubMessage);
    const early = this.#early;
    this.#early = null;
    for (const order of early) this.outbox.control(order);
    this.#armToken(verdict.access);
    this.#pinged_at = this.#heard_at;
    this.#armBeat(Math.min(durations.heartbeat_ms, durations.silence_close_ms));
    hub.config.logger.debug({ session_id: session.session_id, encoding: wire.codec.encoding, resumed }, 'hello');
  }

  #receive(value: unknown): void {
    const { hub } = this.#options;
    const session = this.#session;
    if (session === null) return;
    if (!this.#confirmed) {
      this.#confirmed = true;
      hub.sessions.confirm(session);
    }
    const type = typeOf(value);
    if (!Dispatcher.isFree(type) && !this.#mayAsk(value, session)) return;
    if (type === 'stream.chunk' && this.#options.wire.codec.encoding === 'json' && hasBytes(value)) {
      return this.#refuse({ code: 'encoding_unsupported', message: 'bytes in a chunk need MessagePack' }, idOf(value));
    }
    const parsed = parseClientMessage(value, hub.config.limits);
    if (!parsed.ok) return this.#refuse(parsed, parsed.id);
    this.#dispatcher.dispatch(parsed.message, session, this.#options.wire.codec.encoding);
  }

  #mayAsk(value: unknown, session: Session): boolean {
    const { hub } = this.#options;
    const { clock } = hub.config;
    const verdict = this.#rate.take(clock.now());
    if (verdict.kind === 'pass') return true;
    if (verdict.kind === 'close') {
      this.close('rate', 'too many requests for too long');
      return false;
    }
    const { retry_after_ms } = verdict;
    this.#refuse(
      { code: 'rate_limited', message: 'too many requests on this connection', retry_after_ms },
      idOf(value),
    );
    // Whoever runs a task is never read more slowly: its chunks and its word at a pause come on the same socket.
    if (verdict.flood && this.#floodTimer === null && hub.load.runs(session.session_id) === 0) {
      this.#inbox.hold();
      this.#floodTimer = clock.after(FLOOD_PAUSE_MS, () => this.#readOn());
    }
    return false;
  }

  #readOn(): void {
    if (this.#floodTimer === null) return;
    this.#floodTimer.cancel();
    this.#floodTimer = null;
    this.#inbox.release();
  }

  #refuse(error: Parameters<typeof errorMessage>[1], re?: ErrorMessage['re']): void {
    this.outbox.control(errorMessage(re, error));
  }

  #armBeat(delay_ms: number): void {
    const { clock, durations } = this.#options.hub.config;
    this.#beatTimer = clock.after(delay_ms, () => {
      const now_ms = clock.now();
      const due = beat(now_ms, this.#heard_at, this.#pinged_at, durations);
      if (due.kind === 'close') return this.close('heartbeat', 'nothing was heard for too long');
      if (due.kind === 'ping') {
        this.#pinged_at = now_ms;
        this.outbox.control({ type: 'ping', at: now_ms });
      }
      this.#armBeat(due.next_ms);
    });
  }

  #armToken(access: Access): void {
    this.#tokenTimer?.cancel();
    this.#tokenTimer = null;
    const { expires_at } = access;
    if (expires_at === undefined) return;
    const { clock } = this.#options.hub.config;
    this.#tokenTimer = clock.after(expires_at - clock.now(), () => {
      // Timers may fire early when the delay was longer than they take.
      if (clock.now() < expires_at) this.#armToken(access);
      else this.close('token_ended', 'the token is over; come back with another');
    });
  }

  #end(goodbye: boolean): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    for (const timer of [this.#helloTimer, this.#beatTimer, this.#tokenTimer, this.#floodTimer]) timer?.cancel();
    this.#inbox.close();
    this.#dispatcher.close();
    this.watcher.close();
    this.outbox.close();
    const session = this.#session;
    this.#session = null;
    if (session !== null) this.#options.hub.sessions.left(session, this, goodbye);
    this.#options.ended(this);
  }
}

/** Text frames come as bytes; ws does not check them, so that what is no UTF-8 closes with our own code. */
function textOf(data: Uint8Array): string {
  if (!isUtf8(data)) throw new TypeError('not UTF-8');
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
}

function typeOf(value: unknown): string | undefined {
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
  return typeof type === 'string' ? type : undefined;
}

function idOf(value: unknown): ErrorMessage['re'] {
  const id = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined;
  if (typeof id === 'string') return id.length >= 1 && id.length <= 64 ? id : undefined;
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 0xffff_ffff ? id : undefined;
}

/** What a client may have made of bytes in JSON: a list of numbers, or Node's `{type: 'Buffer', data}`. */
function hasBytes(value: unknown): boolean {
  const { data } = value as { data?: unknown };
  return typeof data === 'object' && data !== null;
}

function shorten(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > CLOSE_REASON_BYTES_MAX) text = text.slice(0, -1);
  return text;
}

// Requests and their answers: numbering, pacing, what is sent again after a lost connection and what fails with it.
import { type ErrorMessage, LIMITS, type OkMessage, type WelcomeMessage } from '@cuehub/protocol';
import { type ConnectionClosed, CuehubError, OutboxFull, RequestError } from './errors.js';
import type { Resolved } from './options.js';
import { Outbox } from './outbox.js';
import { Pacer } from './pacer.js';
import type { Frame } from './transport.js';

/**
 * - `run`: an executor's word. Free of the hub's rate limit; sent now or not at all, fails with the connection.
 * - `link`: belongs to this connection (a subscription); its owner makes it anew on the next one.
 * - `ask`: may be repeated without harm, so it waits for a connection and is sent again until it is answered.
 * - `once`: waits for a connection, but when that ends before the answer, it fails.
 * - `wait`: an `ask` that is answered late, so it does not count as waiting to be sent.
 */
export type RequestKind = 'run' | 'link' | 'ask' | 'once' | 'wait';

interface Entry {
  readonly id: number;
  readonly frame: Frame;
  readonly bytes: number;
  readonly kind: RequestKind;
  sent: boolean;
  refusals: number;
  /** In the same turn as the answer: frames that follow it may be handled before a promise's reader. */
  readonly answered: ((ok: OkMessage) => void) | undefined;
  resolve(ok: OkMessage): void;
  reject(error: CuehubError): void;
}

export interface RequestPort {
  readonly connected: boolean;
  send(frame: Frame): boolean;
}

const ID_MAX = 0xffff_ffff;

export class Requests {
  private readonly options: Resolved;
  private readonly port: RequestPort;
  private readonly outbox: Outbox;
  private readonly pacer = new Pacer();
  private readonly entries = new Map<number, Entry>();
  /** In the order in which they will be sent: what belongs to the connection first, those that wait for results last. */
  private queues: readonly [link: Entry[], ask: Entry[], wait: Entry[]] = [[], [], []];
  private waits = 0;
  private lastId = 0;
  private timer: unknown;
  private frame_bytes_max: number = LIMITS.frame_bytes_max;
  private flushed: (() => void)[] = [];
  private closedBy: ConnectionClosed | undefined;

  constructor(options: Resolved, port: RequestPort) {
    this.options = options;
    this.port = port;
    this.outbox = new Outbox(options.limits.outbox_items_max, options.limits.outbox_bytes_max);
  }

  /** Resolves with the `ok`; rejects with `RequestError`, `ConnectionClosed` or `OutboxFull`. */
  request(message: object, kind: RequestKind, answered?: (ok: OkMessage) => void): Promise<OkMessage> {
    return new Promise((resolve, reject) => {
      if (this.closedBy) throw this.closedBy;
      if ((kind === 'run' || kind === 'link') && !this.port.connected) throw notConnected();
      const id = (this.lastId = (this.lastId % ID_MAX) + 1);
      const frame = this.options.codec.encode({ ...message, id });
      const bytes = frameBytes(frame);
      if (bytes > this.frame_bytes_max) throw tooLarge(bytes, this.frame_bytes_max);
      const entry: Entry = { id, frame, bytes, kind, sent: false, refusals: 0, answered, resolve, reject };
      this.admit(entry);
      this.entries.set(id, entry);
      if (kind === 'run') {
        entry.sent = this.port.send(frame);
      } else {
        this.queueOf(entry).push(entry);
        this.pump();
      }
    });
  }

  /** Sends a message that is not a request. False when there is no connection. */
  tell(message: object): boolean {
    return this.port.connected && this.port.send(this.options.codec.encode(message));
  }

  answered(ok: OkMessage): void {
    const entry = this.take(ok.re);
    entry?.answered?.(ok);
    entry?.resolve(ok);
  }

  /** False when the error answers no request of ours. */
  refused(error: ErrorMessage): boolean {
    const entry = error.re === undefined ? undefined : this.entries.get(Number(error.re));
    if (!entry) return false;
    const { clock, limits } = this.options;
    if (error.code === 'rate_limited' && entry.refusals < limits.rate_limited_retries_max) {
      entry.refusals += 1;
      entry.sent = false;
      this.pacer.block(clock.now() + (error.retry_after_ms ?? limits.retry_ms));
      this.queueOf(entry).unshift(entry);
      this.pump();
    } else if (error.code === 'shutting_down' && entry.kind !== 'run' && entry.kind !== 'link') {
      // Nothing came of it, and this connection is about to end: the next one takes it.
      entry.sent = false;
    } else {
      this.take(entry.id)?.reject(new RequestError(error));
    }
    return true;
  }

  /** A new connection, with its own limits. */
  welcome(limits: WelcomeMessage['limits']): void {
    this.frame_bytes_max = limits['frame_bytes_max'] ?? this.frame_bytes_max;
    this.pacer.reset(limits, this.options.clock.now());
  }

  down(error: ConnectionClosed): void {
    if (!error.retryable) this.closedBy = error;
    for (const entry of [...this.entries.values()]) {
      const repeatable = entry.kind === 'ask' || entry.kind === 'wait' || (entry.kind === 'once' && !entry.sent);
      if (error.retryable && repeatable) entry.sent = false;
      else this.take(entry.id)?.reject(error);
    }
    this.queues = [[], [], []];
    for (const entry of this.entries.values()) this.queueOf(entry).push(entry);
    this.flushed = [];
    this.options.clock.clearTimeout(this.timer);
  }

  /** Sends what waits, in its first order; calls back when nothing is left unsent. */
  flush(flushed: () => void): void {
    this.flushed.push(flushed);
    this.pump();
  }

  private queueOf({ kind }: Entry): Entry[] {
    return this.queues[kind === 'link' ? 0 : kind === 'wait' ? 2 : 1];
  }

  private admit(entry: Entry): void {
    if (entry.kind === 'wait') {
      const { waits_max } = this.options.limits;
      if (this.waits >= waits_max) throw new OutboxFull('waits_max', waits_max);
      this.waits += 1;
    } else if (entry.kind === 'ask' || entry.kind === 'once') {
      this.outbox.add(entry.bytes);
    }
  }

  private take(re: string | number): Entry | undefined {
    const entry = this.entries.get(Number(re));
    if (!entry) return undefined;
    this.entries.delete(entry.id);
    if (entry.kind === 'wait') this.waits -= 1;
    else if (entry.kind === 'ask' || entry.kind === 'once') this.outbox.remove(entry.bytes);
    return entry;
  }

  private pump(): void {
    if (!this.port.connected) return;
    const { clock } = this.options;
    for (const queue of this.queues) {
      while (queue.length > 0) {
        const wait_ms = this.pacer.take(clock.now());
        if (wait_ms > 0) {
          clock.clearTimeout(this.timer);
          this.timer = clock.setTimeout(() => this.pump(), wait_ms);
          return;
        }
        const entry = queue.shift();
        if (entry) entry.sent = this.port.send(entry.frame);
      }
    }
    for (const run of this.flushed.splice(0)) run();
  }
}

function notConnected(): CuehubError {
  return new CuehubError('not_connected', 'there is no connection to the hub just now', true);
}

function tooLarge(bytes: number, max: number): RequestError {
  return new RequestError({ code: 'too_large', message: `the message has ${bytes} bytes, the hub takes ${max}` });
}

const UTF8_UNIT_BYTES_MAX = 3;

/** Exact for bytes and for long text; short text counts as if each character took one byte. */
function frameBytes(frame: Frame): number {
  if (frame instanceof Uint8Array) return frame.byteLength;
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
  return text.length * UTF8_UNIT_BYTES_MAX < LIMITS.frame_bytes_max
    ? text.length
    : new TextEncoder().encode(text).byteLength;
}

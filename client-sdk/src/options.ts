// Everything a client can be told, the defaults, and the one place where they are put together.
import { DEFAULT_LANE, type Encoding } from '@cuehub/protocol';
import { clientCodec } from './codec.js';
import { type Clock, type LinkCodec, type Transport, randomKey, systemClock } from './transport.js';

/** Every bound and delay of the client, with its unit. */
export const CLIENT_LIMITS = {
  /** Requests that wait for their answer, `task.wait` aside. Past it a call fails with `OutboxFull`. */
  outbox_items_max: 1_000,
  outbox_bytes_max: 8 * 1024 * 1024,
  /** Results that are waited for at one time. */
  waits_max: 10_000,
  /** Events that a `watch` keeps for a consumer that is behind; past it they give way to one `gap` and a snapshot. */
  watch_items_max: 4_096,
  /** `write` resolves when less than this waits in the socket … */
  write_buffer_bytes_max: 256 * 1024,
  /** … and less than this of the stream is not yet in the hub's journal. */
  stream_unacked_bytes_max: 4 * 1024 * 1024,
  /** Longer text is cut into several chunks. In UTF-16 units or bytes. */
  chunk_length_max: 16 * 1024,
  backoff_min_ms: 500,
  backoff_max_ms: 20_000,
  /** A connection that lasted this long starts the backoff anew. */
  backoff_reset_ms: 5_000,
  /** From the first try to reach the hub to its `welcome`. */
  connect_timeout_ms: 10_000,
  /** Time for what has already arrived to be read, before a silent connection is called dead. */
  drain_ms: 50,
  /** How often a request that was refused as `rate_limited` is sent again. */
  rate_limited_retries_max: 8,
  /** Wait before a refused but retryable end of a task, or a lost subscription, is sent again. */
  retry_ms: 1_000,
  /** How often a full socket is looked at; sockets have no event for it. */
  poll_ms: 10,
  /** Under `style: finish` the pause is answered this long before the hub's patience ends. */
  finish_margin_ms: 50,
} as const;
export type ClientLimits = { [K in keyof typeof CLIENT_LIMITS]: number };

export interface ConnectOptions {
  /** Or a function that gives one: it is asked before every connection. */
  token?: string | (() => string | Promise<string>);
  /** For display: grants nothing. */
  client?: { name: string; kind?: string; version?: string };
  /** The lane that calls without `lane` mean. Default `main`. */
  lane?: string;
  /** Default `msgpack`. */
  encoding?: Encoding;
  limits?: Partial<ClientLimits>;
}

export interface ClientOptions extends ConnectOptions {
  url: string;
  transport: Transport;
  clock?: Clock;
  /** A number from 0 up to and without 1. */
  random?: () => number;
  /** Makes idempotency keys. */
  uuid?: () => string;
}

export interface Resolved {
  url: string;
  transport: Transport;
  codec: LinkCodec;
  client: { name: string; kind?: string; version?: string };
  token: () => string | undefined | Promise<string>;
  /** The caller gave a function: it knows the next token too. */
  tokenIsAsked: boolean;
  lane: string;
  limits: ClientLimits;
  clock: Clock;
  random: () => number;
  uuid: () => string;
}

export function resolveOptions(options: ClientOptions): Resolved {
  const { token } = options;
  return {
    url: options.url,
    transport: options.transport,
    codec: options.transport.codec ?? clientCodec(options.encoding ?? 'msgpack'),
    client: options.client ?? { name: 'cuehub-client' },
    token: typeof token === 'function' ? token : () => token,
    tokenIsAsked: typeof token === 'function',
    lane: options.lane ?? DEFAULT_LANE,
    limits: { ...CLIENT_LIMITS, ...options.limits },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    uuid: options.uuid ?? randomKey,
  };
}

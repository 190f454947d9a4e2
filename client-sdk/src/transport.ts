// What the core needs of the outside world: a link that carries frames, a codec, a clock, chance.
// Owns the interfaces and their defaults; sockets live in `node.ts` and `browser.ts`.

/** One message on a link: text, bytes, or (in one process) the decoded message itself. */
export type Frame = string | Uint8Array | object;

/** Turns messages into frames and back. Both codecs of `@cuehub/protocol` are one. `decode` throws on garbage. */
export interface LinkCodec {
  /** Offered as the WebSocket subprotocol. */
  readonly subprotocol: string;
  /** It has no way to carry bytes. */
  readonly textOnly?: boolean;
  encode(message: object): Frame;
  decode(frame: Frame): unknown;
}

/**
 * One connection to a hub. It calls back later than `Transport.connect` returns; `onClose` comes once, also for a
 * connection that never opened, and nothing comes after it.
 */
export interface Link {
  onOpen: (() => void) | undefined;
  onMessage: ((frame: Frame) => void) | undefined;
  onClose: ((code: number, reason: string) => void) | undefined;
  /** Bytes that were handed over and have not left yet. */
  readonly bufferedAmount: number;
  /** Does nothing on a link that is not open. */
  send(frame: Frame): void;
  close(code: number, reason: string): void;
}

export interface Transport {
  /** Replaces the codec that `encoding` chooses. For links inside one process: `objectCodec`. */
  readonly codec?: LinkCodec;
  connect(url: string, subprotocols: readonly string[]): Link;
  /** Calls `listener` when a new try is worth while at once (network back, page shown); returns a function that stops it. */
  onWake?(listener: () => void): () => void;
}

/** For a link in one process: messages are handed over as structured clones, so neither side can change the other's. */
export const objectCodec: LinkCodec = {
  subprotocol: 'cuehub.v1.object',
  encode: (message) => structuredClone(message),
  decode: (frame) => frame,
};

export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  setTimeout(run: () => void, delay_ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (run, delay_ms) => setTimeout(run, delay_ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** A random key. Pages that are not served over TLS or from loopback have no `randomUUID`. */
export function randomKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

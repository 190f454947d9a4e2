/** What carries one connection: a WebSocket, or a link inside this process. Knows frames, no messages. */
import type { Codec } from '@cuehub/protocol';
import type { Packet } from '../hub/packet.js';

export interface Wire {
  readonly codec: Codec;
  /**
   * In order. True when they have left this process already; else `done` comes when they have. A wire that is closed
   * drops them, and says nothing.
   */
  write(packet: Packet, done: () => void): boolean;
  /** Says goodbye after what was written. The wire's end is told to nobody after that. */
  close(code: number, reason: string): void;
  /** Ends at once, without a goodbye. */
  terminate(): void;
  /** Stops reading for a while. */
  pause(): void;
  resume(): void;
}

/** The connection on a wire. */
export interface WireListener {
  frame(data: Uint8Array | string, binary: boolean): void;
  /** A sign of life that is no frame of ours. */
  alive(): void;
  /** The other side closed or is gone. 1005: it closed without a code. */
  ended(code: number): void;
}

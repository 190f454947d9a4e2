/** Frames as a wire takes them. The gateway makes them; whatever is told to many keeps them. */

/** A frame as it goes over the wire; its first `header_bytes` are the WebSocket's. */
export interface EncodedFrame {
  readonly framed: Buffer;
  readonly header_bytes: number;
}

/** Frames that go out in one write. */
export interface Packet {
  readonly frames: readonly EncodedFrame[];
  readonly bytes: number;
  /** Where it was put together of others, which may have been joined already. */
  readonly parts: readonly Packet[] | null;
  /** All of them in one piece, made by the first who writes it. */
  joined: Buffer | null;
}

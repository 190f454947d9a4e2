/**
 * What one turn of the loop brought to everybody who watches the same topics of a lane, in order. It is handed over
 * whole, so that a chunk costs each watcher nothing; encoded and joined once a codec, by whoever needs it first.
 */
import type { Broadcast } from './broadcast.js';
import type { Packet } from './packet.js';

export class Batch {
  readonly broadcasts: readonly Broadcast[];
  // Filled by the gateway, by the first connection that gets it: when that was, and the frames.
  at: number | null = null;
  json: Packet | null = null;
  msgpack: Packet | null = null;

  constructor(broadcasts: readonly Broadcast[]) {
    this.broadcasts = broadcasts;
  }
}

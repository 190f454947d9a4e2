/** One message on its way to everybody who watches. It is encoded once for all of them, by whoever needs it first. */
import type { Topic, WatchMessage } from '@cuehub/protocol';
import type { Packet } from './packet.js';

export type BroadcastKind = 'fact' | 'state' | 'progress' | 'text' | 'audio' | 'client' | 'snapshot' | 'gap' | 'notice';

/** Which topic a kind belongs to; null for what a subscriber gets in any case. */
const TOPIC_OF: { readonly [kind in BroadcastKind]: Topic | null } = {
  fact: 'task',
  state: 'state',
  progress: 'state',
  text: 'text',
  audio: 'audio',
  client: 'client',
  snapshot: null,
  gap: null,
  notice: null,
};

export class Broadcast {
  readonly message: WatchMessage;
  readonly kind: BroadcastKind;
  readonly topic: Topic | null;
  // Filled by the gateway, by the first connection that gets it: when that was, and the frames.
  at: number | null = null;
  json: Packet | null = null;
  msgpack: Packet | null = null;

  constructor(message: WatchMessage) {
    this.message = message;
    this.kind = kindOf(message);
    this.topic = TOPIC_OF[this.kind];
  }
}

function kindOf(message: WatchMessage): BroadcastKind {
  switch (message.type) {
    case 'event':
      return 'fact';
    case 'chunk':
      return typeof message.data === 'string' ? 'text' : 'audio';
    case 'presence':
      return 'client';
    case 'unsubscribed':
      return 'notice';
    default:
      return message.type;
  }
}

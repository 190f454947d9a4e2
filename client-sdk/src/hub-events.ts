// What `hub.on` can tell, and which topic of a lane brings it.
import type {
  ChunkMessage,
  EventMessage,
  GapMessage,
  PresenceMessage,
  ProgressMessage,
  SnapshotMessage,
  StateMessage,
  Topic,
} from '@cuehub/protocol';
import type { ConnectionClosed, CuehubError } from './errors.js';
import type { CutEvent, WatchEvent } from './lane-view.js';
import type { ConnectionChange } from './session.js';

export interface HubEvents {
  state: StateMessage;
  progress: ProgressMessage;
  task: EventMessage;
  text: ChunkMessage;
  audio: ChunkMessage;
  cut: CutEvent;
  snapshot: SnapshotMessage;
  gap: GapMessage;
  presence: PresenceMessage;
  connection: ConnectionChange;
  /** The client has ended, and will not connect again. */
  closed: ConnectionClosed;
  /** What answers no call: a refused registration or subscription, an error the hub sent by itself. */
  error: CuehubError;
}
export type OwnEvent = 'connection' | 'closed' | 'error';
export type WatchedEvent = Exclude<keyof HubEvents, OwnEvent>;

/** The topic that brings an event. */
export const TOPIC_OF: { [E in WatchedEvent]: Topic } = {
  state: 'state',
  progress: 'state',
  task: 'task',
  text: 'text',
  audio: 'audio',
  cut: 'text',
  snapshot: 'task',
  gap: 'task',
  presence: 'client',
};

/** The kind of message that is one. */
export const KIND_OF: { [E in WatchedEvent]: WatchEvent['type'] } = {
  state: 'state',
  progress: 'progress',
  task: 'event',
  text: 'chunk',
  audio: 'chunk',
  cut: 'cut',
  snapshot: 'snapshot',
  gap: 'gap',
  presence: 'presence',
};

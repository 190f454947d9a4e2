// What this client has seen of one lane: the last fact, the last chunk of each stream, the latest state.
// Drops what comes twice, notices what is missing, and says where text starts anew. Keeps no text itself.
import {
  type ChunkMessage,
  type EventMessage,
  type GapMessage,
  type LaneSnapshot,
  type LaneStatus,
  type Since,
  type SnapshotMessage,
  type StateMessage,
  type StreamFact,
  type WatchMessage,
  isTerminal,
} from '@cuehub/protocol';

/** A stream starts anew: forget its text from this chunk on. Comes before the new chunks, whatever the topics are. */
export interface CutEvent {
  type: 'cut';
  lane: string;
  task_id: string;
  stream: string;
  from_seq: number;
}

/** What `watch` gives: the hub's messages of PROTOCOL §6 without repeats, and `cut`. */
export type WatchEvent = Exclude<WatchMessage, { type: 'unsubscribed' }> | CutEvent;

interface StreamView {
  next_seq: number;
  /** The grant that its last chunk came under. */
  epoch: number;
  /** Where a chunk has shown that the stream started anew, before the fact that tells it. */
  cutAt?: number;
}

/** Streams whose position is remembered, a lane; the longest unused are forgotten first. */
const STREAMS_MAX = 128;

export class LaneView {
  readonly lane: string;
  status: StateMessage | undefined;
  private log: string | undefined;
  private seq = -1;
  private readonly streams = new Map<string, StreamView>();

  constructor(lane: string) {
    this.lane = lane;
  }

  /** Where to go on after a lost connection; undefined when nothing was seen. */
  since(): Since | undefined {
    if (this.log === undefined || this.seq < 0) return undefined;
    const streams: { [key: string]: number } = {};
    for (const [key, stream] of this.streams) if (stream.next_seq > 0) streams[key] = stream.next_seq - 1;
    return { log: this.log, seq: this.seq, streams };
  }

  /** The hub goes on after what we have seen, perhaps under a new log. */
  recovered(log: string, seq: number): void {
    this.log = log;
    if (this.seq < 0) this.seq = seq;
  }

  /** What a snapshot skips of the facts; null when it goes on where we are, or when it cannot be told. */
  missedBy(snapshot: Pick<LaneSnapshot, 'log' | 'seq'>): GapMessage['facts'] {
    const known = this.log === snapshot.log && this.seq >= 0 && snapshot.seq > this.seq;
    return known ? { from_seq: this.seq + 1, to_seq: snapshot.seq } : null;
  }

  /** Whether the snapshot shows what was already seen, fact by fact. */
  isAt(snapshot: Pick<LaneSnapshot, 'log' | 'seq'>): boolean {
    return this.log === snapshot.log && this.seq === snapshot.seq;
  }

  snapshot(snapshot: LaneSnapshot): void {
    this.log = snapshot.log;
    this.seq = snapshot.seq;
    this.status = stateOf(snapshot);
    for (const { task_id, stream, next_seq } of snapshot.streams) {
      this.remember(`${task_id}/${stream}`, { next_seq, epoch: epochIn(snapshot, task_id) });
    }
  }

  /** The events that `message` becomes: none for a repeat, more than one where something else has to be told first. */
  accept(
    message: Exclude<WatchMessage, { type: 'unsubscribed' | 'presence' }>,
  ): Exclude<WatchEvent, { type: 'presence' }>[] {
    switch (message.type) {
      case 'event':
        return this.fact(message);
      case 'chunk':
        return this.chunk(message);
      case 'state':
        this.status = message;
        return [message];
      case 'snapshot':
        this.snapshot(message);
        return [message];
      default:
        return [message];
    }
  }

  private fact(fact: EventMessage): (EventMessage | GapMessage | CutEvent)[] {
    const events: (GapMessage | CutEvent)[] = [];
    if (fact.log === this.log) {
      if (fact.seq <= this.seq) return [];
      if (this.seq >= 0 && fact.seq > this.seq + 1)
        events.push(this.gap('missed', { from_seq: this.seq + 1, to_seq: fact.seq - 1 }));
    }
    this.log = fact.log;
    this.seq = fact.seq;
    if (fact.event === 'stream.opened') events.push(...this.opened(fact));
    return [...events, fact];
  }

  private opened({ task_id, stream, from_seq }: StreamFact): CutEvent[] {
    const view = this.streams.get(`${task_id}/${stream}`);
    if (!view || from_seq === undefined) return [];
    const { cutAt } = view;
    delete view.cutAt;
    // Its chunks were faster than the fact, and the cut was made at the first of them.
    if (from_seq === cutAt || from_seq >= view.next_seq) return [];
    view.next_seq = from_seq;
    return [this.cut(task_id, stream, from_seq)];
  }

  private chunk(chunk: ChunkMessage): (ChunkMessage | CutEvent)[] {
    const key = `${chunk.task_id}/${chunk.stream}`;
    const view = this.streams.get(key);
    if (!view) {
      this.remember(key, { next_seq: chunk.seq + 1, epoch: chunk.epoch });
      return [chunk];
    }
    const anew = chunk.seq < view.next_seq;
    // A chunk that was seen comes again only under a later grant, when the stream was opened anew.
    if (anew && chunk.epoch <= view.epoch) return [];
    const next: StreamView = { next_seq: chunk.seq + 1, epoch: chunk.epoch };
    if (anew) next.cutAt = chunk.seq;
    else if (view.cutAt !== undefined) next.cutAt = view.cutAt;
    this.remember(key, next);
    return anew ? [this.cut(chunk.task_id, chunk.stream, chunk.seq), chunk] : [chunk];
  }

  private remember(key: string, view: StreamView): void {
    this.streams.delete(key);
    this.streams.set(key, view);
    if (this.streams.size <= STREAMS_MAX) return;
    const [oldest] = this.streams.keys();
    if (oldest !== undefined) this.streams.delete(oldest);
  }

  private cut(task_id: string, stream: string, from_seq: number): CutEvent {
    return { type: 'cut', lane: this.lane, task_id, stream, from_seq };
  }

  /** A gap that the hub did not announce, or that its snapshot leaves. */
  gap(reason: string, facts: GapMessage['facts']): GapMessage {
    return { type: 'gap', lane: this.lane, reason, facts, streams: [] };
  }
}

/** The part of a snapshot that a `state` message has. */
export function stateOf(snapshot: LaneSnapshot): StateMessage {
  const { lane, log, seq, state, current_task, queue_size, paused_tasks }: LaneSnapshot & LaneStatus = snapshot;
  return { type: 'state', lane, log, seq, state, current_task, queue_size, paused_tasks };
}

/** The latest grant that a snapshot knows of a task, so that its kept chunks are told from those of a new attempt. */
function epochIn(snapshot: LaneSnapshot, task_id: string): number {
  if (snapshot.current_task?.task_id === task_id) return snapshot.current_task.epoch;
  const waiting = [...snapshot.paused, ...snapshot.queue].find(
    (task) => task.task_id === task_id && !isTerminal(task.state),
  );
  return waiting?.epoch ?? 0;
}

/** A snapshot as a message of its own, whichever way it came. */
export function snapshotMessage(snapshot: LaneSnapshot): SnapshotMessage {
  return { ...snapshot, type: 'snapshot' };
}

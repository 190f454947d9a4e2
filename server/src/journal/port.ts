/**
 * What the hub needs of a journal, whatever keeps it: in memory, on a disk, later in a cluster. Every adapter runs
 * `testing/journal-contract.ts`.
 *
 * Writes answer `undefined` when they are durable (as far as this adapter can be) the moment they return, and a promise
 * otherwise. An adapter in memory never costs a turn of the loop that way. A promise that rejects means that nothing
 * of that write will be there after a restart.
 */
import type { EventMessage } from '@cuehub/protocol';
import type { Lane, LaneRecord } from '../core/index.js';

export type Durable = Promise<void> | undefined;

/** A session that has claims (PROTOCOL §3): enough to give it back after a restart. Never the resume token itself. */
export interface SessionRecord {
  readonly session_id: string;
  readonly principal: string;
  readonly client: { readonly name: string; readonly kind: string; readonly version?: string };
  readonly resume_hash: string;
  /** Of the token before; good until the client has shown that it got the new one. */
  readonly previous_hash: string | null;
  readonly workers: { readonly [lane: string]: readonly string[] };
  readonly lanes: readonly string[];
}

/** A lane as it was when it left memory, or as the fold of its records gives it after a restart. */
export interface LaneState {
  readonly lane: Lane;
  /** The newest facts, oldest first, as far as they are kept for replay. */
  readonly facts: readonly EventMessage[];
  /** Ended tasks that are still known, in the order of their end. */
  readonly ended: readonly string[];
  /** Logs before this one and the `seq` up to which they agree with it. */
  readonly forks: { readonly [log: string]: number };
}

export interface JournalStart {
  /** Epochs up to this one may have been given; the first grant takes the next. */
  readonly epoch: number;
  readonly sessions: readonly SessionRecord[];
  /** Lanes that must be in memory because something waits, runs or is claimed there. */
  readonly lanes: readonly LaneState[];
}

export interface Journal {
  /** Comes before everything else. */
  open(): Promise<JournalStart> | JournalStart;
  /** Identity of the log of a lane that does not exist yet. */
  logFor(lane: string): string;
  append(lane: string, records: readonly LaneRecord[]): Durable;
  /** After it is durable, epochs up to `ceiling` may be given. */
  reserveEpochs(ceiling: number): Durable;
  saveSession(session: SessionRecord): Durable;
  endSession(session_id: string): Durable;
  /** The lane leaves memory. */
  park(lane: string, state: LaneState): void;
  /** A parked lane, as it was; null when there is none of that name. It is parked no longer. */
  unpark(lane: string): LaneState | null;
  /** Drops a parked lane for good. A lane of that name that is made later has another log. */
  forget(lane: string): void;
  close(): Promise<void> | void;
}

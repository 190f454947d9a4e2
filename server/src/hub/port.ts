/**
 * What the hub offers to those who bring requests to it: the WebSocket gateway, the HTTP API and the in-memory link.
 * One request message has one way through the hub, whoever carried it.
 */
import type {
  ClientListMessage,
  ClientRemoveMessage,
  ErrorCode,
  Issue,
  LaneStartMessage,
  LaneStatus,
  LaneStatusMessage,
  LaneStopMessage,
  Replies,
  Since,
  TaskCancelMessage,
  TaskGetMessage,
  TaskListMessage,
  TaskSource,
  TaskSubmitMessage,
  TaskWaitMessage,
  Topic,
  WatchMessage,
} from '@cuehub/protocol';
import type { Access } from '../auth/access.js';
import type { HistoryQuery, TimelineQuery } from '../journal/port.js';

export type { Access };

/** Requests that need no session of their own. */
export type PlainRequest =
  | TaskSubmitMessage
  | TaskCancelMessage
  | TaskGetMessage
  | TaskListMessage
  | TaskWaitMessage
  | LaneStartMessage
  | LaneStopMessage
  | LaneStatusMessage
  | ClientListMessage
  | ClientRemoveMessage;

export interface RequestError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry_after_ms?: number;
  readonly issues?: readonly Issue[];
  /** With `seq_gap`: the chunk that is expected next. */
  readonly expected?: number;
}

/** `ok` carries the fields of the reply, per `Replies` of the protocol. Settles after the journal where PROTOCOL §8 asks for it. */
export type Outcome = { readonly ok: Readonly<Record<string, unknown>> } | { readonly error: RequestError };

export interface WatchOptions {
  /** A lane's name or `*`. */
  readonly lane: string;
  readonly topics: readonly Topic[];
  readonly since?: Since;
}

/** Tasks that are still known or still in the journal. `limit` is at most `list_items_max`. */
export type HistoryRequest = { readonly lane: string } & Omit<HistoryQuery, 'now_ms'>;
export type TimelineRequest = { readonly lane: string } & TimelineQuery;

export interface Watch {
  readonly reply: Replies['subscribe'];
  close(): void;
}

export interface Readiness {
  readonly ready: boolean;
  /** One line a person can act on. */
  readonly reason: string;
  /** Where it is not ready. */
  readonly code?: ErrorCode;
  readonly [detail: string]: unknown;
}

/** What the hub counts, for metrics. Those that end in `_total` only grow. */
export interface HubStats {
  readonly connections: number;
  readonly sessions: number;
  readonly lanes: number;
  /** Tasks that are known, ended ones included. */
  readonly tasks: number;
  readonly waits: number;
  readonly requests_total: number;
  readonly facts_total: number;
  readonly chunks_total: number;
  readonly dispatches_total: number;
  /** Messages of lanes handed to the sockets of those who watch. */
  readonly deliveries_total: number;
}

export interface HubPort {
  readonly info: { readonly name: string; readonly version: string; readonly instance_id: string };
  /** Null when the token is not good. Compares in constant time. */
  authenticate(token: string | undefined): Access | null;
  /** Checks rights, then does what the message asks. Never throws on bad input; the message was parsed at the edge. */
  request(message: PlainRequest, access: Access, source: TaskSource, signal?: AbortSignal): Promise<Outcome>;
  /**
   * Facts, state (and other topics) of a lane from `since` on. `sink` gets messages only after `watch` returned;
   * when it answers false it cannot take more now and the watch ends (`closed` is then called).
   */
  watch(
    access: Access,
    options: WatchOptions,
    sink: (message: WatchMessage) => boolean,
    closed?: () => void,
  ): Watch | { error: RequestError };
  /** Answers `{tasks, next?}` as `HistoryPage` of the journal: the latest submitted first. */
  history(request: HistoryRequest, access: Access, signal?: AbortSignal): Promise<Outcome>;
  /** Answers with the task's facts in order, as `Timeline` of the journal. */
  timeline(request: TimelineRequest, access: Access, signal?: AbortSignal): Promise<Outcome>;
  lanes(access: Access): ({ lane: string; log: string; seq: number } & LaneStatus)[];
  readiness(): Readiness;
  stats(): HubStats;
}

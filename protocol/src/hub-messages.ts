/** Everything the hub sends, as types. */
import type { Holding, RequestId } from './client-messages.js';
import type { ErrorCode, Issue } from './errors.js';
import type {
  By,
  ClientView,
  HeardPositions,
  LaneSnapshot,
  LaneStatus,
  ResumePoint,
  StreamPositions,
  TaskView,
} from './task.js';
import type { FactEvent, Json, Priority, Role, TaskEvent, TaskState } from './words.js';

export interface OkMessage {
  type: 'ok';
  re: RequestId;
  [field: string]: unknown;
}
export interface ErrorMessage {
  type: 'error';
  re?: RequestId;
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retry_after_ms?: number;
  issues?: Issue[];
  /** With `seq_gap`: the chunk that is expected next. */
  expected?: number;
  task_id?: string;
  epoch?: number;
}
export interface Grants {
  roles: Role[];
  lanes: string[];
  max_priority: Priority;
}
export interface WelcomeMessage {
  type: 'welcome';
  re?: RequestId;
  protocol: number;
  hub: { name: string; version: string; instance_id: string };
  session_id: string;
  resume_token: string;
  session_ttl_ms: number;
  resumed: boolean;
  heartbeat_ms: number;
  grants: Grants;
  limits: { [name: string]: number };
  adopted: string[];
  released: string[];
}
export interface HubPingMessage {
  type: 'ping';
  at: number;
}
export interface GoingAwayMessage {
  type: 'going_away';
  reason: string;
  reconnect_after_ms: number;
}

export interface TaskDispatchMessage {
  type: 'task.dispatch';
  lane: string;
  task: TaskView;
  epoch: number;
  attempt: number;
  resume: ResumePoint | null;
}
export interface TaskPauseMessage {
  type: 'task.pause';
  lane: string;
  task_id: string;
  epoch: number;
  grace_ms: number;
  style: 'now' | 'finish';
  by: By | null;
}
export interface TaskResumeMessage {
  type: 'task.resume';
  lane: string;
  task_id: string;
  epoch: number;
  checkpoint: Json;
  streams: StreamPositions;
  heard: HeardPositions;
  paused_ms: number;
  by: By | null;
}
export interface TaskCancelOrder {
  type: 'task.cancel';
  lane: string;
  task_id: string;
  epoch: number;
  reason: string;
  grace_ms: number;
}
export interface TaskRevokedMessage {
  type: 'task.revoked';
  lane: string;
  task_id: string;
  epoch: number;
  reason: string;
}
export interface StreamAckMessage {
  type: 'stream.ack';
  lane: string;
  task_id: string;
  streams: StreamPositions;
}

/** Frames of PROTOCOL §5 that go to one executor. */
export type ExecutorOrder =
  | TaskDispatchMessage
  | TaskPauseMessage
  | TaskResumeMessage
  | TaskCancelOrder
  | TaskRevokedMessage
  | StreamAckMessage;

interface FactBase {
  type: 'event';
  lane: string;
  log: string;
  seq: number;
  at: number;
}
export interface TaskFact extends FactBase {
  event: TaskEvent;
  task: TaskView;
}
export interface StreamFact extends FactBase {
  event: 'stream.opened' | 'stream.closed';
  task_id: string;
  stream: string;
  content_type?: string;
  can_interrupt?: boolean;
  /** With `stream.opened`: the text from this chunk on is new; watchers cut what they have there. */
  from_seq?: number;
  next_seq?: number;
}
export interface HoldFact extends FactBase {
  event: 'hold.taken' | 'hold.released' | 'hold.expired';
  task_id: string;
  hold_id: string;
  reason?: string;
  stream?: string;
  expires_at?: number;
}
export interface LaneFact extends FactBase {
  event: 'lane.started' | 'lane.stopped';
  drain?: boolean;
}
export type EventMessage = TaskFact | StreamFact | HoldFact | LaneFact;

export interface StateMessage extends LaneStatus {
  type: 'state';
  lane: string;
  log: string;
  seq: number;
}
export interface ProgressMessage {
  type: 'progress';
  lane: string;
  task_id: string;
  ratio?: number;
  note?: string;
}
export interface ChunkMessage {
  type: 'chunk';
  lane: string;
  task_id: string;
  stream: string;
  epoch: number;
  seq: number;
  data: string | Uint8Array;
}
export interface PresenceMessage {
  type: 'presence';
  event: 'client.joined' | 'client.left' | 'worker.registered' | 'worker.unregistered';
  client: ClientView;
  /** With `worker.*`. */
  lane?: string;
  names?: string[];
}
export interface SnapshotMessage extends LaneSnapshot {
  type: 'snapshot';
}
export interface GapMessage {
  type: 'gap';
  lane: string;
  reason: string;
  facts: { from_seq: number; to_seq: number } | null;
  streams: { task_id: string; stream: string; from_seq: number; to_seq: number }[];
}
export interface UnsubscribedMessage {
  type: 'unsubscribed';
  lane: string;
  reason: string;
}

/** Frames of PROTOCOL §6. */
export type WatchMessage =
  | EventMessage
  | StateMessage
  | ProgressMessage
  | ChunkMessage
  | PresenceMessage
  | SnapshotMessage
  | GapMessage
  | UnsubscribedMessage;

export type HubMessage =
  | OkMessage
  | ErrorMessage
  | WelcomeMessage
  | HubPingMessage
  | GoingAwayMessage
  | ExecutorOrder
  | WatchMessage;

export type HubMessageType = HubMessage['type'];

/** Fields of `ok` by request, beside `type` and `re`. Requests that are not listed answer with nothing more. */
export interface Replies {
  'task.submit': { task_id: string; state: TaskState; position: number | null; duplicate: boolean };
  'task.cancel': { task: TaskView };
  'task.get': { task: TaskView };
  'task.list': { tasks: TaskView[]; next?: string };
  'task.wait': { task: TaskView };
  'floor.hold': { hold_id: string; expires_at: number };
  'lane.status': { lane: string } & LaneStatus;
  'client.list': { clients: ClientView[] };
  subscribe: {
    lane: string;
    log: string;
    seq: number;
    recovered: boolean;
    snapshot?: LaneSnapshot;
    /** With lane `*`, instead of `log`, `seq` and `recovered`. */
    lanes?: { [lane: string]: { log: string; seq: number; recovered: boolean } };
  };
  ping: { at: number };
  'auth.refresh': { grants: Grants };
}

export type { FactEvent, Holding };

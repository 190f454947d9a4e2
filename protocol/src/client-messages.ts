/** Everything a client may send, as types. The schemas that check it are in `schemas/`. */
import type { TaskError, TaskSubmission } from './task.js';
import type { Json, TaskState, Topic } from './words.js';

/** Chosen by the client, echoed as `re`: a string of 1–64 characters or an unsigned 32-bit integer. */
export type RequestId = string | number;

interface Request {
  id?: RequestId;
}

interface RunFrame extends Request {
  task_id: string;
  epoch: number;
}

export interface Holding {
  task_id: string;
  epoch: number;
}

export interface HelloMessage extends Request {
  type: 'hello';
  /** Protocol version; absent means 1. Anything else closes with 4505. */
  protocol?: number;
  client: { name: string; kind?: string; version?: string };
  token?: string;
  resume?: { session_id: string; resume_token: string };
  holding?: Holding[];
}
export interface AuthRefreshMessage extends Request {
  type: 'auth.refresh';
  token: string;
}
export interface ClientPingMessage extends Request {
  type: 'ping';
  at?: number;
}
export interface PongMessage {
  type: 'pong';
  at?: number;
}

export interface TaskSubmitMessage extends Request {
  type: 'task.submit';
  lane?: string;
  task: TaskSubmission;
}
export interface TaskCancelMessage extends Request {
  type: 'task.cancel';
  lane?: string;
  task_id: string;
  reason?: string;
}
export interface TaskGetMessage extends Request {
  type: 'task.get';
  lane?: string;
  task_id?: string;
  idempotency_key?: string;
}
export interface TaskListMessage extends Request {
  type: 'task.list';
  lane?: string;
  states?: TaskState[];
  limit?: number;
  before?: string;
}
export interface TaskWaitMessage extends Request {
  type: 'task.wait';
  lane?: string;
  task_id: string;
}

export interface WorkerRegisterMessage extends Request {
  type: 'worker.register';
  lane?: string;
  names: string[];
}
export interface WorkerUnregisterMessage extends Request {
  type: 'worker.unregister';
  lane?: string;
  names: string[];
}

export interface TaskPausedMessage extends RunFrame {
  type: 'task.paused';
  checkpoint?: Json;
}
export interface TaskCancelledMessage extends RunFrame {
  type: 'task.cancelled';
}
export interface TaskProgressMessage extends RunFrame {
  type: 'task.progress';
  ratio?: number;
  note?: string;
}
export interface TaskCheckpointMessage extends RunFrame {
  type: 'task.checkpoint';
  checkpoint: Json;
}
export interface TaskCompleteMessage extends RunFrame {
  type: 'task.complete';
  result?: Json;
}
export interface TaskFailMessage extends RunFrame {
  type: 'task.fail';
  error: TaskError;
  retryable?: boolean;
}
export interface FloorHoldMessage extends RunFrame {
  type: 'floor.hold';
  /** Present: renew this hold. Absent: take a new one. */
  hold_id?: string;
  ttl_ms?: number;
  reason?: string;
}
export interface FloorReleaseMessage extends RunFrame {
  type: 'floor.release';
  hold_id: string;
}
export interface StreamOpenMessage extends RunFrame {
  type: 'stream.open';
  stream?: string;
  content_type?: string;
  can_interrupt?: boolean;
  from_seq?: number;
  /** Why the stream may not be cut; shown with the hold. */
  reason?: string;
}
export interface StreamChunkMessage extends RunFrame {
  type: 'stream.chunk';
  stream?: string;
  seq: number;
  data: string | Uint8Array;
}
export interface StreamCloseMessage extends RunFrame {
  type: 'stream.close';
  stream?: string;
}
export interface StreamHeardMessage extends Request {
  type: 'stream.heard';
  lane?: string;
  task_id: string;
  stream?: string;
  seq: number;
  sink?: string;
}

/** Position of a watcher: the last fact and, by `TASK_ID/STREAM`, the last chunk it has seen. */
export interface Since {
  log: string;
  seq: number;
  streams?: { [task_and_stream: string]: number };
}
export interface SubscribeMessage extends Request {
  type: 'subscribe';
  /** A lane's name, or `*` for all that the token may see. */
  lane?: string;
  topics?: Topic[];
  /** With lane `*`: a map by lane. */
  since?: Since | { [lane: string]: Since };
}
export interface UnsubscribeMessage extends Request {
  type: 'unsubscribe';
  lane?: string;
}
export interface WatchPauseMessage extends Request {
  type: 'watch.pause';
}
export interface WatchResumeMessage extends Request {
  type: 'watch.resume';
}

export interface LaneStartMessage extends Request {
  type: 'lane.start';
  lane?: string;
}
export interface LaneStopMessage extends Request {
  type: 'lane.stop';
  lane?: string;
  drain?: boolean;
}
export interface LaneStatusMessage extends Request {
  type: 'lane.status';
  lane?: string;
}
export interface ClientListMessage extends Request {
  type: 'client.list';
}
export interface ClientRemoveMessage extends Request {
  type: 'client.remove';
  session_id: string;
}

export type ExecutorMessage =
  | TaskPausedMessage
  | TaskCancelledMessage
  | TaskProgressMessage
  | TaskCheckpointMessage
  | TaskCompleteMessage
  | TaskFailMessage
  | FloorHoldMessage
  | FloorReleaseMessage
  | StreamOpenMessage
  | StreamChunkMessage
  | StreamCloseMessage;

export type ClientMessage =
  | HelloMessage
  | AuthRefreshMessage
  | ClientPingMessage
  | PongMessage
  | TaskSubmitMessage
  | TaskCancelMessage
  | TaskGetMessage
  | TaskListMessage
  | TaskWaitMessage
  | WorkerRegisterMessage
  | WorkerUnregisterMessage
  | ExecutorMessage
  | StreamHeardMessage
  | SubscribeMessage
  | UnsubscribeMessage
  | WatchPauseMessage
  | WatchResumeMessage
  | LaneStartMessage
  | LaneStopMessage
  | LaneStatusMessage
  | ClientListMessage
  | ClientRemoveMessage;

export type ClientMessageType = ClientMessage['type'];

/** What a task looks like: as it is submitted, as the hub tells it, and the states around it. */
import type {
  Executor,
  Json,
  Mode,
  OnInterrupt,
  Preempt,
  Priority,
  PriorityLevel,
  TaskState,
  WaitingFor,
} from './words.js';

export interface Dedupe {
  key: string;
  mode: 'keep' | 'replace';
}

/** The `task` of a `task.submit` (and the body of `POST /v1/lanes/:lane/tasks`). Only `name` is needed. */
export interface TaskSubmission {
  name: string;
  args?: Json;
  priority?: Priority | PriorityLevel;
  idempotency_key?: string;
  preempt?: Preempt;
  interruptible?: boolean;
  on_interrupt?: OnInterrupt;
  executor?: Executor;
  ttl_ms?: number;
  resume_ttl_ms?: number;
  timeout_ms?: number;
  max_attempts?: number;
  pause_grace_ms?: number;
  dedupe?: Dedupe;
  parent_id?: string;
  call?: boolean;
  meta?: { readonly [key: string]: Json };
}

/** A submission with every default applied (PROTOCOL §4): what the scheduler is given. `resolveTask` makes it. */
export interface ResolvedTask {
  name: string;
  args?: Json;
  meta?: { readonly [key: string]: Json };
  priority: PriorityLevel;
  idempotency_key?: string;
  preempt: Preempt;
  interruptible: boolean;
  on_interrupt: OnInterrupt;
  executor: Executor;
  ttl_ms?: number;
  resume_ttl_ms?: number;
  timeout_ms: number;
  max_attempts: number;
  pause_grace_ms: number;
  dedupe?: Dedupe;
  parent_id?: string;
  call: boolean;
}

export interface TaskSource {
  session_id: string;
  client_name: string;
  kind: string;
}

export interface TaskError {
  code: string;
  message: string;
}

export interface Deferred {
  reason: 'hold' | 'not_interruptible';
  by_task_id: string;
}

/** A task as the hub tells it. `args` and `meta` only in `task.queued`, `task.started`, `task.dispatch`, `task.get`. */
export interface TaskView {
  task_id: string;
  lane: string;
  name: string;
  args?: Json;
  meta?: { readonly [key: string]: Json };
  priority: Priority;
  preempt: Preempt;
  interruptible: boolean;
  on_interrupt: OnInterrupt;
  executor: Executor;
  ttl_ms?: number;
  resume_ttl_ms?: number;
  timeout_ms: number;
  max_attempts: number;
  pause_grace_ms: number;
  dedupe?: Dedupe;
  parent_id?: string;
  call?: boolean;
  idempotency_key?: string;
  state: TaskState;
  reason?: string;
  deferred?: Deferred;
  waiting_for?: WaitingFor;
  /** Starts so far; 0 before the first. */
  attempt: number;
  /** Epoch of the latest grant; 0 before the first. */
  epoch: number;
  source: TaskSource;
  submitted_at: number;
  started_at?: number;
  ended_at?: number;
  running_ms: number;
  paused_ms: number;
  interruptions: number;
  result?: Json;
  error?: TaskError;
}

export interface LaneStateView {
  mode: Mode;
  started: boolean;
  streaming: boolean;
  can_interrupt: boolean;
  tasks_queued: number;
  tasks_paused: number;
  tasks_deferred: number;
  tasks_completed: number;
}

export interface CurrentTask {
  task_id: string;
  name: string;
  priority: Priority;
  interruptible: boolean;
  state: TaskState;
  epoch: number;
  started_at: number;
  /** Seconds of running time so far. */
  running_for: number;
}

/** What `state` messages, `lane.status` and `GET /clone/orchestrator/status` have in common. */
export interface LaneStatus {
  state: LaneStateView;
  current_task: CurrentTask | null;
  queue_size: number;
  paused_tasks: number;
}

/** Next expected chunk by stream name. */
export type StreamPositions = { [stream: string]: number };
/** Last chunk that was heard, by stream and sink. */
export type HeardPositions = { [stream: string]: { [sink: string]: number } };

/** Who displaces a task; null when the lane is being stopped. */
export interface By {
  task_id: string;
  name: string;
  priority: Priority;
}

/** `resume` of a dispatch: from where a later attempt goes on. */
export interface ResumePoint {
  checkpoint: Json;
  checkpoint_streams: StreamPositions;
  streams: StreamPositions;
  heard: HeardPositions;
}

export interface StreamSnapshot {
  task_id: string;
  stream: string;
  content_type: string;
  next_seq: number;
  /** The last 64 KiB of what was streamed so far. */
  text: string;
  /** Sequence number of the first chunk in `text`; equal to `next_seq` when there is none. */
  text_from: number;
}

export interface ClientView {
  session_id: string;
  name: string;
  kind: string;
  version?: string;
  connected: boolean;
  roles: readonly string[];
  /** Task names the client registered for, by lane. */
  workers: { [lane: string]: readonly string[] };
}

export interface LaneSnapshot extends LaneStatus {
  lane: string;
  log: string;
  seq: number;
  queue: TaskView[];
  paused: TaskView[];
  streams: StreamSnapshot[];
  clients?: ClientView[];
}

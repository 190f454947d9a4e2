// Owns: how a test names what it reads off the wire, and how it matches it. Written from the contract's page alone, so
// nothing here comes from the hub's own packages.
// Leaves to others: sockets (raw-client.ts) and what the frames should say (the tests).
//
// Every field is declared present: a field that the hub left out reads as undefined and fails the assertion about it,
// which is what a conformance test wants, and keeps the tests free of `?.`.

export type Codec = 'json' | 'msgpack';
export const CODECS: readonly Codec[] = ['json', 'msgpack'];

export type Priority = 'URGENT' | 'HIGH' | 'MEDIUM' | 'LOW' | 'BACKGROUND';
export type Id = string | number;
export type Fields = Record<string, unknown>;

export interface Issue {
  path: string;
  message: string;
}

/** A task as the hub tells it (§4). */
export interface Task {
  task_id: string;
  lane: string;
  name: string;
  args: unknown;
  meta: unknown;
  priority: Priority;
  idempotency_key: string;
  parent_id: string;
  interruptible: boolean;
  state: string;
  reason: string;
  deferred: { reason: string; by_task_id: string };
  waiting_for: string;
  attempt: number;
  epoch: number;
  source: { session_id: string; client_name: string; kind: string };
  submitted_at: number;
  started_at: number;
  ended_at: number;
  running_ms: number;
  paused_ms: number;
  interruptions: number;
  result: unknown;
  error: { code: string; message: string };
}

export interface LaneState {
  mode: 'idle' | 'busy' | 'streaming';
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
  state: string;
  epoch: number;
  started_at: number;
  running_for: number;
}

export interface StreamText {
  task_id: string;
  stream: string;
  content_type: string;
  next_seq: number;
  text: string;
  text_from: number;
}

export interface Snapshot {
  lane: string;
  log: string;
  seq: number;
  state: LaneState;
  current_task: CurrentTask | null;
  queue_size: number;
  paused_tasks: number;
  queue: Task[];
  paused: Task[];
  streams: StreamText[];
  clients: Fields[];
}

export interface Resume {
  checkpoint: unknown;
  checkpoint_streams: Record<string, number>;
  streams: Record<string, number>;
  heard: Record<string, Record<string, number>>;
}

/** Any message of the hub. */
export interface Frame {
  type: string;
  re: Id;
  // errors
  code: string;
  message: string;
  retryable: boolean;
  retry_after_ms: number;
  issues: Issue[];
  expected: number;
  // handshake
  protocol: number;
  hub: { name: string; version: string; instance_id: string };
  session_id: string;
  resume_token: string;
  session_ttl_ms: number;
  resumed: boolean;
  heartbeat_ms: number;
  grants: { roles: string[]; lanes: string[]; max_priority: Priority };
  limits: { frame_bytes_max: number; subscriptions_max: number };
  adopted: string[];
  released: string[];
  reconnect_after_ms: number;
  // tasks
  task_id: string;
  task: Task;
  tasks: Task[];
  next: unknown;
  position: number | null;
  duplicate: boolean;
  // executors
  epoch: number;
  attempt: number;
  resume: Resume | null;
  checkpoint: unknown;
  streams: Record<string, number>;
  heard: Record<string, Record<string, number>>;
  paused_ms: number;
  grace_ms: number;
  style: 'now' | 'finish';
  by: { task_id: string; name: string; priority: Priority };
  reason: string;
  hold_id: string;
  expires_at: number;
  // watching
  lane: string;
  log: string;
  seq: number;
  at: number;
  event: string;
  recovered: boolean;
  snapshot: Snapshot;
  lanes: Record<string, { log: string; seq: number; recovered: boolean }>;
  state: LaneState;
  current_task: CurrentTask | null;
  queue_size: number;
  paused_tasks: number;
  stream: string;
  from_seq: number;
  data: string | Uint8Array;
  ratio: number;
  note: string;
  facts: { from_seq: number; to_seq: number } | null;
  clients: Fields[];
}

/** A frame, or the part of it that a test insists on: objects match when they contain the pattern. */
export type Pattern = Fields | ((frame: Frame) => boolean);

export function matches(actual: unknown, pattern: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return Object.is(actual, pattern);
  if (Array.isArray(pattern)) {
    return (
      Array.isArray(actual) &&
      actual.length === pattern.length &&
      pattern.every((part, at) => matches(actual[at], part))
    );
  }
  if (typeof actual !== 'object' || actual === null) return false;
  const fields = new Map(Object.entries(actual));
  return Object.entries(pattern).every(([name, part]) => matches(fields.get(name), part));
}

export function fits(frame: Frame, pattern: Pattern): boolean {
  return typeof pattern === 'function' ? pattern(frame) : matches(frame, pattern);
}

/**
 * The vocabulary of the protocol: priorities, states, events, modes, topics.
 * Owns the closed lists; the shapes that use them live in `task.ts` and the two message files.
 */

/** Payload value in both encodings. Integers within ±(2^53−1); no `undefined`, NaN or dates. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const PROTOCOL_VERSION = 1;

export const SUBPROTOCOL_JSON = 'cuehub.v1.json';
export const SUBPROTOCOL_MSGPACK = 'cuehub.v1.msgpack';

/** Names in order of urgency; the place in the list plus one is the number on the wire. */
export const PRIORITIES = ['URGENT', 'HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'] as const;
export type Priority = (typeof PRIORITIES)[number];
/** 1 is URGENT, 5 is BACKGROUND. */
export type PriorityLevel = 1 | 2 | 3 | 4 | 5;

export function levelOf(priority: Priority): PriorityLevel {
  return (PRIORITIES.indexOf(priority) + 1) as PriorityLevel;
}

export function priorityOf(level: PriorityLevel): Priority {
  return PRIORITIES[level - 1] as Priority;
}

export const TASK_STATES = [
  'queued',
  'running',
  'pausing',
  'cancelling',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'expired',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const TERMINAL_STATES = ['completed', 'failed', 'cancelled', 'expired'] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];

export function isTerminal(state: TaskState): state is TerminalState {
  return state === 'completed' || state === 'failed' || state === 'cancelled' || state === 'expired';
}

export const PREEMPT_STYLES = ['interrupt', 'finish', 'queue'] as const;
export type Preempt = (typeof PREEMPT_STYLES)[number];

export const ON_INTERRUPT = ['pause', 'restart', 'drop'] as const;
export type OnInterrupt = (typeof ON_INTERRUPT)[number];

export const EXECUTORS = ['worker', 'self'] as const;
export type Executor = (typeof EXECUTORS)[number];

/** Why a waiting task waits. */
export const WAITING_FOR = ['floor', 'hold', 'worker', 'start', 'session', 'child', 'retry'] as const;
export type WaitingFor = (typeof WAITING_FOR)[number];

export const TOPICS = ['state', 'task', 'text', 'audio', 'client'] as const;
export type Topic = (typeof TOPICS)[number];
export const DEFAULT_TOPICS: readonly Topic[] = ['state', 'task'];

export const MODES = ['idle', 'busy', 'streaming'] as const;
export type Mode = (typeof MODES)[number];

export const ROLES = ['producer', 'worker', 'observer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

export const TASK_EVENTS = [
  'task.queued',
  'task.deferred',
  'task.started',
  'task.pausing',
  'task.cancelling',
  'task.paused',
  'task.resumed',
  'task.completed',
  'task.failed',
  'task.retrying',
  'task.cancelled',
  'task.expired',
] as const;
export type TaskEvent = (typeof TASK_EVENTS)[number];

export const STREAM_EVENTS = ['stream.opened', 'stream.closed'] as const;
export const HOLD_EVENTS = ['hold.taken', 'hold.released', 'hold.expired'] as const;
export const LANE_EVENTS = ['lane.started', 'lane.stopped'] as const;

/** The numbered facts of a lane (PROTOCOL §6). */
export const FACT_EVENTS = [...TASK_EVENTS, ...STREAM_EVENTS, ...HOLD_EVENTS, ...LANE_EVENTS] as const;
export type FactEvent = (typeof FACT_EVENTS)[number];

export const PRESENCE_EVENTS = ['client.joined', 'client.left', 'worker.registered', 'worker.unregistered'] as const;
export type PresenceEvent = (typeof PRESENCE_EVENTS)[number];

export const DEFAULT_LANE = 'main';
export const DEFAULT_STREAM = 'main';
export const DEFAULT_CONTENT_TYPE = 'text/plain';
export const ALL_LANES = '*';

// Messages of a hub for tests: each has what the protocol asks for, and the test names only what it is about.
import type { CutEvent } from '@cuehub/client';
import {
  type ChunkMessage,
  type LaneSnapshot,
  type LaneStateView,
  type Priority,
  resolveTask,
  type SnapshotMessage,
  type StateMessage,
  type StreamFact,
  type TaskEvent,
  type TaskFact,
  type TaskState,
  type TaskView,
} from '@cuehub/protocol';

export const IDLE: LaneStateView = {
  mode: 'idle',
  started: true,
  streaming: false,
  can_interrupt: true,
  tasks_queued: 0,
  tasks_paused: 0,
  tasks_deferred: 0,
  tasks_completed: 0,
};

const fact = { type: 'event', lane: 'main', log: 'log-1', seq: 1, at: 1_000 } as const;

const STATE_AFTER: Partial<Record<TaskEvent, TaskState>> = {
  'task.queued': 'queued',
  'task.pausing': 'pausing',
  'task.cancelling': 'cancelling',
  'task.paused': 'paused',
  'task.completed': 'completed',
  'task.failed': 'failed',
  'task.cancelled': 'cancelled',
  'task.expired': 'expired',
};

export function taskView(task_id: string, name: string, priority: Priority = 'MEDIUM'): TaskView {
  const { call: _, ...settings } = resolveTask({ name });
  return {
    task_id,
    lane: 'main',
    ...settings,
    priority,
    state: 'running',
    attempt: 1,
    epoch: 1,
    source: { session_id: 'session-1', client_name: 'fido-voice', kind: 'voice' },
    submitted_at: 1_000,
    running_ms: 0,
    paused_ms: 0,
    interruptions: 0,
  };
}

export function taskFact(event: TaskEvent, task: TaskView): TaskFact {
  return { ...fact, event, task: { ...task, state: STATE_AFTER[event] ?? 'running' } };
}

export function streamFact(event: StreamFact['event'], task: TaskView, more: Partial<StreamFact> = {}): StreamFact {
  return { ...fact, event, task_id: task.task_id, stream: 'main', ...more };
}

export function cut(task: TaskView, from_seq: number): CutEvent {
  return { type: 'cut', lane: 'main', task_id: task.task_id, stream: 'main', from_seq };
}

export function chunk(task: TaskView, seq: number, data: string | Uint8Array): ChunkMessage {
  return { type: 'chunk', lane: 'main', task_id: task.task_id, stream: 'main', epoch: 1, seq, data };
}

function status(holder: TaskView | null, state: Partial<LaneStateView>) {
  const current_task =
    holder === null
      ? null
      : {
          task_id: holder.task_id,
          name: holder.name,
          priority: holder.priority,
          interruptible: true,
          state: holder.state,
          epoch: 1,
          started_at: 1_000,
          running_for: 0,
        };
  const mode = holder === null ? ('idle' as const) : ('busy' as const);
  return { state: { ...IDLE, mode, ...state }, current_task, queue_size: 0, paused_tasks: 0 };
}

export function stateMessage(holder: TaskView | null, state: Partial<LaneStateView> = {}): StateMessage {
  return { type: 'state', lane: 'main', log: 'log-1', seq: 1, ...status(holder, state) };
}

export function snapshot(
  holder: TaskView | null,
  state: Partial<LaneStateView> = {},
  more: Partial<LaneSnapshot> = {},
): SnapshotMessage {
  return {
    type: 'snapshot',
    lane: 'main',
    log: 'log-1',
    seq: 1,
    queue: [],
    paused: [],
    streams: [],
    ...status(holder, state),
    ...more,
  };
}

export function streamSnapshot(task: TaskView, text: string, next_seq: number, text_from = 0) {
  return { task_id: task.task_id, stream: 'main', content_type: 'text/plain', next_seq, text, text_from };
}

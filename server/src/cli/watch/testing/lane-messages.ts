/** Messages of a lane as the tests of the live view need them. */
import type { WatchEvent } from '@cuehub/client';
import {
  type ChunkMessage,
  type CurrentTask,
  type LaneStatus,
  resolveTask,
  type StateMessage,
  type TaskFact,
  type TaskView,
} from '@cuehub/protocol';

export function makeTask(fields: Partial<TaskView> & { task_id: string }): TaskView {
  const { call: _, ...settings } = resolveTask({ name: 'chat_response' });
  return {
    lane: 'main',
    ...settings,
    priority: 'MEDIUM',
    state: 'queued',
    attempt: 0,
    epoch: 0,
    source: { session_id: 's1', client_name: 'test', kind: 'test' },
    submitted_at: 0,
    running_ms: 0,
    paused_ms: 0,
    interruptions: 0,
    ...fields,
  };
}

let seq = 0;

export function fact(event: TaskFact['event'], task: Partial<TaskView> & { task_id: string }): TaskFact {
  seq += 1;
  return {
    type: 'event',
    lane: 'main',
    log: 'log-1',
    seq,
    at: Date.UTC(2026, 0, 1, 12, 0, seq),
    event,
    task: makeTask(task),
  };
}

export function chunk(task_id: string, number: number, data: string): ChunkMessage {
  return { type: 'chunk', lane: 'main', task_id, stream: 'main', epoch: 1, seq: number, data };
}

export function current(fields: Partial<CurrentTask>): CurrentTask {
  return {
    task_id: 't1',
    name: 'chat_response',
    priority: 'MEDIUM',
    interruptible: true,
    state: 'running',
    epoch: 1,
    started_at: 0,
    running_for: 2,
    ...fields,
  };
}

export function state(
  fields: Partial<LaneStatus['state']>,
  rest: Partial<Omit<LaneStatus, 'state'>> = {},
): StateMessage {
  return {
    type: 'state',
    lane: 'main',
    log: 'log-1',
    seq,
    state: {
      mode: 'idle',
      started: true,
      streaming: false,
      can_interrupt: true,
      tasks_queued: 0,
      tasks_paused: 0,
      tasks_deferred: 0,
      tasks_completed: 0,
      ...fields,
    },
    current_task: null,
    queue_size: 0,
    paused_tasks: 0,
    ...rest,
  };
}

export function snapshot(rest: {
  queue?: TaskView[];
  paused?: TaskView[];
  streams?: Extract<WatchEvent, { type: 'snapshot' }>['streams'];
}) {
  const { type: _, ...status } = state({});
  return { ...status, type: 'snapshot' as const, queue: [], paused: [], streams: [], ...rest };
}

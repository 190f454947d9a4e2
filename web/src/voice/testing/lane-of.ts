// A lane as the hub would tell it, message by message.
import type { WatchEvent } from '@cuehub/client';
import type { Priority, TaskEvent, TaskView } from '@cuehub/protocol';
import { chunk, streamFact, taskFact, taskView } from '../../overlay/testing/messages.js';
import { EMPTY_LANE, type Lane, takeMessage } from '../lane.js';

export function laneAfter(...messages: readonly WatchEvent[]): Lane {
  return more(EMPTY_LANE, ...messages);
}

export function more(lane: Lane, ...messages: readonly WatchEvent[]): Lane {
  return messages.reduce(takeMessage, lane);
}

/** The messages of a task that runs and has said this, chunk by chunk. */
export function says(task: TaskView, ...chunks: readonly string[]): WatchEvent[] {
  return [
    taskFact('task.started', task),
    streamFact('stream.opened', task),
    ...chunks.map((data, seq) => chunk(task, seq, data)),
  ];
}

export function becomes(task: TaskView, event: TaskEvent, fields: Partial<TaskView> = {}): WatchEvent {
  const fact = taskFact(event, task);
  return { ...fact, task: { ...fact.task, ...fields } };
}

export function reply(task_id = 'reply', priority: Priority = 'MEDIUM'): TaskView {
  return taskView(task_id, 'chat_response', priority);
}

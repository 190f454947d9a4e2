/** What a message of a lane says, in one line for a person. */
import type { WatchEvent } from '@cuehub/client';
import type { EventMessage, TaskView } from '@cuehub/protocol';
import { clean } from './cells.js';

export interface EventLine {
  /** Unix milliseconds by the hub's clock; undefined where the message has no time. */
  readonly at: number | undefined;
  readonly name: string;
  readonly detail: string;
  /** Told where there is room for it, and where somebody may want to copy it. */
  readonly task_id: string | undefined;
  /** The task it is about, to give the line that task's colour. */
  readonly task: Titled | undefined;
}

/** As much of a task as its colour and name need. */
export type Titled = Pick<TaskView, 'priority' | 'name'>;
export type FindTask = (task_id: string) => Titled | undefined;

/** Null for what is no news by itself: a snapshot, a cut in a text. */
export function eventLine(message: WatchEvent, find: FindTask): EventLine | null {
  switch (message.type) {
    case 'event':
      return factLine(message, find);
    case 'state': {
      const { state, current_task, queue_size, paused_tasks } = message;
      const holder = current_task === null ? 'nobody has the floor' : `${title(current_task)} has the floor`;
      const floor = state.started ? holder : `stopped, ${holder}`;
      return line(undefined, 'state', `${state.mode}: ${floor}; ${queue_size} queued, ${paused_tasks} paused`);
    }
    case 'chunk': {
      const data = typeof message.data === 'string' ? JSON.stringify(message.data) : `${message.data.length} bytes`;
      const chunk = line(undefined, 'chunk', `${nameOf(message.task_id, find)} ${data}`);
      return { ...chunk, task: find(message.task_id), task_id: message.task_id };
    }
    case 'progress': {
      const ratio = message.ratio === undefined ? '' : ` ${Math.round(message.ratio * 100)} %`;
      return line(undefined, 'progress', `${nameOf(message.task_id, find)}${ratio} ${message.note ?? ''}`);
    }
    case 'presence':
      return line(undefined, message.event, `${message.client.name} ${(message.names ?? []).join(', ')}`);
    case 'gap':
      return line(undefined, 'gap', `some events were left out (${message.reason})`);
    case 'cut':
    case 'snapshot':
      return null;
  }
}

function factLine(fact: EventMessage, find: FindTask): EventLine {
  if ('task' in fact) {
    const detail = [title(fact.task), taskDetail(fact.task)].filter(Boolean).join(' ');
    return { ...line(fact.at, fact.event, detail), task: fact.task, task_id: fact.task.task_id };
  }
  if ('task_id' in fact) {
    const reason = 'reason' in fact && fact.reason !== undefined ? ` (${fact.reason})` : '';
    const what = 'stream' in fact && fact.stream !== undefined ? ` ${fact.stream}` : '';
    const detail = `${nameOf(fact.task_id, find)}${what}${reason}`;
    return { ...line(fact.at, fact.event, detail), task: find(fact.task_id), task_id: fact.task_id };
  }
  return line(fact.at, fact.event, fact.drain === true ? 'the holder may finish' : '');
}

function line(at: number | undefined, name: string, detail: string): EventLine {
  return { at, name, detail: clean(detail).trim(), task: undefined, task_id: undefined };
}

export function title(task: Titled): string {
  return `${task.priority} ${task.name}`;
}

function nameOf(task_id: string, find: FindTask): string {
  const task = find(task_id);
  return task === undefined ? task_id : title(task);
}

function taskDetail(task: TaskView): string {
  const parts: string[] = [];
  if (task.deferred !== undefined)
    parts.push(
      `deferred: ${task.deferred.reason === 'hold' ? 'the floor is held' : 'the holder may not be interrupted'}`,
    );
  if (task.reason !== undefined) parts.push(task.reason);
  if (task.error !== undefined) parts.push(`${task.error.code}: ${task.error.message}`);
  if (task.attempt > 1) parts.push(`attempt ${task.attempt}`);
  return parts.length === 0 ? '' : `(${parts.join(', ')})`;
}

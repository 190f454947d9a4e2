// What a fact says, in words for people.
import type { EventMessage, TaskView } from '@cuehub/protocol';
import { duration } from './format.js';

export interface FactWords {
  /** The fact's name on the wire. */
  readonly event: string;
  readonly detail: string;
  readonly task_id: string | null;
}

export function factWords(fact: EventMessage): FactWords {
  if ('task' in fact)
    return { event: fact.event, detail: taskDetail(fact.event, fact.task), task_id: fact.task.task_id };
  if (!('task_id' in fact)) {
    return { event: fact.event, detail: fact.drain === true ? 'after the holder has finished' : '', task_id: null };
  }
  const { event, task_id } = fact;
  if (!('hold_id' in fact)) {
    const protectedWords = fact.can_interrupt === false ? ', may not be interrupted' : '';
    const place = event === 'stream.opened' ? ` from chunk ${fact.from_seq ?? 0}` : ` at chunk ${fact.next_seq ?? 0}`;
    return { event, task_id, detail: `${fact.stream}${place}${protectedWords}` };
  }
  const what = fact.stream === undefined ? '' : `stream ${fact.stream}`;
  const reason = fact.reason === undefined ? '' : `“${fact.reason}”`;
  const lease = fact.expires_at === undefined ? '' : `for ${duration(fact.expires_at - fact.at)} unless renewed`;
  return { event, task_id, detail: [what, reason, lease].filter(Boolean).join(', ') };
}

function taskDetail(event: string, task: TaskView): string {
  const parts: string[] = [];
  if (event === 'task.deferred' && task.deferred !== undefined) {
    parts.push(task.deferred.reason === 'hold' ? 'the floor is held' : 'the holder is not interruptible');
  } else if (task.reason !== undefined) parts.push(task.reason.replaceAll('_', ' '));
  if (task.error !== undefined) parts.push(`${task.error.code}: ${task.error.message}`);
  if (event === 'task.started' || event === 'task.resumed') parts.push(`epoch ${task.epoch}`);
  if (task.attempt > 1) parts.push(`attempt ${task.attempt} of ${task.max_attempts}`);
  if (event === 'task.completed') parts.push(`ran ${duration(task.running_ms)}`);
  return parts.join(', ');
}

/** Which task an order or a fact is about. */
import type { EventMessage, ExecutorOrder } from '@cuehub/protocol';

export function taskOf(order: ExecutorOrder): string {
  return order.type === 'task.dispatch' ? order.task.task_id : order.task_id;
}

export function nameOf(fact: EventMessage): string {
  if ('task' in fact) return `${fact.event} ${fact.task.task_id}`;
  if ('task_id' in fact) return `${fact.event} ${fact.task_id}`;
  return fact.event;
}

// A lane's facts for tests: numbered and timed as they are told, so that a test says only what happens and when.
import type { EventMessage, HoldFact, Priority, TaskEvent, TaskFact, TaskState, TaskView } from '@cuehub/protocol';
import { taskView } from '../../overlay/testing/messages.js';

const STATES: { readonly [event in TaskEvent]: TaskState } = {
  'task.queued': 'queued',
  'task.deferred': 'queued',
  'task.started': 'running',
  'task.pausing': 'pausing',
  'task.cancelling': 'cancelling',
  'task.paused': 'paused',
  'task.resumed': 'running',
  'task.completed': 'completed',
  'task.failed': 'failed',
  'task.retrying': 'queued',
  'task.cancelled': 'cancelled',
  'task.expired': 'expired',
};
const ENDS: readonly TaskState[] = ['completed', 'failed', 'cancelled', 'expired'];

export class Script {
  readonly facts: EventMessage[] = [];
  readonly #tasks = new Map<string, TaskView>();
  #seq = 0;
  #epoch = 0;

  #base(at: number): { type: 'event'; lane: string; log: string; seq: number; at: number } {
    this.#seq += 1;
    return { type: 'event', lane: 'main', log: 'log-1', seq: this.#seq, at };
  }

  /** `more` is what the hub would say of the task besides. */
  task(
    at: number,
    event: TaskEvent,
    task_id: string,
    priority: Priority = 'MEDIUM',
    more: Partial<TaskView> = {},
  ): TaskFact {
    const known = this.#tasks.get(task_id) ?? { ...taskView(task_id, `name-${task_id}`, priority), submitted_at: at };
    const state = STATES[event];
    const task: TaskView = { ...known, state, ...more };
    delete task.reason;
    if (more.reason !== undefined) task.reason = more.reason;
    if (event === 'task.started' || event === 'task.resumed') {
      this.#epoch += 1;
      task.epoch = this.#epoch;
      task.started_at ??= at;
    }
    if (ENDS.includes(state)) task.ended_at = at;
    this.#tasks.set(task_id, task);
    const fact: TaskFact = { ...this.#base(at), event, task };
    this.facts.push(fact);
    return fact;
  }

  hold(at: number, event: HoldFact['event'], task_id: string, more: Partial<HoldFact> = {}): HoldFact {
    const fact: HoldFact = { ...this.#base(at), event, task_id, hold_id: 'hold-1', ...more };
    this.facts.push(fact);
    return fact;
  }

  lane(at: number, event: 'lane.started' | 'lane.stopped'): EventMessage {
    const fact: EventMessage = { ...this.#base(at), event };
    this.facts.push(fact);
    return fact;
  }

  view(task_id: string): TaskView {
    const task = this.#tasks.get(task_id);
    if (task === undefined) throw new Error(`the script has no task ${task_id}`);
    return task;
  }

  of(task_id: string): EventMessage[] {
    return this.facts.filter(
      (fact) => ('task' in fact ? fact.task.task_id : 'task_id' in fact && fact.task_id) === task_id,
    );
  }
}

/** A reply that an urgent command interrupts, once: at 10 it starts, from 20 to 30 the command has the floor, at 40 it ends. */
export function interruption(): Script {
  const script = new Script();
  script.task(10, 'task.queued', 'reply');
  script.task(10, 'task.started', 'reply');
  script.task(18, 'task.queued', 'command', 'URGENT');
  script.task(18, 'task.pausing', 'reply');
  script.task(20, 'task.paused', 'reply', 'MEDIUM', { reason: 'interrupted', interruptions: 1 });
  script.task(20, 'task.started', 'command', 'URGENT');
  script.task(30, 'task.completed', 'command', 'URGENT');
  script.task(30, 'task.resumed', 'reply');
  script.task(40, 'task.completed', 'reply', 'MEDIUM', { paused_ms: 10, running_ms: 20 });
  return script;
}

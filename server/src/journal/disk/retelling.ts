/**
 * One task as its own records tell it, without the rest of its lane: the facts they were, and how it looked after them.
 * What was only of the moment (what it waited for) is left out.
 */
import type { EventMessage, TaskView } from '@cuehub/protocol';
import { createLane, factOf, fold, type Lane, type LaneRecord, taskView } from '../../core/index.js';

export interface RetellingOptions {
  readonly lane: string;
  readonly log: string;
  readonly config: Lane['config'];
}

export class Retelling {
  readonly #lane: Lane;
  readonly #task_id: string;

  constructor(options: RetellingOptions, task_id: string) {
    this.#lane = createLane(options);
    this.#task_id = task_id;
  }

  /** The fact that the record is; null for one that is none, or is about another task. */
  add(record: LaneRecord): EventMessage | null {
    if (record.seq === undefined || !('task_id' in record) || record.task_id !== this.#task_id) return null;
    fold(this.#lane, record);
    const fact = factOf(this.#lane, record, record.at);
    if (fact !== null && 'task' in fact) delete fact.task.waiting_for;
    return fact;
  }

  /** As of the last record; null before the task's submission. */
  view(now_ms: number, with_payload = false): TaskView | null {
    const view = taskView(this.#lane, this.#task_id, now_ms, with_payload);
    if (view !== null) delete view.waiting_for;
    return view;
  }
}

/** A submission that is not kept any more, made again from what the lane knows of the task. */
export function submissionOfLiving(lane: Lane, task_id: string): LaneRecord | null {
  const task = lane.tasks.get(task_id);
  if (task === undefined) return null;
  const { spec, principal, source, fingerprint, bytes, submitted_at } = task;
  return { at: submitted_at, seq: 0, kind: 'task.queued', task_id, task: spec, principal, source, fingerprint, bytes };
}

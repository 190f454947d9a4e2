/**
 * From a submission to the task the scheduler is given: PROTOCOL §4's defaults, and the rules between its fields.
 * No zod here, so that the scheduler and the browser may use it; the schemas call `taskRuleIssues`.
 */
import type { Issue } from './errors.js';
import { DURATIONS } from './limits.js';
import type { ResolvedTask, TaskSubmission } from './task.js';
import { levelOf } from './words.js';

/** What a field means when it is left out. Fields that are not listed have no default. */
export const TASK_DEFAULTS = {
  priority: 'MEDIUM',
  preempt: 'interrupt',
  interruptible: true,
  on_interrupt: 'pause',
  executor: 'worker',
  timeout_ms: DURATIONS.timeout_default_ms,
  max_attempts: 1,
  pause_grace_ms: DURATIONS.pause_grace_default_ms,
  call: false,
} as const satisfies Partial<TaskSubmission>;

const NO_ISSUES: readonly Issue[] = [];

/** What is wrong *between* the fields of a submission whose fields are each sound. Paths begin at the task. */
export function taskRuleIssues(task: TaskSubmission): readonly Issue[] {
  const lacksKey = task.executor === 'self' && task.idempotency_key === undefined;
  const lacksParent = task.call === true && task.parent_id === undefined;
  // Asked about every task, nearly always for nothing.
  if (!lacksKey && !lacksParent) return NO_ISSUES;
  const issues: Issue[] = [];
  if (lacksKey) {
    issues.push({
      path: 'idempotency_key',
      message: 'is missing: a task with executor "self" needs one, because its dispatch may come before the ok',
    });
  }
  if (lacksParent) {
    issues.push({
      path: 'parent_id',
      message: 'is missing: with call: true it names the running task that waits for this one',
    });
  }
  return issues;
}

/** Applies the defaults to a submission that passed its schema. Fields without a default stay absent. */
export function resolveTask(submission: TaskSubmission): ResolvedTask {
  const priority = submission.priority ?? TASK_DEFAULTS.priority;
  // Field by field: a spread of what came in, with half of its fields given anew, takes longer than all else here.
  const task: ResolvedTask = {
    name: submission.name,
    priority: typeof priority === 'number' ? priority : levelOf(priority),
    preempt: submission.preempt ?? TASK_DEFAULTS.preempt,
    interruptible: submission.interruptible ?? TASK_DEFAULTS.interruptible,
    on_interrupt: submission.on_interrupt ?? TASK_DEFAULTS.on_interrupt,
    executor: submission.executor ?? TASK_DEFAULTS.executor,
    timeout_ms: submission.timeout_ms ?? TASK_DEFAULTS.timeout_ms,
    max_attempts: submission.max_attempts ?? TASK_DEFAULTS.max_attempts,
    pause_grace_ms: submission.pause_grace_ms ?? TASK_DEFAULTS.pause_grace_ms,
    call: submission.call ?? TASK_DEFAULTS.call,
  };
  const { args, meta, idempotency_key, ttl_ms, resume_ttl_ms, dedupe, parent_id } = submission;
  if (args !== undefined) task.args = args;
  if (meta !== undefined) task.meta = meta;
  if (idempotency_key !== undefined) task.idempotency_key = idempotency_key;
  if (ttl_ms !== undefined) task.ttl_ms = ttl_ms;
  if (resume_ttl_ms !== undefined) task.resume_ttl_ms = resume_ttl_ms;
  if (dedupe !== undefined) task.dedupe = dedupe;
  if (parent_id !== undefined) task.parent_id = parent_id;
  return task;
}

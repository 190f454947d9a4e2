/** Schemas of a task: as it is submitted, and as the hub tells it with the lane around it. */
import * as z from 'zod';
import { DURATIONS, LIMITS, type Limits, TEXT_LIMITS } from '../limits.js';
import { TASK_DEFAULTS, taskRuleIssues } from '../resolve-task.js';
import type {
  By,
  ClientView,
  CurrentTask,
  LaneSnapshot,
  LaneStatus,
  ResumePoint,
  StreamSnapshot,
  TaskSubmission,
  TaskView,
} from '../task.js';
import { EXECUTORS, type Json, MODES, ON_INTERRUPT, PREEMPT_STYLES, TASK_STATES, WAITING_FOR } from '../words.js';
import { agree } from './agree.js';
import * as field from './fields.js';
import { rule } from './rule.js';

export const dedupe = z.object({
  key: field.key.describe('at most one waiting or paused task has this key'),
  mode: z.enum(['keep', 'replace']).describe('`keep` answers with the task that is there, `replace` supersedes it'),
});

export const taskError = z.object({
  code: field.text(TEXT_LIMITS.error_code_chars_max),
  message: field.text(TEXT_LIMITS.error_message_chars_max, 0),
});

const choices = {
  preempt: z.enum(PREEMPT_STYLES),
  interruptible: z.boolean(),
  on_interrupt: z.enum(ON_INTERRUPT),
  executor: z.enum(EXECUTORS),
  ttl_ms: field.duration,
  resume_ttl_ms: field.duration,
  timeout_ms: field.duration,
  max_attempts: field.integer(1, LIMITS.attempts_max),
  pause_grace_ms: field.integer(0, DURATIONS.pause_grace_max_ms),
};

/** The `task` of a `task.submit` and the body of the HTTP route. Defaults are not applied here: `resolveTask` does. */
export function taskSubmissionSchema(limits: Limits) {
  return z
    .object({
      name: field.taskName.describe('what workers register for'),
      args: field.jsonValue(limits.args_bytes_max).exactOptional().describe('for the executor'),
      priority: field.priority
        .exactOptional()
        .describe('`URGENT` (1), `HIGH` (2), `MEDIUM` (3), `LOW` (4) or `BACKGROUND` (5)')
        .meta({ default: TASK_DEFAULTS.priority }),
      idempotency_key: field.key
        .exactOptional()
        .describe('the same key again (one lane, one principal) answers for the same task'),
      preempt: choices.preempt
        .exactOptional()
        .describe(
          'what it does to a holder of lower priority: `interrupt` it, let it `finish` its sentence, or `queue` behind it',
        )
        .meta({ default: TASK_DEFAULTS.preempt }),
      interruptible: choices.interruptible
        .exactOptional()
        .describe('whether others may interrupt it')
        .meta({ default: TASK_DEFAULTS.interruptible }),
      on_interrupt: choices.on_interrupt
        .exactOptional()
        .describe('what becomes of it when displaced: `pause` and go on, `restart` from the queue, or `drop`')
        .meta({ default: TASK_DEFAULTS.on_interrupt }),
      executor: choices.executor
        .exactOptional()
        .describe(
          '`worker`: any client registered for `name`; `self`: the submitting session (needs `idempotency_key`)',
        )
        .meta({ default: TASK_DEFAULTS.executor }),
      ttl_ms: choices.ttl_ms.exactOptional().describe('longest wait before the first start; then `expired`'),
      resume_ttl_ms: choices.resume_ttl_ms.exactOptional().describe('longest single pause; then `expired`'),
      timeout_ms: choices.timeout_ms
        .exactOptional()
        .describe('longest running time, pauses not counted; then `failed`')
        .meta({ default: TASK_DEFAULTS.timeout_ms }),
      max_attempts: choices.max_attempts
        .exactOptional()
        .describe('starts allowed when its executor is lost or fails with `retryable`')
        .meta({ default: TASK_DEFAULTS.max_attempts }),
      pause_grace_ms: choices.pause_grace_ms
        .exactOptional()
        .describe('how long the hub waits for `task.paused` before it takes the floor anyway')
        .meta({ default: TASK_DEFAULTS.pause_grace_ms }),
      dedupe: dedupe.exactOptional().describe('one waiting or paused task a key'),
      parent_id: field.taskId.exactOptional().describe('the task this one belongs to'),
      call: z
        .boolean()
        .exactOptional()
        .describe('the parent, run by the sender, waits for this task (needs `parent_id`)')
        .meta({ default: TASK_DEFAULTS.call }),
      meta: field.jsonObject(limits.meta_bytes_max).exactOptional().describe('for whoever watches'),
    })
    .check(rule(taskRuleIssues));
}
agree<TaskSubmission, z.output<ReturnType<typeof taskSubmissionSchema>>>();

/** Payloads in what the hub sends: it checked them when they came. */
const json: z.ZodType<Json> = field.jsonValue(LIMITS.frame_bytes_max);

export const taskView = z
  .object({
    task_id: field.taskId,
    lane: field.laneName,
    name: field.taskName,
    args: json.exactOptional().describe('only in `task.queued`, `task.started`, `task.dispatch` and `task.get`'),
    meta: field.jsonObject(LIMITS.meta_bytes_max).exactOptional().describe('where `args` is'),
    priority: field.priorityName.describe('always the name'),
    ...choices,
    ttl_ms: choices.ttl_ms.exactOptional(),
    resume_ttl_ms: choices.resume_ttl_ms.exactOptional(),
    dedupe: dedupe.exactOptional(),
    parent_id: field.taskId.exactOptional(),
    call: z.boolean().exactOptional(),
    idempotency_key: field.key.exactOptional(),
    state: z.enum(TASK_STATES),
    reason: z.string().exactOptional().describe('why it ended or waits, where that is no plain success'),
    deferred: z
      .object({ reason: z.enum(['hold', 'not_interruptible']), by_task_id: field.taskId })
      .exactOptional()
      .describe('it would have interrupted, and may not yet'),
    waiting_for: z.enum(WAITING_FOR).exactOptional().describe('why a waiting task waits'),
    attempt: field.count.describe('starts so far; 0 before the first'),
    epoch: field.count.describe('epoch of the latest grant; 0 before the first'),
    source: z
      .object({ session_id: z.string(), client_name: z.string(), kind: z.string() })
      .describe('who submitted it'),
    submitted_at: field.instant,
    started_at: field.instant.exactOptional(),
    ended_at: field.instant.exactOptional(),
    running_ms: z.number().min(0).describe('with the floor, so far'),
    paused_ms: z.number().min(0).describe('paused, so far'),
    interruptions: field.count.describe('how often it was displaced'),
    result: json.exactOptional(),
    error: taskError.exactOptional(),
  })
  .meta({ id: 'Task', description: 'a task as the hub tells it' });
agree<TaskView, z.output<typeof taskView>>();

export const laneStateView = z
  .object({
    mode: z.enum(MODES).describe('`streaming`: the holder has a stream open'),
    started: z.boolean().describe('false: no new grants'),
    streaming: z.boolean(),
    can_interrupt: z.boolean().describe('nobody holds the floor, or the holder may be interrupted now'),
    tasks_queued: field.count,
    tasks_paused: field.count,
    tasks_deferred: field.count.describe('waiting for the holder to be interruptible'),
    tasks_completed: field.count,
  })
  .meta({ id: 'LaneState', description: 'how the lane is doing' });

export const currentTask = z
  .object({
    task_id: field.taskId,
    name: field.taskName,
    priority: field.priorityName,
    interruptible: z.boolean(),
    state: z.enum(TASK_STATES),
    epoch: field.count,
    started_at: field.instant,
    running_for: z.number().min(0).describe('seconds of running time so far'),
  })
  .meta({ id: 'CurrentTask', description: 'the holder of the floor' });
agree<CurrentTask, z.output<typeof currentTask>>();

/** Fields that `state`, `lane.status`, snapshots and the HTTP status have in common. */
export const laneStatusFields = {
  state: laneStateView,
  current_task: currentTask.nullable().describe('null when nobody has the floor'),
  queue_size: field.count,
  paused_tasks: field.count,
};
export const laneStatus = z.object(laneStatusFields).meta({ id: 'LaneStatus' });
agree<LaneStatus, z.output<typeof laneStatus>>();

export const streamPositions = z.record(z.string(), field.count).describe('next expected chunk by stream name');
export const heardPositions = z
  .record(z.string(), z.record(z.string(), field.count))
  .describe('last chunk that was heard, by stream and sink');

export const by = z
  .object({ task_id: field.taskId, name: field.taskName, priority: field.priorityName })
  .meta({ id: 'By', description: 'a task that took the floor from another' });
agree<By, z.output<typeof by>>();

export const resumePoint = z
  .object({
    checkpoint: json,
    checkpoint_streams: streamPositions.describe('positions at the checkpoint'),
    streams: streamPositions,
    heard: heardPositions,
  })
  .meta({ id: 'ResumePoint', description: 'from where a later attempt goes on' });
agree<ResumePoint, z.output<typeof resumePoint>>();

export const streamSnapshot = z
  .object({
    task_id: field.taskId,
    stream: field.streamName,
    content_type: z.string(),
    next_seq: field.count,
    text: z.string().describe('the last 64 KiB of what was streamed so far'),
    text_from: field.count.describe('sequence number of the first chunk in `text`'),
  })
  .meta({ id: 'StreamSnapshot', description: 'a stream as it is so far' });
agree<StreamSnapshot, z.output<typeof streamSnapshot>>();

export const clientView = z
  .object({
    session_id: field.sessionId,
    name: z.string(),
    kind: z.string(),
    version: z.string().exactOptional(),
    connected: z.boolean().describe('false: its session waits for it to come back'),
    roles: z.array(z.string()),
    workers: z.record(z.string(), z.array(z.string())).describe('names it registered for, by lane'),
  })
  .meta({ id: 'Client', description: 'a session and what it does' });
agree<ClientView, z.output<typeof clientView>>();

export const laneSnapshotFields = {
  lane: field.laneName,
  log: z.string(),
  seq: field.count,
  ...laneStatusFields,
  queue: z.array(taskView).describe('the first 100 waiting, in the order they would run'),
  paused: z.array(taskView),
  streams: z.array(streamSnapshot).describe('of tasks that are not terminal'),
  clients: z.array(clientView).exactOptional(),
};
export const laneSnapshot = z.object(laneSnapshotFields).meta({ id: 'LaneSnapshot' });
agree<LaneSnapshot, z.output<typeof laneSnapshot>>();

export { json };

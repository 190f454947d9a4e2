/** What an `ok` says beside `type` and `re`, by request. Requests that are not listed are answered with nothing more. */
import * as z from 'zod';
import type { Replies } from '../hub-messages.js';
import { TASK_STATES } from '../words.js';
import { agree } from './agree.js';
import * as field from './fields.js';
import { grants } from './hub-schemas.js';
import { clientView, laneSnapshot, laneStatusFields, taskView } from './task-schemas.js';

const task = z.object({ task: taskView });

export const replySchemas = {
  'task.submit': z.object({
    task_id: field.taskId,
    state: z.enum(TASK_STATES),
    position: field.count.nullable().describe('from 1 among the waiting; null when it does not wait'),
    duplicate: z.boolean().describe('the key was known: this is the task of then'),
  }),
  'task.cancel': task,
  'task.get': task,
  'task.list': z.object({
    tasks: z.array(taskView),
    next: z.string().exactOptional().describe('`before` of the next page; absent on the last'),
  }),
  'task.wait': task,
  'floor.hold': z.object({ hold_id: field.key, expires_at: field.instant }),
  'lane.status': z.object({ lane: field.laneName, ...laneStatusFields }),
  'client.list': z.object({ clients: z.array(clientView) }),
  subscribe: z.object({
    lane: field.laneNameOrAll,
    log: z.string(),
    seq: field.count.describe('what follows begins after this fact'),
    recovered: z.boolean().describe('true: every fact after `since` follows; false: `snapshot` instead'),
    snapshot: laneSnapshot.exactOptional(),
    lanes: z
      .record(z.string(), z.object({ log: z.string(), seq: field.count, recovered: z.boolean() }))
      .exactOptional()
      .describe('with lane `*`, instead of `log`, `seq` and `recovered`'),
  }),
  ping: z.object({ at: field.instant }),
  'auth.refresh': z.object({ grants }),
};
agree<Replies, { [R in keyof typeof replySchemas]: z.output<(typeof replySchemas)[R]> }>();

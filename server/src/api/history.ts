/** What passed, over HTTP: a lane's tasks, those that left memory too, and the facts of one task. */
import { LIMITS, TASK_STATES, TEXT_LIMITS } from '@cuehub/protocol';
import { eventMessage, taskView } from '@cuehub/protocol/schemas';
import * as z from 'zod';
import { cursorFor, placeOf } from './cursor.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { failure, invalid } from './errors.js';
import { json, laneParams, taskParams } from './params.js';

/** Of a cursor: a lane's name and a task's id, with what is around them, in base64. */
const CURSOR_CHARS_MAX = 512;
const TIMELINE_ITEMS_MAX = LIMITS.list_items_max;

const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Unix milliseconds; NaN for what is no moment. */
function momentOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return DATE.test(text) ? Date.parse(text) : Number.NaN;
}

const moment = z
  .string()
  .refine((text) => !Number.isNaN(momentOf(text)), {
    error: 'expected Unix milliseconds, or a date as 2026-01-31 or 2026-01-31T18:00:00Z',
  })
  .transform(momentOf);

const states = z
  .string()
  .transform((list) => list.split(','))
  .pipe(z.array(z.enum(TASK_STATES)).min(1));

const cursor = z.string().min(1).max(CURSOR_CHARS_MAX);

const listQuery = z.object({
  state: states
    .optional()
    .meta({ description: 'Only these states, with commas between.', example: 'completed,failed' }),
  name: z.string().min(1).max(128).optional().meta({ description: 'Only tasks of this name.' }),
  source: z
    .string()
    .min(1)
    .max(TEXT_LIMITS.session_id_chars_max)
    .optional()
    .meta({ description: 'Only what a client of this name, kind or session submitted.' }),
  since: moment.optional().meta({ description: 'Submitted at this moment or later: Unix milliseconds or a date.' }),
  until: moment.optional().meta({ description: 'Submitted before this moment.' }),
  limit: z.coerce.number().int().min(1).max(LIMITS.list_items_max).optional(),
  cursor: cursor.optional().meta({ description: '`cursor` of the page before.' }),
  states: states.optional().meta({ description: 'Like `state`, which goes before it.', example: 'queued,running' }),
  before: z
    .string()
    .min(1)
    .max(TEXT_LIMITS.key_chars_max)
    .optional()
    .meta({ description: 'Only tasks submitted before this one: `next` of the page before. `cursor` goes before it.' }),
});

const taskList = z.object({
  tasks: z.array(taskView),
  cursor: z.string().optional().meta({ description: 'Leads to the next page; absent when this is the last one.' }),
  next: z.string().optional().meta({ description: 'The same as a task id, for `before`.' }),
});

const timelineQuery = z.object({
  limit: z.coerce.number().int().min(1).max(TIMELINE_ITEMS_MAX).optional(),
  cursor: cursor.optional().meta({ description: '`cursor` of the page before.' }),
});

const timeline = z.object({
  lane: z.string(),
  task_id: z.string(),
  facts: z.array(eventMessage),
  complete: z.boolean().meta({ description: 'False where the beginning of the task is not kept any more.' }),
  cursor: z.string().optional().meta({ description: 'Leads to the next page; absent when this is the last one.' }),
});

const wrongCursor = (): Response => invalid('cursor', 'is not one that this list was continued with');

export const historyEndpoints: readonly Endpoint[] = [
  endpoint(
    {
      method: 'get',
      path: '/v1/lanes/:lane/tasks',
      id: 'listTasks',
      tag: 'tasks',
      summary: 'Tasks of a lane, the latest submitted first, ended ones as far as history is kept',
      params: laneParams,
      query: listQuery,
      answers: {
        200: {
          description:
            'A page of tasks. It may have fewer than `limit`, even none, and still be followed by others: `cursor` says so.',
          name: 'TaskList',
          schema: taskList,
        },
      },
      errors: [400, 403],
    },
    async ({ c, hub, access, params: { lane }, query }) => {
      const { state, states: older, cursor: given, before, limit = LIMITS.list_items_default, ...rest } = query;
      const place = given === undefined ? before : placeOf(lane, given);
      if (place === null || typeof place === 'number') return wrongCursor();
      if (rest.since !== undefined && rest.until !== undefined && rest.since >= rest.until) {
        return invalid('until', 'is not after since');
      }
      const request = { lane, ...rest, states: state ?? older, limit, before: place };
      const outcome = await hub.history(request, access, c.req.raw.signal);
      if ('error' in outcome) return failure(outcome.error);
      const { next } = outcome.ok;
      return json(typeof next === 'string' ? { ...outcome.ok, cursor: cursorFor(lane, next) } : outcome.ok);
    },
  ),
  endpoint(
    {
      method: 'get',
      path: '/v1/lanes/:lane/tasks/:task_id/timeline',
      id: 'taskTimeline',
      tag: 'tasks',
      summary: 'What happened to a task: its facts, in order',
      params: taskParams,
      query: timelineQuery,
      answers: { 200: { description: 'A page of its facts.', name: 'Timeline', schema: timeline } },
      errors: [400, 403, 404],
    },
    async ({ c, hub, access, params: { lane, task_id }, query }) => {
      const list = `${lane}/${task_id}`;
      const after = query.cursor === undefined ? undefined : placeOf(list, query.cursor);
      if (after === null || typeof after === 'string') return wrongCursor();
      const { limit = TIMELINE_ITEMS_MAX } = query;
      const outcome = await hub.timeline({ lane, task_id, limit, after }, access, c.req.raw.signal);
      if ('error' in outcome) return failure(outcome.error);
      const { next, ...page } = outcome.ok;
      const more = typeof next === 'number' ? { cursor: cursorFor(list, next) } : {};
      return json({ lane, task_id, ...page, ...more });
    },
  ),
];

/** Tasks over HTTP: submit (and wait), look at one, cancel. Their list is `history.ts`. */
import type { Limits, Replies, TaskSubmission, TaskView } from '@cuehub/protocol';
import { parseTaskSubmission, taskSubmissionSchema, taskView } from '@cuehub/protocol/schemas';
import * as z from 'zod';
import type { Outcome } from '../hub/port.js';
import { type Call, type Endpoint, endpoint } from './endpoint.js';
import { failure, invalid } from './errors.js';
import { HTTP_SOURCE, answer, json, laneParams, submittedTask, taskParams } from './params.js';

const submitQuery = z.object({
  wait: z.enum(['result']).optional().meta({ description: '`result`: answer when the task is terminal.' }),
});
const task = { name: 'Task', schema: taskView };

type SubmitCall = Call<{ lane: string }, z.output<typeof submitQuery>, TaskSubmission>;

/** The submission with the key of the header in it, or why the two do not go together. */
function withHeader({ c, body }: SubmitCall, limits: Limits): { task: TaskSubmission } | { response: Response } {
  if (body.executor === 'self') {
    return { response: invalid('executor', 'cannot be "self" over HTTP: there is no session that could run the task') };
  }
  const header = c.req.header('Idempotency-Key');
  if (header === undefined) return { task: body };
  if (body.idempotency_key !== undefined && header !== body.idempotency_key) {
    return { response: invalid('idempotency_key', 'is not the one in the header Idempotency-Key') };
  }
  const parsed = parseTaskSubmission({ ...body, idempotency_key: header }, limits);
  return parsed.ok ? { task: parsed.task } : { response: failure(parsed) };
}

/**
 * Answers with the task as it is now or, with `wait=result`, as it ended. The task is accepted either way: a client
 * that goes away while it waits loses the answer, not the task.
 */
async function submit(call: SubmitCall, limits: Limits): Promise<Response> {
  const { c, hub, access, params, query } = call;
  const { lane } = params;
  const submission = withHeader(call, limits);
  if ('response' in submission) return submission.response;
  const submitted = await hub.request({ type: 'task.submit', lane, task: submission.task }, access, HTTP_SOURCE);
  if ('error' in submitted) return failure(submitted.error);
  const { task_id, position, duplicate } = submitted.ok as Replies['task.submit'];
  const seen: Outcome =
    query.wait === 'result'
      ? await hub.request({ type: 'task.wait', lane, task_id }, access, HTTP_SOURCE, c.req.raw.signal)
      : await hub.request({ type: 'task.get', lane, task_id }, access, HTTP_SOURCE);
  if ('error' in seen) return failure(seen.error);
  const view = (seen.ok as Replies['task.get']).task;
  return json({ ...view, position: isWaiting(view) ? position : null, duplicate }, 201);
}

function isWaiting(view: TaskView): boolean {
  return view.state === 'queued' || view.state === 'paused';
}

export function taskEndpoints(limits: Limits): readonly Endpoint[] {
  return [
    endpoint(
      {
        method: 'post',
        path: '/v1/lanes/:lane/tasks',
        id: 'submitTask',
        tag: 'tasks',
        summary: 'Submit a task',
        params: laneParams,
        query: submitQuery,
        headers: z.object({
          'Idempotency-Key': z
            .string()
            .optional()
            .meta({ description: 'Like `idempotency_key` in the body; both must agree.' }),
        }),
        body: { name: 'TaskSubmission', schema: taskSubmissionSchema(limits), required: true, wrapper: 'task' },
        answers: {
          201: { description: 'The task, once it is in the journal.', name: 'SubmittedTask', schema: submittedTask },
        },
        errors: [400, 403, 409, 413, 429, 503],
      },
      (call) => submit(call, limits),
    ),
    endpoint(
      {
        method: 'get',
        path: '/v1/lanes/:lane/tasks/:task_id',
        id: 'getTask',
        tag: 'tasks',
        summary: 'One task, with its args and its result',
        params: taskParams,
        answers: { 200: { description: 'The task as it is now.', ...task } },
        errors: [400, 403, 404],
      },
      async ({ hub, access, params }) => {
        const outcome = await hub.request({ type: 'task.get', ...params }, access, HTTP_SOURCE);
        return answer(outcome, (ok) => ok['task']);
      },
    ),
    endpoint(
      {
        method: 'delete',
        path: '/v1/lanes/:lane/tasks/:task_id',
        id: 'cancelTask',
        tag: 'tasks',
        summary: 'Cancel a task (again and again is the same)',
        params: taskParams,
        query: z.object({ reason: z.string().max(512).optional() }),
        answers: { 200: { description: 'The task: `cancelled`, or `cancelling` while its executor stops.', ...task } },
        errors: [400, 403, 404, 503],
      },
      async ({ hub, access, params, query }) => {
        const reason = query.reason === undefined ? {} : { reason: query.reason };
        const outcome = await hub.request({ type: 'task.cancel', ...params, ...reason }, access, HTTP_SOURCE);
        return answer(outcome, (ok) => ok['task']);
      },
    ),
  ];
}

/** The parts of paths, queries and answers that several operations share. */
import { NAME_PATTERN, TEXT_LIMITS, type TaskSource } from '@cuehub/protocol';
import { laneStatus, taskView } from '@cuehub/protocol/schemas';
import * as z from 'zod';
import type { Outcome } from '../hub/port.js';
import { failure } from './errors.js';

const laneName = z
  .string()
  .regex(NAME_PATTERN, { error: 'expected 1–64 letters, digits, _ or - (and not __proto__)' })
  .meta({ description: 'Name of the lane.', example: 'main' });

export const laneParams = z.object({ lane: laneName });
export const taskParams = z.object({
  lane: laneName,
  task_id: z.string().min(1).max(TEXT_LIMITS.task_id_chars_max),
});

export const namedLaneStatus = z.object({ lane: laneName, ...laneStatus.shape });
export const laneList = z.object({
  lanes: z.array(z.object({ lane: laneName, log: z.string(), seq: z.int().min(0), ...laneStatus.shape })),
});
export const submittedTask = z.object({
  ...taskView.shape,
  position: z
    .int()
    .min(1)
    .nullable()
    .meta({ description: 'Place among the waiting, from 1; null when it does not wait.' }),
  duplicate: z.boolean().meta({ description: 'The key was known: this is the task of the earlier request.' }),
});

/** Over HTTP there is no session: what is submitted here is told with this source. */
export const HTTP_SOURCE: TaskSource = { session_id: 'http', client_name: 'http', kind: 'http' };

/** The hub's word as a response: the fields of `ok`, or the error with its status. */
export function answer(
  outcome: Outcome,
  pick: (ok: Readonly<Record<string, unknown>>) => unknown,
  status = 200,
): Response {
  return 'error' in outcome ? failure(outcome.error) : json(pick(outcome.ok), status);
}

/** Everything here is the state of a moment: nobody may keep it. */
export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: { 'Cache-Control': 'no-store' } });
}

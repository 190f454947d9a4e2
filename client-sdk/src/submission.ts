// A caller's spec as the `task` of a `task.submit`: only what was given, payloads as JSON would make them.
import type { Json, TaskSubmission } from '@cuehub/protocol';
import { toJson } from './task-map.js';

/** What the typed specs of `task-map.ts` have in common. */
export type LooseSpec = Omit<TaskSubmission, 'args'> & { args?: unknown; lane?: string };

export function submissionOf(spec: LooseSpec, fixed: Partial<TaskSubmission>): TaskSubmission {
  const { lane: _lane, args, meta, ...fields } = spec;
  const task: { [field: string]: unknown } = {};
  for (const [field, value] of Object.entries({ ...fields, ...fixed })) if (value !== undefined) task[field] = value;
  const payloads: { [field: string]: Json | undefined } = { args: toJson(args), meta: toJson(meta) };
  for (const [field, value] of Object.entries(payloads)) if (value !== undefined) task[field] = value;
  return task as unknown as TaskSubmission;
}

/** Where a watcher stopped: one position, or with lane `*` a map of them by lane. Owns telling the two apart. */
import * as z from 'zod';
import type { Since } from '../client-messages.js';
import { ALL_LANES } from '../words.js';
import * as field from './fields.js';
import { leaf, NOT_OBJECT } from './leaf.js';

const one = z.object({
  log: field.key,
  seq: field.count.describe('the last fact seen'),
  streams: z.record(z.string(), field.count).exactOptional().describe('by `TASK_ID/STREAM`, the last chunk seen'),
});
const byLane = z.record(field.laneName, one);

const { $schema: _one, ...oneInJson } = z.toJSONSchema(one);
const { $schema: _byLane, ...byLaneInJson } = z.toJSONSchema(byLane);

/** Takes any object: which of the two it must be, only the message's lane says. Always used with `checkSince`. */
export const since = leaf<Since | { [lane: string]: Since }>(
  'object',
  (value) => (typeof value === 'object' && value !== null ? undefined : NOT_OBJECT),
  { anyOf: [oneInJson, byLaneInJson] as z.core.JSONSchema.BaseSchema[] },
);

interface Context {
  value: { lane?: string; since?: Since | { [lane: string]: Since } };
  issues: z.core.$ZodRawIssue[];
}

/** The check of the message around it. A union would answer with the complaints of both sides. */
export function checkSince({ value, issues }: Context): void {
  if (value.since === undefined) return;
  const parsed = (value.lane === ALL_LANES ? byLane : one).safeParse(value.since);
  if (parsed.success) {
    value.since = parsed.data;
    return;
  }
  const other = value.lane === ALL_LANES ? one : byLane;
  if (other.safeParse(value.since).success && Object.keys(value.since).length > 0) {
    const message =
      value.lane === ALL_LANES
        ? 'expected a map by lane, since lane is *'
        : 'expected {log, seq, streams?}: only lane * takes a map by lane';
    issues.push({ code: 'custom', input: value.since, path: ['since'], message });
    return;
  }
  for (const issue of parsed.error.issues) {
    issues.push({ ...issue, input: issue.input, path: ['since', ...issue.path] } as z.core.$ZodRawIssue);
  }
}

/** Schemas of every message that the hub sends: for the golden frames, the API documents and clients' tests. */
import * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from '../errors.js';
import type { EventMessage, Grants, HubMessage, HubMessageType } from '../hub-messages.js';
import { HOLD_EVENTS, LANE_EVENTS, PRESENCE_EVENTS, ROLES, STREAM_EVENTS, TASK_EVENTS } from '../words.js';
import { agree } from './agree.js';
import * as field from './fields.js';
import {
  by,
  clientView,
  heardPositions,
  json,
  laneSnapshotFields,
  laneStatusFields,
  resumePoint,
  streamPositions,
  taskView,
} from './task-schemas.js';

export const errorCode = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);
export const issue = z.object({
  path: z.string().describe('dotted from the message, as in `task.priority`'),
  message: z.string(),
});

export const grants = z
  .object({
    roles: z.array(z.enum(ROLES)),
    lanes: z.array(z.string()).describe('names, or `*`'),
    max_priority: field.priorityName,
  })
  .meta({ id: 'Grants', description: 'what the token may do' });
agree<Grants, z.output<typeof grants>>();

const lane = field.laneName;
const order = { lane, task_id: field.taskId, epoch: field.count };
const reason = z.string();
const style = z.enum(['now', 'finish']).describe('`finish`: the sentence may be ended first');

const fact = {
  type: z.literal('event'),
  lane,
  log: z.string(),
  seq: field.count.describe('without gaps in one log'),
  at: field.instant.describe('never decreases in a lane'),
};

/** The four kinds of facts, told apart by `event`. */
export const eventMessage = z
  .discriminatedUnion('event', [
    z.object({ ...fact, event: z.enum(TASK_EVENTS), task: taskView }),
    z.object({
      ...fact,
      event: z.enum(STREAM_EVENTS),
      task_id: field.taskId,
      stream: field.streamName,
      content_type: z.string().exactOptional(),
      can_interrupt: z.boolean().exactOptional(),
      from_seq: field.count.exactOptional().describe('with `stream.opened`: the text from this chunk on is new'),
      next_seq: field.count.exactOptional(),
    }),
    z.object({
      ...fact,
      event: z.enum(HOLD_EVENTS),
      task_id: field.taskId,
      hold_id: z.string(),
      reason: reason.exactOptional(),
      stream: field.streamName.exactOptional().describe('for a hold that an uninterruptible stream took'),
      expires_at: field.instant.exactOptional(),
    }),
    z.object({ ...fact, event: z.enum(LANE_EVENTS), drain: z.boolean().exactOptional() }),
  ])
  .describe('a fact of the lane (topic `task`), numbered, replayed after a reconnect');
agree<EventMessage, z.output<typeof eventMessage>>();

export const hubMessageSchemas = {
  ok: z
    .looseObject({ type: z.literal('ok'), re: field.requestId })
    .describe('the one reply to a request that went well'),
  error: z
    .object({
      type: z.literal('error'),
      re: field.requestId.exactOptional().describe('absent when the message had no `id`'),
      code: errorCode,
      message: z.string().describe('for a person; match on `code`'),
      retryable: z.boolean().describe('the same request may succeed later'),
      retry_after_ms: z.number().min(0).exactOptional(),
      issues: z.array(issue).exactOptional().describe('where the message is wrong'),
      expected: field.count.exactOptional().describe('with `seq_gap`: the chunk that is expected next'),
      task_id: z.string().exactOptional(),
      epoch: z.number().exactOptional(),
    })
    .describe('the one reply to a request that failed; also for a message without `id`'),
  welcome: z
    .object({
      type: z.literal('welcome'),
      re: field.requestId.exactOptional(),
      protocol: field.count,
      hub: z.object({ name: z.string(), version: z.string(), instance_id: z.string() }),
      session_id: field.sessionId,
      resume_token: z.string().describe('takes the session back after a lost connection'),
      session_ttl_ms: z.number().min(0).describe('how long the session is kept without a connection'),
      resumed: z.boolean(),
      heartbeat_ms: z.number().min(0),
      grants,
      limits: z.record(z.string(), z.number()),
      adopted: z.array(field.taskId).describe('still yours, paused until a `task.resume`'),
      released: z.array(field.taskId).describe('over or elsewhere: stop for good'),
    })
    .describe('the reply to `hello`'),
  ping: z.object({ type: z.literal('ping'), at: field.instant }).describe('answer `pong` at once'),
  going_away: z
    .object({
      type: z.literal('going_away'),
      reason,
      reconnect_after_ms: z.number().min(0).describe('spread at random'),
    })
    .describe('the hub shuts down; the socket closes with 1012'),

  'task.dispatch': z
    .object({
      type: z.literal('task.dispatch'),
      lane,
      task: taskView,
      epoch: field.count,
      attempt: field.count,
      resume: resumePoint.nullable().describe('null at a first start and at a new attempt without a checkpoint'),
    })
    .describe('you have the floor: run this'),
  'task.pause': z
    .object({
      type: z.literal('task.pause'),
      ...order,
      grace_ms: z.number().min(0),
      style,
      by: by.nullable().describe('who wants the floor; null when the lane is being stopped'),
    })
    .describe('stop soon and answer `task.paused`'),
  'task.resume': z
    .object({
      type: z.literal('task.resume'),
      ...order,
      checkpoint: json,
      streams: streamPositions,
      heard: heardPositions,
      paused_ms: z.number().min(0),
      by: by.nullable().describe('who had displaced it, if somebody had'),
    })
    .describe('the floor is yours again, under a new epoch'),
  'task.cancel': z
    .object({ type: z.literal('task.cancel'), ...order, reason, grace_ms: z.number().min(0) })
    .describe('stop now and answer `task.cancelled`'),
  'task.revoked': z
    .object({ type: z.literal('task.revoked'), ...order, reason })
    .describe('it is over for you: stop, say nothing'),
  'stream.ack': z
    .object({ type: z.literal('stream.ack'), lane, task_id: field.taskId, streams: streamPositions })
    .describe('in the journal up to here: what is below need not be kept'),

  event: eventMessage,
  state: z
    .object({ type: z.literal('state'), lane, log: z.string(), seq: field.count, ...laneStatusFields })
    .describe('the latest state as of `seq` (topic `state`); conflated under load'),
  progress: z
    .object({
      type: z.literal('progress'),
      lane,
      task_id: field.taskId,
      ratio: z.number().min(0).max(1).exactOptional(),
      note: z.string().exactOptional(),
    })
    .describe('how far a task says it is (topic `state`)'),
  chunk: z
    .object({
      type: z.literal('chunk'),
      lane,
      task_id: field.taskId,
      stream: field.streamName,
      epoch: field.count,
      seq: field.count,
      data: field.chunkData,
    })
    .describe('a piece of a stream (topics `text`, `audio`)'),
  presence: z
    .object({
      type: z.literal('presence'),
      event: z.enum(PRESENCE_EVENTS),
      client: clientView,
      lane: lane.exactOptional().describe('with `worker.*`'),
      names: z.array(z.string()).exactOptional().describe('with `worker.*`'),
    })
    .describe('who came, went or registered (topic `client`)'),
  snapshot: z.object({ type: z.literal('snapshot'), ...laneSnapshotFields }).describe('the whole lane as of `seq`'),
  gap: z
    .object({
      type: z.literal('gap'),
      lane,
      reason,
      facts: z.object({ from_seq: field.count, to_seq: field.count }).nullable(),
      streams: z.array(
        z.object({ task_id: field.taskId, stream: field.streamName, from_seq: field.count, to_seq: field.count }),
      ),
    })
    .describe('what a slow reader missed; a snapshot follows'),
  unsubscribed: z
    .object({ type: z.literal('unsubscribed'), lane: field.laneNameOrAll, reason })
    .describe('the hub ended the subscription'),
};

agree<HubMessageType, keyof typeof hubMessageSchemas>();
agree<
  { [T in HubMessageType]: Extract<HubMessage, { type: T }> },
  { [T in HubMessageType]: z.output<(typeof hubMessageSchemas)[T]> }
>();

/** One schema of all hub messages. */
export const hubMessage = z.discriminatedUnion('type', [
  hubMessageSchemas.ok,
  hubMessageSchemas.error,
  hubMessageSchemas.welcome,
  hubMessageSchemas.ping,
  hubMessageSchemas.going_away,
  hubMessageSchemas['task.dispatch'],
  hubMessageSchemas['task.pause'],
  hubMessageSchemas['task.resume'],
  hubMessageSchemas['task.cancel'],
  hubMessageSchemas['task.revoked'],
  hubMessageSchemas['stream.ack'],
  hubMessageSchemas.event,
  hubMessageSchemas.state,
  hubMessageSchemas.progress,
  hubMessageSchemas.chunk,
  hubMessageSchemas.presence,
  hubMessageSchemas.snapshot,
  hubMessageSchemas.gap,
  hubMessageSchemas.unsubscribed,
]);
agree<HubMessageType, z.output<typeof hubMessage>['type']>();

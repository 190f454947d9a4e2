/** Schemas of every message that a client may send, made for a set of limits. */
import * as z from 'zod';
import type { ClientMessage, ClientMessageType } from '../client-messages.js';
import { LIMITS, type Limits, TEXT_LIMITS } from '../limits.js';
import { DEFAULT_CONTENT_TYPE, DEFAULT_LANE, DEFAULT_STREAM, DEFAULT_TOPICS, TASK_STATES, TOPICS } from '../words.js';
import { agree } from './agree.js';
import * as field from './fields.js';
import { checkSince, since } from './since.js';
import { taskError, taskSubmissionSchema } from './task-schemas.js';

const id = field.requestId.exactOptional();
const lane = field.laneName.exactOptional().meta({ default: DEFAULT_LANE });
const stream = field.streamName.exactOptional().meta({ default: DEFAULT_STREAM });
const run = {
  id,
  task_id: field.taskId,
  epoch: field.count.describe('of the grant'),
};

/** One schema a type. `limits` are those of the running hub; only payload sizes and list lengths depend on them. */
export function clientMessageSchemas(limits: Limits) {
  return {
    hello: z
      .object({
        type: z.literal('hello'),
        id,
        protocol: field.integer(0, 0xffff).exactOptional().describe('version; absent means 1'),
        client: z
          .object({
            name: field.text(TEXT_LIMITS.client_name_chars_max, 1, true),
            kind: field.text(TEXT_LIMITS.client_kind_chars_max, 0).exactOptional(),
            version: field.text(TEXT_LIMITS.client_version_chars_max, 0).exactOptional(),
          })
          .describe('for display; grants nothing'),
        token: field.token.exactOptional().describe('or `Authorization: Bearer` on the upgrade'),
        resume: z
          .object({ session_id: field.sessionId, resume_token: field.token })
          .exactOptional()
          .describe('take an earlier session back'),
        holding: z
          .array(z.object({ task_id: field.taskId, epoch: field.count }))
          .max(limits.holding_max)
          .exactOptional()
          .describe('tasks whose live run the client still has in its hands'),
      })
      .describe('the first message of a connection; the reply is `welcome`'),
    'auth.refresh': z
      .object({ type: z.literal('auth.refresh'), id, token: field.token })
      .describe('a new token in band'),
    ping: z
      .object({ type: z.literal('ping'), id, at: field.instant.exactOptional() })
      .describe('the hub answers `ok {at}`'),
    pong: z
      .object({ type: z.literal('pong'), at: field.instant.exactOptional() })
      .describe("the answer to the hub's `ping`"),

    'task.submit': z
      .object({ type: z.literal('task.submit'), id, lane, task: taskSubmissionSchema(limits) })
      .describe('`ok {task_id, state, position, duplicate}` comes when the task is in the journal'),
    'task.cancel': z
      .object({ type: z.literal('task.cancel'), id, lane, task_id: field.taskId, reason: field.reason.exactOptional() })
      .describe('idempotent; `ok {task}`'),
    'task.get': z
      .object({
        type: z.literal('task.get'),
        id,
        lane,
        task_id: field.taskId.exactOptional(),
        idempotency_key: field.key.exactOptional(),
      })
      .refine((message) => message.task_id !== undefined || message.idempotency_key !== undefined, {
        path: ['task_id'],
        error: 'is missing: name the task by task_id, or by lane and idempotency_key',
      })
      .describe('by `task_id`, or by `lane` and `idempotency_key`; `ok {task}`'),
    'task.list': z
      .object({
        type: z.literal('task.list'),
        id,
        lane,
        states: z.array(z.enum(TASK_STATES)).max(TASK_STATES.length).exactOptional(),
        limit: field.integer(1, limits.list_items_max).exactOptional().meta({ default: LIMITS.list_items_default }),
        before: field.key.exactOptional().describe('`next` of an earlier reply'),
      })
      .describe('`ok {tasks, next?}`'),
    'task.wait': z
      .object({ type: z.literal('task.wait'), id, lane, task_id: field.taskId })
      .describe('`ok {task}` when the task is terminal'),

    'worker.register': z
      .object({
        type: z.literal('worker.register'),
        id,
        lane,
        names: z.array(field.workerName).min(1).max(limits.names_per_message_max).describe('may end in `*`'),
      })
      .describe('run tasks with these names'),
    'worker.unregister': z
      .object({
        type: z.literal('worker.unregister'),
        id,
        lane,
        names: z.array(field.workerName).min(1).max(limits.names_per_message_max),
      })
      .describe('no new tasks with these names; runs go on'),

    'task.paused': z
      .object({
        type: z.literal('task.paused'),
        ...run,
        checkpoint: field.jsonValue(limits.checkpoint_bytes_max).exactOptional(),
      })
      .describe('the answer to `task.pause`'),
    'task.cancelled': z.object({ type: z.literal('task.cancelled'), ...run }).describe('the answer to `task.cancel`'),
    'task.progress': z
      .object({
        type: z.literal('task.progress'),
        ...run,
        ratio: z.number().min(0).max(1).exactOptional(),
        note: field.text(TEXT_LIMITS.note_chars_max, 0).exactOptional(),
      })
      .describe('conflated to 10 a second and task'),
    'task.checkpoint': z
      .object({
        type: z.literal('task.checkpoint'),
        ...run,
        checkpoint: field.jsonValue(limits.checkpoint_bytes_max).describe('what a later attempt starts from'),
      })
      .describe('`ok` comes when it is in the journal'),
    'task.complete': z
      .object({
        type: z.literal('task.complete'),
        ...run,
        result: field.jsonValue(limits.result_bytes_max).exactOptional(),
      })
      .describe('the end; `ok` comes when it is in the journal'),
    'task.fail': z
      .object({
        type: z.literal('task.fail'),
        ...run,
        error: taskError,
        retryable: z.boolean().exactOptional().meta({ default: false }),
      })
      .describe('the end, or another attempt'),
    'floor.hold': z
      .object({
        type: z.literal('floor.hold'),
        ...run,
        hold_id: field.key.exactOptional().describe('present: renew that hold'),
        ttl_ms: field.duration.exactOptional().describe('never past 5 min from its taking').meta({ default: 30_000 }),
        reason: field.reason.exactOptional(),
      })
      .describe('nobody may interrupt while it lasts; `ok {hold_id, expires_at}`'),
    'floor.release': z
      .object({ type: z.literal('floor.release'), ...run, hold_id: field.key })
      .describe('the hold ends'),
    'stream.open': z
      .object({
        type: z.literal('stream.open'),
        ...run,
        stream,
        content_type: field
          .text(TEXT_LIMITS.content_type_chars_max)
          .exactOptional()
          .meta({ default: DEFAULT_CONTENT_TYPE }),
        can_interrupt: z
          .boolean()
          .exactOptional()
          .describe('false takes a hold for the life of the stream')
          .meta({ default: true }),
        from_seq: field.count.exactOptional().describe('with a new attempt: where it goes on'),
        reason: field.reason.exactOptional().describe('why it may not be cut; shown with the hold'),
      })
      .describe('opens a stream of the running task'),
    'stream.chunk': z
      .object({
        type: z.literal('stream.chunk'),
        ...run,
        stream,
        seq: field.count.describe('from 0 without gaps, going on across pauses'),
        data: field.chunkData,
      })
      .describe('one piece of the stream'),
    'stream.close': z.object({ type: z.literal('stream.close'), ...run, stream }).describe('the stream is complete'),
    'stream.heard': z
      .object({
        type: z.literal('stream.heard'),
        id,
        lane,
        task_id: field.taskId,
        stream,
        seq: field.count.describe('the last chunk that was really heard or shown'),
        sink: field.text(TEXT_LIMITS.sink_chars_max, 1, true).exactOptional().describe("by default the client's name"),
      })
      .describe('from players and overlays'),

    subscribe: z
      .object({
        type: z.literal('subscribe'),
        id,
        lane: field.laneNameOrAll
          .exactOptional()
          .describe('`*` for every lane the token may see')
          .meta({ default: DEFAULT_LANE }),
        topics: z
          .array(z.enum(TOPICS))
          .min(1)
          .max(limits.topics_per_message_max)
          .exactOptional()
          .meta({ default: [...DEFAULT_TOPICS] }),
        since: since.exactOptional().describe('where the watcher stopped; with lane `*` a map by lane'),
      })
      .check(checkSince)
      .describe('the lane, as it is and as it goes on; `ok {log, seq, recovered, snapshot?}`'),
    unsubscribe: z
      .object({
        type: z.literal('unsubscribe'),
        id,
        lane: field.laneNameOrAll.exactOptional().meta({ default: DEFAULT_LANE }),
      })
      .describe('no more of that lane'),
    'watch.pause': z.object({ type: z.literal('watch.pause'), id }).describe('a hidden page wants nothing for now'),
    'watch.resume': z.object({ type: z.literal('watch.resume'), id }).describe('answered by a snapshot'),

    'lane.start': z.object({ type: z.literal('lane.start'), id, lane }).describe('operators only'),
    'lane.stop': z
      .object({
        type: z.literal('lane.stop'),
        id,
        lane,
        drain: z.boolean().exactOptional().describe('let the holder finish').meta({ default: false }),
      })
      .describe('operators only; no new grants, nothing is lost'),
    'lane.status': z.object({ type: z.literal('lane.status'), id, lane }).describe('`ok` with the fields of `state`'),
    'client.list': z.object({ type: z.literal('client.list'), id }).describe('operators only; `ok {clients}`'),
    'client.remove': z
      .object({ type: z.literal('client.remove'), id, session_id: field.sessionId })
      .describe('operators only; closes with 4510 and ends its claims'),
  };
}

export type ClientMessageSchemas = ReturnType<typeof clientMessageSchemas>;

agree<ClientMessageType, keyof ClientMessageSchemas>();
agree<
  { [T in ClientMessageType]: Extract<ClientMessage, { type: T }> },
  { [T in ClientMessageType]: z.output<ClientMessageSchemas[T]> }
>();

/** One schema of all client messages, at the default limits. */
export const clientMessage = (() => {
  const s = clientMessageSchemas(LIMITS);
  return z.discriminatedUnion('type', [
    s.hello,
    s['auth.refresh'],
    s.ping,
    s.pong,
    s['task.submit'],
    s['task.cancel'],
    s['task.get'],
    s['task.list'],
    s['task.wait'],
    s['worker.register'],
    s['worker.unregister'],
    s['task.paused'],
    s['task.cancelled'],
    s['task.progress'],
    s['task.checkpoint'],
    s['task.complete'],
    s['task.fail'],
    s['floor.hold'],
    s['floor.release'],
    s['stream.open'],
    s['stream.chunk'],
    s['stream.close'],
    s['stream.heard'],
    s.subscribe,
    s.unsubscribe,
    s['watch.pause'],
    s['watch.resume'],
    s['lane.start'],
    s['lane.stop'],
    s['lane.status'],
    s['client.list'],
    s['client.remove'],
  ]);
})();
agree<ClientMessageType, z.output<typeof clientMessage>['type']>();

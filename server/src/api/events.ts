/**
 * `GET /v1/lanes/:lane/events`: a lane's facts and state as Server-Sent Events. Each fact is the message a WebSocket
 * watcher gets, under its own name; `id` is `log:seq`, so `Last-Event-ID` goes on where the reader stopped.
 */
import type { Replies, Since, Topic, WatchMessage } from '@cuehub/protocol';
import * as z from 'zod';
import type { Watch } from '../hub/port.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { failure, invalid } from './errors.js';
import { laneParams } from './params.js';
import { type SseEvent, SseStream } from './sse.js';

const SSE_TOPICS = ['state', 'task', 'text'] as const satisfies readonly Topic[];

const eventsQuery = z.object({
  last_event_id: z.string().optional().meta({ description: 'Like the header `Last-Event-ID`, which wins.' }),
  topics: z
    .string()
    .default('state,task')
    .transform((list) => list.split(','))
    .pipe(z.array(z.enum(SSE_TOPICS)).min(1))
    .meta({ description: 'Which of `state`, `task` and `text`, with commas between.' }),
});

const SSE_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // nginx would otherwise collect events until its buffer is full.
  'X-Accel-Buffering': 'no',
};

/** `log:seq` of the last event that was seen; null when it cannot be one. */
export function parseEventId(id: string): Since | null {
  const at = id.lastIndexOf(':');
  const seq = id.slice(at + 1);
  if (at < 1 || !/^\d{1,15}$/.test(seq)) return null;
  return { log: id.slice(0, at), seq: Number(seq) };
}

/**
 * Names and numbers the events of one reader. State carries the id of the last fact that went before it, so that a
 * reader who resumes from it misses none.
 */
export class EventCursor {
  #log: string;
  #seq: number;

  constructor(log: string, seq: number) {
    this.#log = log;
    this.#seq = seq;
  }

  toEvent(message: WatchMessage): SseEvent {
    if (message.type === 'event' || message.type === 'snapshot') {
      this.#log = message.log;
      this.#seq = message.seq;
    }
    const event = message.type === 'event' ? message.event : message.type;
    return { event, id: `${this.#log}:${this.#seq}`, data: message };
  }
}

export const eventEndpoints: readonly Endpoint[] = [
  endpoint(
    {
      method: 'get',
      path: '/v1/lanes/:lane/events',
      id: 'watchLane',
      tag: 'events',
      summary: 'Facts and state of a lane as they happen (Server-Sent Events)',
      params: laneParams,
      query: eventsQuery,
      headers: z.object({ 'Last-Event-ID': z.string().optional() }),
      answers: {
        200: {
          description:
            'An endless stream. `event` is the name of a fact (`task.started`), `state`, `snapshot`, `chunk`, `progress` or `gap`; `data` is the message as on the WebSocket.',
          content_type: 'text/event-stream',
        },
      },
      errors: [400, 403, 503],
    },
    ({ c, hub, access, params, query }) => {
      const last = c.req.header('Last-Event-ID') ?? query.last_event_id;
      const since = last === undefined || last === '' ? undefined : parseEventId(last);
      if (since === null) return invalid('last_event_id', 'is not `log:seq`, as it stands in the `id` of an event');

      if (c.req.method === 'HEAD') return new Response(null, { headers: SSE_HEADERS });

      let watch: Watch | undefined;
      let cursor: EventCursor | undefined;
      const { outgoing } = (c.env ?? {}) as { outgoing?: { destroy(): unknown } };
      const stream = new SseStream({
        onEnd: () => watch?.close(),
        disconnect: outgoing === undefined ? undefined : () => outgoing.destroy(),
      });
      const opened = hub.watch(
        access,
        { lane: params.lane, topics: query.topics, ...(since === undefined ? {} : { since }) },
        (message) => cursor !== undefined && stream.send(cursor.toEvent(message)),
        () => stream.close(),
      );
      if ('error' in opened) {
        stream.close();
        return failure(opened.error);
      }
      watch = opened;
      cursor = startOf(opened.reply, since);
      if (opened.reply.snapshot !== undefined) {
        stream.send(cursor.toEvent({ type: 'snapshot', ...opened.reply.snapshot }));
      }
      return new Response(stream.body, { headers: SSE_HEADERS });
    },
  ),
];

/** A recovered reader is where it was; the facts since then follow. Anybody else is where the lane is now. */
function startOf(reply: Replies['subscribe'], since: Since | undefined): EventCursor {
  const at = reply.recovered && since !== undefined ? since : reply;
  return new EventCursor(at.log, at.seq);
}

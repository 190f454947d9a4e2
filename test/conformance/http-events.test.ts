// Owns: Server-Sent Events (§7): the same facts and state as over the socket, and going on after Last-Event-ID.
// Leaves to others: what the facts say (watch.test.ts).
import { describe, expect, it } from 'vitest';
import { type Frame, type Hub, useHub } from './harness.js';

const handle = useHub();
const WITHIN_MS = 5_000;

interface ServerSentEvent {
  event: string;
  id: string | undefined;
  data: Frame;
}

/** The events of one response, one at a time; the connection ends with the generator. */
async function* listen(hub: Hub, lane: string, lastEventId?: string): AsyncGenerator<ServerSentEvent> {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(new Error(`no event of ${lane} within ${WITHIN_MS} ms`)), WITHIN_MS);
  try {
    const response = await hub.fetch('GET', `/v1/lanes/${lane}/events`, {
      signal: stop.signal,
      headers: { accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let buffered = '';
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      buffered += decoder.decode(bytes, { stream: true });
      const blocks = buffered.split(/\r?\n\r?\n/);
      buffered = blocks.pop() ?? '';
      for (const block of blocks) {
        const parsed = parse(block);
        if (parsed === undefined) continue;
        late.refresh();
        yield parsed;
      }
    }
  } finally {
    clearTimeout(late);
    stop.abort();
  }
}

/** One block of the stream, or undefined for a comment. */
function parse(block: string): ServerSentEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    fields.set(name, name === 'data' && fields.has(name) ? `${fields.get(name)}\n${value}` : value);
  }
  const data = fields.get('data');
  if (data === undefined || data === '') return undefined;
  return { event: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) as Frame };
}

/** Reads on until an event fits; gives back all that came, that one included. */
async function until(
  events: AsyncGenerator<ServerSentEvent>,
  fits: (event: ServerSentEvent) => boolean,
): Promise<ServerSentEvent[]> {
  const came: ServerSentEvent[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error(`the stream of events ended after ${came.map((event) => event.event).join()}`);
    came.push(value);
    if (fits(value)) return came;
  }
}

describe('GET events', () => {
  it('brings the state at once, and each fact under its own name with its log and seq as the id', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const watcher = await stage.watcher();
    await boss.submit({ name: 'nobody', priority: 'HIGH' });
    const events = listen(stage.hub, stage.lane);
    const [state] = (await until(events, ({ event }) => event === 'state')).slice(-1);
    expect(state?.data).toMatchObject({ state: { mode: 'idle', tasks_queued: 1 } });
    const { task_id } = await boss.submit({ name: 'nobody', args: { n: 1 } });
    const came = await until(events, ({ event, data }) => event === 'task.queued' && data.task?.task_id === task_id);
    await events.return(undefined);
    const fact = await watcher.fact('task.queued', task_id);
    expect(came.at(-1)?.id).toBe(`${fact.log}:${fact.seq}`);
    expect(came.at(-1)?.data.task).toEqual(fact.task);
  });

  it('goes on after Last-Event-ID with what was missed, each once', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    const watcher = await stage.watcher();
    const ids: string[] = [];
    for (let at = 0; at < 4; at += 1) ids.push((await boss.submit({ name: 'nobody' })).task_id);
    const seen = await watcher.fact('task.queued', ids[0]);
    const events = listen(stage.hub, stage.lane, `${seen.log}:${seen.seq}`);
    await until(events, ({ data }) => data.task?.task_id === ids[3]).then((came) => {
      const facts = came.filter(({ event }) => event.startsWith('task.'));
      expect(facts.map(({ data }) => data.task.task_id)).toEqual(ids.slice(1));
      expect(facts.map(({ id }) => id)).toEqual([1, 2, 3].map((later) => `${seen.log}:${seen.seq + later}`));
    });
    const live = await boss.submit({ name: 'nobody' });
    await until(events, ({ data }) => data.task?.task_id === live.task_id);
    await events.return(undefined);
  });

  it('with a Last-Event-ID of another log goes on live, with the state of now', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    await boss.submit({ name: 'nobody' });
    const events = listen(stage.hub, stage.lane, 'another-log:3');
    await until(events, ({ event, data }) => event === 'state' && data.state.tasks_queued === 1);
    const { task_id } = await boss.submit({ name: 'nobody' });
    await until(events, ({ event, data }) => event === 'task.queued' && data.task.task_id === task_id);
    await events.return(undefined);
  });

  it('ends with the client and costs nobody else anything', async () => {
    const stage = handle.stage();
    const boss = await stage.join();
    await boss.submit({ name: 'nobody' });
    const [leaving, staying] = [listen(stage.hub, stage.lane), listen(stage.hub, stage.lane)];
    for (const events of [leaving, staying]) await until(events, ({ event }) => event === 'state');
    await leaving.return(undefined);
    const { task_id } = await boss.submit({ name: 'nobody' });
    await until(staying, ({ data }) => data.task?.task_id === task_id);
    await staying.return(undefined);
  });
});

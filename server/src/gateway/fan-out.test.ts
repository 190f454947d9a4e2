/** Fan-out by counts: what is made once, and what each socket costs. */
import { type Codec, codecFor, type Encoding } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import { TestHub, TOKEN, turnEnds } from '../hub/testing/test-hub.js';
import { Gateway } from './gateway.js';
import { FakeWire } from './testing/fake-wire.js';

const encodings: Record<Encoding, number> = { json: 0, msgpack: 0 };

/** Counts what watchers are told; answers are their own. */
function counting(encoding: Encoding): Codec {
  const codec = codecFor(encoding);
  const encode = (message: object): string | Uint8Array => {
    const { type } = message as { type: string };
    if (type === 'chunk' || type === 'event' || type === 'state') encodings[encoding] += 1;
    return codec.encode(message);
  };
  return { ...codec, encode } as Codec;
}

class CountingWire extends FakeWire {
  override readonly codec: Codec;

  constructor(encoding: Encoding) {
    super();
    this.codec = counting(encoding);
  }
}

interface Watched {
  readonly t: TestHub;
  readonly watchers: CountingWire[];
  readonly chunk: (count: number, lane?: string) => void;
}

async function watched(lanes: readonly string[], crowd: Partial<Record<Encoding, number>>): Promise<Watched> {
  const t = await TestHub.open();
  const gateway = new Gateway(t.hub);
  const runs = new Map(
    lanes.map((lane) => {
      const worker = t.client();
      worker.register(['x'], lane);
      const task_id = t.submit({ name: 'x' }, lane);
      const { epoch } = worker.last('task.dispatch');
      worker.says({ type: 'stream.open', task_id, epoch });
      return [lane, { worker, task_id, epoch, seq: 0 }];
    }),
  );
  const watchers = Object.entries(crowd).flatMap(([encoding, count]) =>
    Array.from({ length: count }, () => {
      const wire = new CountingWire(encoding as Encoding);
      const connection = gateway.connect(wire);
      const say = (message: object): void => connection.frame(wire.codec.encode(message), wire.codec.binary);
      say({ type: 'hello', client: { name: 'c' }, token: TOKEN });
      for (const lane of lanes) say({ type: 'subscribe', lane, topics: ['state', 'task', 'text'] });
      return wire;
    }),
  );
  await turnEnds();
  encodings.json = 0;
  encodings.msgpack = 0;
  for (const wire of watchers) {
    wire.writes = 0;
    wire.written.length = 0;
  }
  return {
    t,
    watchers,
    chunk: (count, lane = lanes[0] ?? '') => {
      const run = runs.get(lane);
      if (run === undefined) throw new Error(lane);
      const { worker, task_id, epoch } = run;
      for (let at = 0; at < count; at++) {
        worker.says({ type: 'stream.chunk', task_id, epoch, seq: run.seq++, data: 'word ' });
      }
    },
  };
}

test('a message is encoded once a codec however many watch, and a turn is one write a socket', async () => {
  const { t, watchers, chunk } = await watched(['main'], { json: 20, msgpack: 10 });
  const before = t.hub.stats().deliveries_total;
  chunk(10);
  t.submit({ name: 'nobody' });
  await turnEnds();
  // Ten chunks, a fact and the state that it changed.
  expect(encodings).toEqual({ json: 12, msgpack: 12 });
  expect(watchers.map(({ writes }) => writes)).toEqual(watchers.map(() => 1));
  for (const { written } of watchers) {
    expect(written.map(({ type }) => type)).toEqual([...Array.from({ length: 10 }, () => 'chunk'), 'event', 'state']);
  }
  expect(t.hub.stats().deliveries_total - before).toBe(30 * 12);
});

test('what several lanes told in a turn is one write too', async () => {
  const { watchers, chunk } = await watched(['a', 'b', 'c'], { json: 3 });
  for (const lane of ['a', 'b', 'c']) chunk(2, lane);
  await turnEnds();
  expect(encodings.json).toBe(6);
  for (const { writes, written } of watchers) {
    expect(writes).toBe(1);
    expect(written.map(({ lane, seq }) => `${lane}${seq}`)).toEqual(['a0', 'a1', 'b0', 'b1', 'c0', 'c1']);
  }
});

test('one that is stuck costs the others neither an encoding nor a write', async () => {
  const { watchers, chunk } = await watched(['main'], { json: 3 });
  const [stuck, ...others] = watchers;
  if (stuck === undefined) throw new Error('nobody');
  stuck.stuck = true;
  for (let turn = 0; turn < 5; turn++) {
    chunk(2);
    await turnEnds();
  }
  expect(encodings.json).toBe(10);
  expect(others.map(({ writes }) => writes)).toEqual([5, 5]);
  stuck.unstick();
  await turnEnds();
  expect(stuck.written.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, seq) => seq));
});

/**
 * Many connections that do all kinds of things in an order that only the seed knows: they run tasks, watch, read
 * slowly, hide, leave and come back. Whatever happens, every watcher can account for every fact, and nothing breaks.
 */
import { afterEach, expect, test } from 'vitest';
import type { HubOptions } from '../config/config.js';
import { TestHub, TOKEN, turnEnds } from '../hub/testing/test-hub.js';
import type { Connection } from './connection.js';
import { Gateway } from './gateway.js';
import { FakeWire } from './testing/fake-wire.js';
import type { AnyMessage } from './testing/raw-client.js';

/** Mulberry32: small, and the same everywhere. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Where a watcher is in a lane, by what it was told. */
interface Place {
  log: string;
  seq: number;
  /** A gap was announced; the snapshot that follows says from where it goes on. */
  lost: boolean;
}

class Actor {
  wire = new FakeWire();
  connection: Connection;
  session: { session_id: string; resume_token: string } | null = null;
  readonly runs = new Map<string, { epoch: number; next: number }>();
  readonly places = new Map<string, Place>();
  readonly problems: string[] = [];
  #read = 0;
  #ids = 0;
  readonly #asked = new Map<number, AnyMessage>();
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.connection = gateway.connect(this.wire);
    this.say({ type: 'hello', client: { name: 'actor' }, token: TOKEN });
  }

  say(message: AnyMessage): void {
    this.connection.frame(JSON.stringify(message), false);
  }

  ask(message: AnyMessage): void {
    const id = ++this.#ids;
    this.#asked.set(id, message);
    this.say({ ...message, id });
  }

  /** Comes back on another connection, or as somebody else. */
  reconnect(resume: boolean): void {
    this.wire = new FakeWire();
    this.#read = 0;
    this.#asked.clear();
    this.places.clear();
    this.connection = this.#gateway.connect(this.wire);
    const holding = [...this.runs].map(([task_id, { epoch }]) => ({ task_id, epoch }));
    const back = resume && this.session !== null ? { resume: this.session, holding } : {};
    this.say({ type: 'hello', client: { name: 'actor' }, token: TOKEN, ...back });
  }

  /** Reads what came since the last time. */
  read(): void {
    for (; this.#read < this.wire.written.length; this.#read++) this.#take(this.wire.written[this.#read]);
  }

  #take(message: AnyMessage): void {
    const place = this.places.get(message.lane);
    switch (message.type) {
      case 'welcome':
        this.session = { session_id: message.session_id, resume_token: message.resume_token };
        for (const task_id of message.released) this.runs.delete(task_id);
        return;
      case 'task.dispatch':
        this.runs.set(message.task.task_id, { epoch: message.epoch, next: message.resume?.streams?.main ?? 0 });
        return;
      case 'task.resume':
        this.runs.set(message.task_id, { epoch: message.epoch, next: message.streams.main ?? 0 });
        return;
      case 'task.pause':
        this.say({ type: 'task.paused', task_id: message.task_id, epoch: message.epoch });
        return;
      case 'task.cancel':
        this.say({ type: 'task.cancelled', task_id: message.task_id, epoch: message.epoch });
        return;
      case 'task.revoked':
        this.runs.delete(message.task_id);
        return;
      case 'ok':
      case 'error':
        return this.#answer(message);
      case 'unsubscribed':
        this.places.delete(message.lane);
        return;
      case 'gap':
        if (place !== undefined && message.facts !== null) {
          if (message.facts.from_seq !== place.seq + 1)
            this.problems.push(`a gap from ${message.facts.from_seq} after ${place.seq}`);
          place.lost = true;
        }
        return;
      case 'snapshot':
        if (place === undefined) return;
        if (message.seq < place.seq || (!place.lost && message.seq !== place.seq)) {
          this.problems.push(`a snapshot at ${message.seq} after fact ${place.seq}, lost: ${place.lost}`);
        }
        place.seq = message.seq;
        place.lost = false;
        return;
      case 'event':
        if (place === undefined) return void this.problems.push(`a fact of ${message.lane} that is not watched`);
        if (message.seq !== place.seq + 1 || place.lost) this.problems.push(`fact ${message.seq} after ${place.seq}`);
        place.seq = message.seq;
        return;
      case 'state':
        if (place !== undefined && message.seq > place.seq && !place.lost) {
          this.problems.push(`a state as of ${message.seq} before that fact: ${place.seq}`);
        }
        return;
      default:
    }
  }

  #answer(message: AnyMessage): void {
    const asked = this.#asked.get(message.re);
    if (message.re !== undefined && !this.#asked.delete(message.re))
      this.problems.push(`a second answer to ${message.re}`);
    if (message.code === 'internal') this.problems.push('internal');
    if (asked?.type === 'unsubscribe' && message.type === 'ok') this.places.delete(asked.lane);
    if (asked?.type !== 'subscribe' || message.type !== 'ok') return;
    const { lane, log, seq, recovered } = message;
    this.places.set(lane, { log, seq: recovered ? asked.since.seq : seq, lost: false });
  }
}

const LANES = ['a', 'b'];
const PRIORITIES = ['URGENT', 'HIGH', 'MEDIUM', 'LOW'];
const actors: Actor[] = [];

afterEach(() => {
  actors.length = 0;
});

/** What went wrong. */
async function storm(seed: number, steps: number): Promise<{ told: string[]; errors: unknown[] }> {
  const random = chance(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const errors: unknown[] = [];
  const note = (fields: object, text: string): void => void errors.push([text, fields]);
  const options: HubOptions = {
    rate_limit: 0,
    session_ttl_ms: 3_000,
    limits: { unsent_low_bytes: 4_000, unsent_high_bytes: 12_000, unsent_hard_bytes: 60_000, fact_ring_items_max: 60 },
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: note },
  };
  const t = await TestHub.open(options);
  const gateway = new Gateway(t.hub);
  for (let at = 0; at < 6; at++) actors.push(new Actor(gateway));
  const log = t.watcher({ lane: 'a' }).reply?.log ?? '';
  const tasks: string[] = [];

  const deeds: ((actor: Actor) => void)[] = [
    (actor) =>
      actor.ask({
        type: 'task.submit',
        lane: pick(LANES),
        task: {
          name: pick(['x', 'y']),
          priority: pick(PRIORITIES),
          on_interrupt: pick(['pause', 'restart', 'drop']),
          max_attempts: pick([1, 3]),
          args: 'x'.repeat(Math.floor(random() * 2_000)),
          ...(random() < 0.3 ? { executor: 'self', idempotency_key: String(random()) } : {}),
        },
      }),
    (actor) => actor.ask({ type: 'worker.register', lane: pick(LANES), names: [pick(['x', 'y', '*'])] }),
    (actor) => actor.ask({ type: 'worker.unregister', lane: pick(LANES), names: [pick(['x', 'y', '*'])] }),
    (actor) => actor.ask({ type: 'subscribe', lane: pick(LANES), topics: ['state', 'task', 'text', 'client'] }),
    (actor) => {
      const lane = pick(LANES);
      const seq = Math.floor(random() * (actor.places.get(lane)?.seq ?? 5));
      actor.ask({ type: 'subscribe', lane, topics: ['state', 'task', 'text'], since: { log, seq } });
    },
    (actor) => actor.ask({ type: 'unsubscribe', lane: pick(LANES) }),
    (actor) => actor.ask({ type: pick(['watch.pause', 'watch.resume']) }),
    (actor) => void (actor.wire.stuck = true),
    (actor) => actor.wire.unstick(),
    (actor) => {
      actor.connection.ended(pick([1000, 1005, 1006, 1001]));
      actor.reconnect(random() < 0.7);
    },
    (actor) => actor.reconnect(true),
    (actor) => actor.ask({ type: pick(['lane.start', 'lane.start', 'lane.stop']), lane: pick(LANES) }),
    (actor) =>
      tasks.length > 0 && actor.ask({ type: pick(['task.cancel', 'task.wait', 'task.get']), task_id: pick(tasks) }),
    (actor) => actor.ask({ type: 'task.list', lane: pick(LANES), limit: 20 }),
    () => t.clock.advance(Math.floor(random() * 1_500)),
  ];
  /** What an executor does with a run that it has in its hands. */
  const work = (actor: Actor): void => {
    const [task_id, run] = pick([...actor.runs]) ?? [];
    if (task_id === undefined || run === undefined) return;
    const frame = { task_id, epoch: run.epoch };
    const deed = random();
    if (deed < 0.2) actor.say({ type: 'stream.open', ...frame, can_interrupt: random() < 0.7 });
    else if (deed < 0.7) actor.say({ type: 'stream.chunk', ...frame, seq: run.next++, data: 'w'.repeat(300) });
    else if (deed < 0.8) actor.say({ type: 'task.checkpoint', ...frame, checkpoint: run.next });
    else {
      actor.ask({
        type: pick(['task.complete', 'task.complete', 'task.fail']),
        ...frame,
        error: { code: 'e', message: '' },
        retryable: true,
      });
      actor.runs.delete(task_id);
    }
  };

  for (let step = 0; step < steps; step++) {
    const actor = pick(actors);
    if (actor.wire.closed !== null) {
      actor.read();
      actor.reconnect(random() < 0.5);
    }
    if (random() < 0.4) work(actor);
    else pick(deeds)(actor);
    if (random() < 0.3) {
      await turnEnds();
      for (const one of actors) one.read();
    }
    for (const lane of LANES) {
      const { ok } = t.request({ type: 'task.list', lane, limit: 5 }) as { ok: { tasks: { task_id: string }[] } };
      tasks.push(...ok.tasks.map(({ task_id }) => task_id));
    }
    tasks.splice(0, Math.max(0, tasks.length - 20));
  }
  for (const actor of actors) actor.wire.unstick();
  for (let at = 0; at < 50; at++) await turnEnds();
  for (const actor of actors) actor.read();
  return { told: actors.flatMap(({ problems }) => problems), errors };
}

test.each(Array.from({ length: 12 }, (_, at) => at + 1))(
  'storm %i: every fact is accounted for and nothing breaks',
  async (seed) => {
    expect(await storm(seed, 600)).toEqual({ told: [], errors: [] });
  },
);

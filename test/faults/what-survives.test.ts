// One hub, killed with SIGKILL in the middle of many small scenes, each on a lane of its own; started again on the same
// data; and then what a stranger who has only read the contract expects of each of them. Plain sockets, no client library.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fields, Frame, Task } from '../conformance/frames.js';
import { type Hub, startHub } from '../conformance/hub-process.js';
import { joinHub, type JoinOptions, type RawClient } from '../conformance/raw-client.js';

const PATIENCE_MS = 100_000;

let data: string;
let hub: Hub;
let submitted_at = 0;
let killed_at = 0;
const clients: RawClient[] = [];

async function comeIn(options: JoinOptions = {}): Promise<RawClient> {
  const client = await joinHub(hub, options, PATIENCE_MS);
  clients.push(client);
  return client;
}

/** What a scene did before the kill, and what must be true after it. */
type Scene = (lane: string) => Promise<() => Promise<void>>;

const scenes: Record<string, Scene> = {};
const afterwards = new Map<string, () => Promise<void>>();

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'cuehub-survives-'));
  hub = await startHub({ data, within_ms: PATIENCE_MS });
  submitted_at = Date.now();
  const begun = Object.entries(scenes).map(async ([name, scene], at) => [name, await scene(`lane-${at}`)] as const);
  for (const [name, after] of await Promise.all(begun)) afterwards.set(name, after);
  await hub.kill();
  killed_at = Date.now();
  await Promise.all(clients.map((client) => client.closed));
  hub = await startHub({ data, within_ms: PATIENCE_MS });
}, PATIENCE_MS);

afterAll(async () => {
  await hub.kill();
  await rm(data, { recursive: true, force: true });
}, PATIENCE_MS);

/** Somebody who says and asks things about one lane. */
class Someone {
  readonly client: RawClient;
  readonly lane: string;

  constructor(client: RawClient, lane: string) {
    this.client = client;
    this.lane = lane;
  }

  static async on(lane: string, options: JoinOptions = {}): Promise<Someone> {
    return new Someone(await comeIn(options), lane);
  }

  static async worker(lane: string, ...names: string[]): Promise<Someone> {
    const worker = await Someone.on(lane);
    await worker.ok('worker.register', { names });
    return worker;
  }

  /** The same client, as it comes back. */
  async back(holding: { task_id: string; epoch: number }[] = []): Promise<Someone> {
    return Someone.on(this.lane, { resume: this.client.claim, holding });
  }

  ok(type: string, fields: Fields = {}): Promise<Frame> {
    return this.client.ok(type, { lane: this.lane, ...fields }, PATIENCE_MS);
  }

  submit(task: Fields): Promise<Frame> {
    return this.ok('task.submit', { task });
  }

  async task(task_id: string): Promise<Task> {
    return (await this.ok('task.get', { task_id })).task;
  }

  async ended(task_id: string): Promise<Task> {
    return (await this.ok('task.wait', { task_id })).task;
  }

  hears(type: string, task_id?: string): Promise<Frame> {
    return this.client.expectFrame(
      (frame) =>
        frame.type === type &&
        (task_id === undefined || frame.task_id === task_id || (frame.task as Task | undefined)?.task_id === task_id),
      PATIENCE_MS,
    );
  }

  /** Has the floor with a task of its own. */
  async runs(task: Fields): Promise<{ task_id: string; epoch: number }> {
    const { task_id } = await this.submit(task);
    const { epoch } = await this.hears('task.dispatch', task_id);
    return { task_id, epoch };
  }
}

scenes['an idempotency key answers for the task that ended before, and for no other body'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  const task = { name: 'x', args: { n: 1 }, idempotency_key: 'k' };
  const run = await worker.runs(task);
  await worker.ok('task.complete', { ...run, result: 7 });
  return async () => {
    const back = await Someone.on(lane);
    expect(await back.submit(task)).toMatchObject({ task_id: run.task_id, duplicate: true, state: 'completed' });
    await back.client.refused('task.submit', { lane, task: { ...task, args: { n: 2 } } }, 'idempotency_conflict');
    expect((await back.ok('task.get', { idempotency_key: 'k' })).task).toMatchObject({ result: 7, state: 'completed' });
  };
};

scenes['dedupe finds what waited before'] = async (lane) => {
  const someone = await Someone.on(lane);
  const first = await someone.submit({ name: 'x', dedupe: { key: 'd', mode: 'keep' } });
  return async () => {
    const back = await Someone.on(lane);
    const kept = await back.submit({ name: 'x', dedupe: { key: 'd', mode: 'keep' } });
    expect(kept).toMatchObject({ task_id: first.task_id, duplicate: true });
    const next = await back.submit({ name: 'x', dedupe: { key: 'd', mode: 'replace' } });
    expect(next.duplicate).toBe(false);
    expect(await back.task(first.task_id)).toMatchObject({ state: 'cancelled', reason: 'superseded' });
  };
};

scenes['a deadline runs on while the hub is down'] = async (lane) => {
  const someone = await Someone.on(lane);
  const { task_id } = await someone.submit({ name: 'x', ttl_ms: 1_500 });
  return async () => {
    const task = await (await Someone.on(lane)).ended(task_id);
    expect(task).toMatchObject({ state: 'expired', reason: 'ttl' });
    expect(Number(task.ended_at) - Number(task.submitted_at)).toBeGreaterThanOrEqual(1_500);
  };
};

scenes['a pause that is too long ends, also when the hub was down meanwhile'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  const { task_id } = await worker.runs({ name: 'x', resume_ttl_ms: 1_000, max_attempts: 1 });
  return async () => {
    const task = await (await Someone.on(lane)).ended(task_id);
    expect(task).toMatchObject({ state: 'expired', reason: 'resume_ttl' });
  };
};

scenes['down time is no running time'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  const run = await worker.runs({ name: 'x' });
  await worker.ok('task.checkpoint', { ...run, checkpoint: 1 });
  return async () => {
    const task = await (await Someone.on(lane)).task(run.task_id);
    expect(task.state).toBe('paused');
    expect(task.running_ms).toBeLessThanOrEqual(killed_at - submitted_at);
    const back = await worker.back([run]);
    expect(back.client.welcome).toMatchObject({ resumed: true, adopted: [run.task_id], released: [] });
    const { epoch, paused_ms } = await back.hears('task.resume', run.task_id);
    expect(epoch).toBeGreaterThan(run.epoch);
    expect(paused_ms).toBeGreaterThanOrEqual(0);
    await back.ok('task.complete', { task_id: run.task_id, epoch });
  };
};

scenes['holds end with the hub; that of a stream is taken again with the resume'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  const run = await worker.runs({ name: 'x' });
  const { hold_id } = await worker.ok('floor.hold', run);
  await worker.ok('stream.open', { ...run, can_interrupt: false });
  await worker.ok('task.checkpoint', { ...run, checkpoint: 1 });
  return async () => {
    const back = await worker.back([run]);
    const { epoch } = await back.hears('task.resume', run.task_id);
    const now = { task_id: run.task_id, epoch };
    await back.client.refused('floor.hold', { ...now, hold_id }, 'hold_not_found');
    expect((await back.ok('lane.status')).state).toMatchObject({ can_interrupt: false, streaming: true });
    await back.ok('stream.close', now);
    expect((await back.ok('lane.status')).state).toMatchObject({ can_interrupt: true });
    await back.ok('task.complete', now);
  };
};

scenes['a page that opens later sees the sentence, and its executor goes on in the middle of it'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  const run = await worker.runs({ name: 'x' });
  await worker.ok('stream.open', run);
  for (const [seq, data] of ['I ', 'was ', 'saying '].entries()) await worker.ok('stream.chunk', { ...run, seq, data });
  // The text is in the journal before this is answered.
  await worker.ok('task.checkpoint', { ...run, checkpoint: { at: 3 } });
  return async () => {
    const page = await Someone.on(lane);
    const { snapshot } = await page.ok('subscribe', { topics: ['task', 'text', 'state'] });
    expect(snapshot?.streams).toMatchObject([
      { task_id: run.task_id, text: 'I was saying ', text_from: 0, next_seq: 3 },
    ]);
    const back = await worker.back([run]);
    const resumed = await back.hears('task.resume', run.task_id);
    expect(resumed).toMatchObject({ checkpoint: { at: 3 }, streams: { main: 3 } });
    await back.ok('stream.chunk', { task_id: run.task_id, epoch: resumed.epoch, seq: 3, data: 'that' });
    expect(await page.hears('chunk', run.task_id)).toMatchObject({ seq: 0, data: 'I ' });
    for (const data of ['was ', 'saying ', 'that']) expect(await page.hears('chunk')).toMatchObject({ data });
    await back.ok('task.complete', { task_id: run.task_id, epoch: resumed.epoch });
  };
};

scenes['what was heard is told with the resume, and never more than there is'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  const run = await worker.runs({ name: 'x' });
  await worker.ok('stream.open', run);
  for (let seq = 0; seq < 4; seq += 1) await worker.ok('stream.chunk', { ...run, seq, data: '.' });
  await worker.ok('stream.heard', { task_id: run.task_id, stream: 'main', seq: 2, sink: 'speaker' });
  await worker.ok('task.checkpoint', { ...run, checkpoint: 1 });
  return async () => {
    const back = await worker.back([run]);
    const { heard, streams, epoch } = await back.hears('task.resume', run.task_id);
    expect({ heard, streams }).toEqual({ heard: { main: { speaker: 2 } }, streams: { main: 4 } });
    await back.ok('task.complete', { task_id: run.task_id, epoch });
  };
};

scenes['a watcher goes on from a durable fact of the log before, and is told of a gap past it'] = async (lane) => {
  const someone = await Someone.on(lane);
  const first = await someone.submit({ name: 'x' });
  const { log, seq } = await someone.ok('subscribe', { topics: ['task'] });
  return async () => {
    const back = await Someone.on(lane);
    const told = await back.ok('subscribe', { topics: ['task'], since: { log, seq } });
    expect(told).toMatchObject({ recovered: true, seq });
    expect(told.log).not.toBe(log);
    const past = await back.ok('subscribe', { topics: ['task'], since: { log, seq: seq + 50 } });
    expect(past).toMatchObject({ recovered: false, snapshot: { queue: [{ task_id: first.task_id }] } });
    const whole = await back.ok('subscribe', { topics: ['task'], since: { log, seq: 0 } });
    expect(whole.recovered).toBe(true);
    expect(await back.client.expectFrame({ type: 'event', seq: 1 })).toMatchObject({
      event: 'task.queued',
      log: told.log,
    });
  };
};

scenes['a session comes back with its registrations'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x', 'y*');
  return async () => {
    const back = await worker.back();
    expect(back.client.welcome).toMatchObject({ resumed: true, session_id: worker.client.sessionId });
    for (const name of ['x', 'yes']) {
      const run = await back.runs({ name });
      await back.ok('task.complete', run);
    }
    // What opened it once opens it no more.
    const again = await Someone.on(lane, { resume: worker.client.claim });
    expect(again.client.welcome?.resumed).toBe(false);
  };
};

scenes['a lane that was stopped stays stopped'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  await worker.ok('lane.stop');
  const { task_id } = await worker.submit({ name: 'x' });
  return async () => {
    const back = await worker.back();
    expect((await back.ok('lane.status')).state).toMatchObject({ started: false, tasks_queued: 1 });
    expect(await back.task(task_id)).toMatchObject({ state: 'queued', waiting_for: 'start' });
    await back.ok('lane.start');
    const { epoch } = await back.hears('task.dispatch', task_id);
    await back.ok('task.complete', { task_id, epoch });
  };
};

scenes['a caller waits on for its child, and goes on when that has ended'] = async (lane) => {
  const worker = await Someone.worker(lane, 'parent', 'child');
  const parent = await worker.runs({ name: 'parent', priority: 'HIGH' });
  const child = await worker.runs({ name: 'child', priority: 'LOW', parent_id: parent.task_id, call: true });
  await worker.ok('task.checkpoint', { ...child, checkpoint: 1 });
  return async () => {
    const back = await worker.back([parent, child]);
    expect(back.client.welcome?.adopted).toHaveLength(2);
    const resumed = await back.hears('task.resume', child.task_id);
    expect(await back.task(parent.task_id)).toMatchObject({ state: 'paused', waiting_for: 'child' });
    await back.ok('task.complete', { task_id: child.task_id, epoch: resumed.epoch, result: 'found' });
    const { epoch } = await back.hears('task.resume', parent.task_id);
    await back.ok('task.complete', { task_id: parent.task_id, epoch });
    expect(await back.task(child.task_id)).toMatchObject({ state: 'completed', result: 'found' });
  };
};

scenes['a task of one’s own waits for its session, and runs there'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  await worker.runs({ name: 'x', priority: 'URGENT' });
  const { task_id } = await worker.submit({ name: 'mine', executor: 'self', idempotency_key: 'own' });
  return async () => {
    expect(await (await Someone.on(lane)).task(task_id)).toMatchObject({ state: 'queued', waiting_for: 'session' });
    const back = await worker.back();
    expect(back.client.welcome?.resumed).toBe(true);
    const { epoch } = await back.hears('task.dispatch', task_id);
    await back.ok('task.complete', { task_id, epoch });
  };
};

scenes['a cancel that was acknowledged holds, also in the middle of its grace'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  const waiting = await worker.submit({ name: 'nobody' });
  const run = await worker.runs({ name: 'x', pause_grace_ms: 5_000 });
  await worker.ok('task.cancel', { task_id: waiting.task_id, reason: 'enough' });
  await worker.ok('task.cancel', { task_id: run.task_id });
  return async () => {
    const back = await worker.back([run]);
    expect(back.client.welcome?.released).toEqual([run.task_id]);
    expect(await back.task(waiting.task_id)).toMatchObject({ state: 'cancelled', reason: 'enough' });
    expect(await back.task(run.task_id)).toMatchObject({ state: 'cancelled', reason: 'requested' });
  };
};

scenes['a restart that was under way is queued again at its old place, no attempt used'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x', 'y');
  const run = await worker.runs({ name: 'x', priority: 'LOW', on_interrupt: 'restart', pause_grace_ms: 5_000 });
  const urgent = await worker.submit({ name: 'y', priority: 'URGENT' });
  await worker.hears('task.cancel', run.task_id);
  await worker.submit({ name: 'nobody' });
  return async () => {
    const back = await worker.back([run]);
    expect(back.client.welcome?.released).toEqual([run.task_id]);
    const first = await back.hears('task.dispatch');
    expect(first.task.task_id).toBe(urgent.task_id);
    await back.ok('task.complete', { task_id: urgent.task_id, epoch: first.epoch });
    expect(await back.hears('task.dispatch', run.task_id)).toMatchObject({ attempt: 1 });
  };
};

scenes['another attempt that was due is made'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x');
  const run = await worker.runs({ name: 'x', max_attempts: 2 });
  await worker.ok('task.checkpoint', { ...run, checkpoint: { at: 9 } });
  await worker.ok('task.fail', { ...run, error: { code: 'oops', message: 'it broke' }, retryable: true });
  return async () => {
    const back = await worker.back([run]);
    expect(back.client.welcome?.released).toEqual([run.task_id]);
    const next = await back.hears('task.dispatch', run.task_id);
    expect(next).toMatchObject({ attempt: 2, resume: { checkpoint: { at: 9 } } });
    await back.ok('task.complete', { task_id: run.task_id, epoch: next.epoch });
  };
};

scenes['sound is not kept, where it was is'] = async (lane) => {
  const worker = await Someone.on(lane, { codec: 'msgpack' });
  await worker.ok('worker.register', { names: ['x'] });
  const run = await worker.runs({ name: 'x' });
  await worker.ok('stream.open', { ...run, stream: 'voice', content_type: 'audio/opus' });
  for (let seq = 0; seq < 3; seq += 1) {
    await worker.ok('stream.chunk', { ...run, stream: 'voice', seq, data: new Uint8Array([seq]) });
  }
  await worker.ok('task.checkpoint', { ...run, checkpoint: 1 });
  return async () => {
    const back = await worker.back([run]);
    const { streams, epoch } = await back.hears('task.resume', run.task_id);
    expect(streams).toEqual({ voice: 3 });
    await back.ok('stream.chunk', { task_id: run.task_id, epoch, stream: 'voice', seq: 3, data: 'text is fine too' });
    await back.ok('task.complete', { task_id: run.task_id, epoch });
  };
};

scenes['the one with the floor is paused, and anybody who waits is next'] = async (lane) => {
  const worker = await Someone.worker(lane, 'x', 'y');
  const run = await worker.runs({ name: 'x', interruptible: false });
  const low = await worker.submit({ name: 'y', priority: 'LOW' });
  const high = await worker.submit({ name: 'y', priority: 'HIGH' });
  return async () => {
    const someone = await Someone.on(lane);
    expect(await someone.task(run.task_id)).toMatchObject({
      state: 'paused',
      reason: 'executor_lost',
      waiting_for: 'session',
    });
    await someone.ok('worker.register', { names: ['y'] });
    const first = await someone.hears('task.dispatch');
    expect(first.task.task_id).toBe(high.task_id);
    await someone.ok('task.complete', { task_id: high.task_id, epoch: first.epoch });
    expect((await someone.hears('task.dispatch')).task.task_id).toBe(low.task_id);
  };
};

describe('after a kill', () => {
  test.each(Object.keys(scenes))('%s', { timeout: PATIENCE_MS }, async (name) => {
    await afterwards.get(name)?.();
    for (const client of clients) expect(client.violations).toEqual([]);
  });
});

describe('after a kill, when nobody comes back', () => {
  test('claims end: another attempt, a failure, a cancel, and children with their callers', {
    timeout: PATIENCE_MS,
  }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'cuehub-survives-'));
    const options = { data: dir, within_ms: PATIENCE_MS, flags: { 'session-ttl': 300 } };
    let own = await startHub(options);
    try {
      const worker = await joinHub(own, {}, PATIENCE_MS);
      const ask = (type: string, fields: Fields): Promise<Frame> => worker.ok(type, fields, PATIENCE_MS);
      const runs = async (lane: string, task: Fields): Promise<{ task_id: string; epoch: number }> => {
        await ask('worker.register', { lane, names: ['x'] });
        const { task_id } = await ask('task.submit', { lane, task: { name: 'x', ...task } });
        return { task_id, epoch: (await worker.expectFrame({ type: 'task.dispatch' }, PATIENCE_MS)).epoch };
      };
      const once = await runs('once', {});
      const twice = await runs('twice', { max_attempts: 2 });
      const parent = await runs('calls', {});
      const call = { name: 'child', parent_id: parent.task_id, call: true };
      const child = await ask('task.submit', { lane: 'calls', task: call });
      await runs('self', { priority: 'URGENT' });
      const self = await ask('task.submit', {
        lane: 'self',
        task: { name: 'me', executor: 'self', idempotency_key: 'k' },
      });
      await own.kill();
      own = await startHub(options);
      const someone = await joinHub(own, {}, PATIENCE_MS);
      const ended = async (task_id: string): Promise<Task> =>
        (await someone.ok('task.wait', { task_id }, PATIENCE_MS)).task;
      expect(await ended(once.task_id)).toMatchObject({ state: 'failed', reason: 'executor_lost', attempt: 1 });
      expect(await ended(parent.task_id)).toMatchObject({ state: 'failed', reason: 'executor_lost' });
      expect(await ended(child.task_id)).toMatchObject({ state: 'cancelled', reason: 'parent_ended' });
      expect(await ended(self.task_id)).toMatchObject({ state: 'cancelled', reason: 'session_ended' });
      await someone.ok('worker.register', { lane: 'twice', names: ['x'] });
      const again = await someone.expectFrame({ type: 'task.dispatch' }, PATIENCE_MS);
      expect(again).toMatchObject({ task: { task_id: twice.task_id }, attempt: 2, resume: null });
    } finally {
      await own.kill();
      await rm(dir, { recursive: true, force: true });
    }
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../config/testing/fake-clock.js';
import { type TestClient, TestHub, turnEnds } from '../../hub/testing/test-hub.js';
import { contextFor, journalContract } from '../testing/journal-contract.js';
import { WrappedStore } from '../testing/wrapped-store.js';
import { JournalDamaged, JournalLocked } from './damage.js';
import { DiskJournal } from './disk.js';
import { GATHER_MS } from './gathering.js';
import type { DiskJournalOptions } from './options.js';
import type { Store } from './store.js';

const dirs: string[] = [];

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-journal-'));
  dirs.push(dir);
  return dir;
}

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A store that fails when it is told to. */
class Faulty extends WrappedStore {
  failing = false;
  commits = 0;

  override async commit(groups: Parameters<Store['commit']>[0]): Promise<void> {
    if (this.failing) throw new Error('no space left on device');
    await super.commit(groups);
    this.commits += 1;
  }
}

/** A hub on a disk that can be killed, stopped, and started again. */
class Bench {
  readonly dir = newDir();
  options: Partial<DiskJournalOptions> = {};
  store: Faulty | null = null;
  journal: DiskJournal | null = null;
  #t: TestHub | null = null;

  get t(): TestHub {
    if (this.#t === null) throw new Error('start it first');
    return this.#t;
  }

  async start(clock = new FakeClock()): Promise<TestHub> {
    this.#t = await TestHub.open({}, this.make(), clock);
    return this.#t;
  }

  /** A journal without a hub. */
  make(): DiskJournal {
    const wrapStore = (store: Store): Store => (this.store = new Faulty(store));
    this.journal = new DiskJournal({ dir: this.dir, wrapStore, close_wait_ms: 20, ...this.options });
    return this.journal;
  }

  /** What a kill leaves: what the store has. */
  async kill(): Promise<void> {
    const { store, journal } = this;
    if (store === null || journal === null) throw new Error('start it first');
    store.failing = true;
    await journal.close();
    this.#t?.hub.lanesInMemory.close();
  }
}

/** Waits for the disk. */
async function durable(t: TestHub, lane = 'main'): Promise<void> {
  await turnEnds();
  t.clock.advance(GATHER_MS);
  await t.hub.lanesInMemory.get(lane)?.durable;
}

describe('the journal on a disk', () => {
  journalContract(() => new DiskJournal({ dir: newDir() }));

  test('refuses a second one in its directory, and names who has it', async () => {
    const dir = newDir();
    const first = new DiskJournal({ dir });
    await first.open(contextFor());
    const second = new DiskJournal({ dir });
    const refused = await second.open(contextFor()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(JournalLocked);
    expect(String(refused)).toContain(`process ${process.pid}`);
    await first.close();
    await second.open(contextFor());
    await second.close();
  });

  // Found by the simulation: "TASK is told to have run for 8914 ms, and ran for 632 ms".
  test('a hub that is killed before it has paused what ran did not live: two down times are no running time', async () => {
    const bench = new Bench();
    const t = await bench.start();
    t.client().register(['talk']);
    const task_id = await submitted(t, { name: 'talk' });
    await bench.kill();
    const hour_ms = 3_600_000;
    const clock = new FakeClock();
    clock.advance(hour_ms);
    const journal = bench.make();
    const { epoch } = await journal.open(contextFor(clock));
    await journal.reserveEpochs(epoch + 10);
    clock.advance(10_000);
    await turnEnds();
    await bench.kill();
    const later = new FakeClock();
    later.advance(2 * hour_ms);
    const back = await bench.start(later);
    const found = back.request({ type: 'task.get', task_id });
    expect(found).toMatchObject({ ok: { task: { state: 'paused', running_ms: 0 } } });
    await bench.kill();
  });

  test('gives back what was queued, paused and running, with who may claim it', async () => {
    const bench = new Bench();
    const t = await bench.start();
    const worker = t.client();
    worker.register(['talk']);
    await turnEnds();
    void t.hub.request(
      { type: 'task.submit', lane: 'main', task: { name: 'talk', idempotency_key: 'k1' } },
      t.access,
      worker.session.source,
    );
    await durable(t);
    const { task, epoch } = worker.last('task.dispatch');
    worker.tells({ type: 'stream.open', task_id: task.task_id, epoch });
    worker.says({ type: 'stream.chunk', task_id: task.task_id, epoch, seq: 0, data: 'one ' });
    t.clock.advance(1_500);
    void t.hub.request({ type: 'task.submit', task: { name: 'later' } }, t.access, worker.session.source);
    await durable(t);
    const log = t.hub.lanesInMemory.get('main')?.lane.log;
    const seq = t.hub.lanesInMemory.get('main')?.lane.seq ?? 0;
    await bench.kill();

    const back = await bench.start();
    const lane = back.hub.lanesInMemory.get('main')?.lane;
    expect(lane?.log).not.toBe(log);
    expect(lane?.tasks.get(task.task_id)).toMatchObject({ state: 'paused', reason: 'executor_lost', epoch });
    expect(lane?.tasks_queued).toBe(1);
    expect(back.hub.readiness()).toMatchObject({ journal: { recovery: { clean: false, lanes: 1, tasks: 2 } } });
    // The log before is good up to where it forked.
    expect(back.hub.lanesInMemory.get('main')?.factsAfter(log ?? '', seq)).not.toBeNull();
    expect(back.hub.lanesInMemory.get('main')?.factsAfter(log ?? '', seq + 1)).toBeNull();
    expect(back.hub.lanesInMemory.get('main')?.factsAfter(log ?? '', 0)).toHaveLength(lane?.seq ?? 0);
    const resumed = back.client({ resume: worker.resume, holding: [{ task_id: task.task_id, epoch }] });
    expect(resumed.welcome).toMatchObject({ resumed: true, adopted: [task.task_id], released: [] });
    expect(resumed.last('task.resume')).toMatchObject({ streams: { main: 1 } });
    expect(resumed.last('task.resume').epoch).toBeGreaterThan(epoch);
    await bench.kill();
  });

  // Found by an attack: the lane was told who came back before it was told for what that worker is registered.
  test.each([true, false])(
    'what comes first runs first after a restart, also when the worker of something else comes back (%s)',
    async (interruptible) => {
      const bench = new Bench();
      const t = await bench.start();
      const worker = t.client();
      worker.register(['*']);
      const low = { name: 'low', priority: 'LOW', interruptible } as const;
      void t.hub.request({ type: 'task.submit', task: low }, t.access, worker.session.source);
      await durable(t);
      const { task, epoch } = worker.last('task.dispatch');
      const accepted = submitted(t, { name: 'urgent', priority: 'URGENT' });
      await durable(t);
      const urgent = await accepted;
      await bench.kill();

      const back = await bench.start();
      const run = { task_id: task.task_id, epoch };
      const resumed = back.client({ resume: worker.resume, holding: [run, run] });
      expect(resumed.welcome).toMatchObject({ resumed: true, adopted: [task.task_id], released: [] });
      expect(resumed.orders.map(({ type }) => type)).toEqual(['task.dispatch']);
      const first = resumed.last('task.dispatch');
      expect(first.task.task_id).toBe(urgent);
      void resumed.complete(urgent, first.epoch);
      expect(resumed.last('task.resume')).toMatchObject({ task_id: task.task_id });
      await bench.kill();
    },
  );

  test('a clean stop keeps the log, its facts and its keys', async () => {
    const bench = new Bench();
    const t = await bench.start();
    const task_id = await submitted(t, { name: 'talk', idempotency_key: 'k1' });
    await durable(t);
    const log = t.hub.lanesInMemory.get('main')?.lane.log;
    await t.hub.close();

    const back = await bench.start();
    expect(back.hub.lanesInMemory.get('main')?.lane.log).toBe(log);
    expect(back.hub.lanesInMemory.get('main')?.factsAfter(log ?? '', 0)).toMatchObject([{ event: 'task.queued' }]);
    expect(await submitted(back, { name: 'talk', idempotency_key: 'k1' })).toBe(task_id);
    expect(back.hub.readiness()).toMatchObject({ journal: { recovery: { clean: true } } });
    await back.hub.close();
  });

  test('an unclean stop after a clean one is an unclean one', async () => {
    const bench = new Bench();
    const first = await bench.start();
    await submitted(first, { name: 'a' });
    await first.hub.close();
    await bench.start();
    await bench.kill();
    const back = await bench.start();
    expect(back.hub.readiness()).toMatchObject({ journal: { recovery: { clean: false } } });
    await back.hub.close();
  });

  test('down time is no running time', async () => {
    const bench = new Bench();
    const t = await bench.start();
    const worker = t.client();
    worker.register(['talk']);
    const task_id = await submitted(t, { name: 'talk', timeout_ms: 60_000 });
    t.clock.advance(5_000);
    await submitted(t, { name: 'other' });
    await durable(t);
    await bench.kill();
    const clock = new FakeClock();
    clock.advance(3_600_000);
    const back = await startAt(bench, clock);
    const task = back.hub.lanesInMemory.get('main')?.lane.tasks.get(task_id);
    expect(task).toMatchObject({ state: 'paused', running_ms: 5_000 });
    await back.hub.close();
  });

  test('running time is counted up to a second before a kill, though nothing else was written', async () => {
    const bench = new Bench();
    const t = await bench.start();
    t.client().register(['talk']);
    const task_id = await submitted(t, { name: 'talk', timeout_ms: 60_000 });
    await durable(t);
    for (let i = 0; i < 9; i += 1) {
      t.clock.advance(500);
      await turnEnds();
    }
    await bench.kill();
    const clock = new FakeClock();
    clock.advance(3_600_000);
    const back = await startAt(bench, clock);
    const task = back.hub.lanesInMemory.get('main')?.lane.tasks.get(task_id);
    expect(task).toMatchObject({ state: 'paused', running_ms: 4_000 });
    await back.hub.close();
  });

  test('where nothing runs any more the journal says less often that the hub lives', async () => {
    const bench = new Bench();
    const t = await bench.start();
    const worker = t.client();
    worker.register(['talk']);
    await submitted(t, { name: 'talk' });
    const commitsOf10s = async (): Promise<number> => {
      await durable(t);
      const { commits } = bench.store!;
      for (let i = 0; i < 20; i += 1) {
        t.clock.advance(500);
        await turnEnds();
      }
      await durable(t);
      return bench.store!.commits - commits;
    };
    expect(await commitsOf10s()).toBe(10);
    const { task, epoch } = worker.last('task.dispatch');
    says(t, worker, { type: 'task.complete', task_id: task.task_id, epoch });
    expect(await commitsOf10s()).toBe(2);
    await t.hub.close();
  });

  test('no epoch is given twice, whatever the disk missed', async () => {
    const bench = new Bench();
    let highest = 0;
    for (let round = 0; round < 3; round += 1) {
      const t = await bench.start();
      const worker = t.client();
      worker.register(['talk']);
      bench.store!.failing = true;
      void t.hub.request({ type: 'task.submit', task: { name: 'talk' } }, t.access, worker.session.source);
      await turnEnds();
      const { epoch } = worker.last('task.dispatch');
      expect(epoch).toBeGreaterThan(highest);
      highest = epoch;
      await bench.kill();
    }
  });
});

describe('a disk that takes no writes', () => {
  test('refuses submits, goes on with what runs, and keeps everything when it is back', async () => {
    const bench = new Bench();
    const t = await bench.start();
    const worker = t.client();
    worker.register(['talk']);
    const task_id = await submitted(t, { name: 'talk' });
    const waiting = await submitted(t, { name: 'talk' });
    await durable(t);
    bench.store!.failing = true;
    const { epoch } = worker.last('task.dispatch');
    const hit = t.hub.request({ type: 'task.submit', task: { name: 'talk' } }, t.access, worker.session.source);
    expect(await hit).toMatchObject({ error: { code: 'journal_unavailable' } });
    expect(t.hub.readiness()).toMatchObject({ ready: false, code: 'journal_unavailable' });
    const refused = t.hub.request({ type: 'task.submit', task: { name: 'never' } }, t.access, worker.session.source);
    expect(await refused).toMatchObject({ error: { code: 'journal_unavailable' } });

    let ended: unknown = null;
    t.hub.executors.frame(worker.session, { type: 'task.complete', id: 1, task_id, epoch }, (outcome) => {
      ended = outcome;
    });
    await turnEnds();
    expect(ended).toBeNull();
    // The next one has the floor all the same.
    expect(worker.last('task.dispatch').task.task_id).toBe(waiting);
    bench.store!.failing = false;
    t.clock.advance(10_000);
    await turnEnds();
    expect(ended).toEqual({ ok: {} });
    expect(t.hub.readiness()).toMatchObject({ ready: true });
    await bench.kill();
    const back = await bench.start();
    const lane = back.hub.lanesInMemory.get('main')?.lane;
    expect(lane?.tasks.get(task_id)).toMatchObject({ state: 'completed' });
    expect(lane?.tasks.get(waiting)).toMatchObject({ state: 'paused' });
    await back.hub.close();
  });

  test('that stays away for long costs history, never state', async () => {
    const bench = new Bench();
    bench.options = { queued_bytes_max: 2_000 };
    const t = await bench.start();
    const worker = t.client();
    worker.register(['talk']);
    for (let i = 0; i < 40; i += 1) await submitted(t, { name: 'talk' });
    await durable(t);
    bench.store!.failing = true;
    let ended = 0;
    for (let i = 0; i < 30; i += 1) {
      const { task, epoch } = worker.last('task.dispatch');
      const { task_id } = task;
      says(t, worker, { type: 'task.checkpoint', task_id, epoch, checkpoint: { i } });
      t.hub.executors.frame(worker.session, { type: 'task.complete', id: 1, task_id, epoch }, () => (ended += 1));
      await turnEnds();
    }
    expect(ended).toBe(0);
    bench.store!.failing = false;
    t.clock.advance(10_000);
    await turnEnds();
    await turnEnds();
    expect(ended).toBe(30);
    const late = await submitted(t, { name: 'talk' });
    await durable(t);
    await bench.kill();
    const back = await bench.start();
    const lane = back.hub.lanesInMemory.get('main')?.lane;
    expect(lane?.tasks_completed).toBe(30);
    expect(lane?.tasks_queued).toBe(10);
    expect(lane?.tasks.get(late)).toMatchObject({ state: 'queued' });
    await back.hub.close();
  });
});

describe('the image of a lane on a disk', () => {
  test('moves on while the lane goes on, and what it leaves behind is trimmed', { timeout: 30_000 }, async () => {
    const bench = new Bench();
    bench.options = { tail_records_max: 50, retain_bytes: 4_000, durability: 'process' };
    const t = await bench.start();
    const worker = t.client();
    worker.register(['talk']);
    const waiting = await submitted(t, { name: 'never' });
    for (let i = 0; i < 300; i += 1) {
      await submitted(t, { name: 'talk', idempotency_key: `k${i}` });
      const { task, epoch } = worker.last('task.dispatch');
      says(t, worker, { type: 'task.complete', task_id: task.task_id, epoch, result: i });
      await turnEnds();
    }
    await durable(t);
    expect(bench.journal?.describe()['log_bytes']).toBeLessThan(40_000);
    await bench.kill();
    const back = await bench.start();
    const lane = back.hub.lanesInMemory.get('main')?.lane;
    expect(lane?.tasks_completed).toBe(300);
    expect(lane?.keys.size).toBe(300);
    expect(lane?.tasks.get(waiting)).toMatchObject({ state: 'queued' });
    expect(lane?.ended).toHaveLength(300);
    const { recovery } = (back.hub.readiness()['journal'] ?? {}) as { recovery: { records: number } };
    expect(recovery.records).toBeLessThan(150);
    await back.hub.close();
  });

  test('that is damaged is said, with where', async () => {
    const bench = new Bench();
    const t = await bench.start();
    await submitted(t, { name: 'talk' });
    await t.hub.close();
    const { LmdbFile } = await import('./lmdb-file.js');
    const file = new LmdbFile({ dir: bench.dir, sync: true });
    const [entry] = file.all('image');
    if (entry === undefined) throw new Error('a clean stop leaves an image');
    const { Ops } = await import('./ops.js');
    const ops = new Ops();
    ops.delete('image', Buffer.from(entry.key));
    ops.put('log', Buffer.concat([Buffer.from(entry.key.subarray(0, 4)), Buffer.from([0, 0, 0, 0, 1, 0])]), '[[1,2]]');
    file.commit([ops.take()]);
    await file.close();
    const failed = await bench.start().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(JournalDamaged);
    expect(String(failed)).toContain('lane main');
  });
});

async function submitted(t: TestHub, task: Parameters<TestHub['submit']>[0]): Promise<string> {
  const source = { session_id: 'http', client_name: 'http', kind: 'http' };
  const outcome = await t.hub.request({ type: 'task.submit', task }, t.access, source);
  if ('error' in outcome) throw new Error(JSON.stringify(outcome.error));
  return String(outcome.ok['task_id']);
}

/** Without waiting for what comes of it. */
function says(t: TestHub, client: TestClient, message: Parameters<TestClient['says']>[0]): void {
  t.hub.executors.frame(client.session, message, () => {});
}

async function startAt(bench: Bench, clock: FakeClock): Promise<TestHub> {
  return TestHub.open({}, new DiskJournal({ dir: bench.dir }), clock);
}

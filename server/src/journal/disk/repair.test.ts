import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../config/testing/fake-clock.js';
import { createLane, findByKey, fold, type LaneRecord, type RecordBody } from '../../core/index.js';
import type { JournalStart, LiveLane } from '../port.js';
import { contextFor } from '../testing/journal-contract.js';
import { JournalDamaged } from './damage.js';
import { DiskJournal } from './disk.js';
import { LAST_COMMIT_FILE } from './last-commit.js';
import { imageRow, laneOf, META_KEY, seal } from './layout.js';
import { type Entry, LmdbFile } from './lmdb-file.js';
import { readMeta } from './recover.js';
import { repair } from './repair.js';
import type { Store } from './store.js';
import { verify } from './verify.js';

const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const at = new FakeClock().now();
const source = { session_id: 's', client_name: 'c', kind: '' };

function queued(n: number, idempotency_key?: string): LaneRecord {
  const task = {
    name: `task ${n}`,
    priority: 3,
    preempt: 'queue',
    interruptible: true,
    on_interrupt: 'pause',
    executor: 'worker',
    timeout_ms: 1_000,
    max_attempts: 1,
    pause_grace_ms: 0,
    call: false,
    ...(idempotency_key === undefined ? {} : { idempotency_key }),
  } as const;
  const ids = { task_id: `t${n}`, principal: 'p', fingerprint: '', bytes: 0 };
  return { kind: 'task.queued', at, seq: n, ...ids, task, source };
}

/** Two lanes with a few tasks each, one batch a task. A clean stop makes images, an unclean one leaves the log. */
async function written(clean: boolean, key?: string, then: readonly RecordBody[] = []): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-repair-'));
  dirs.push(dir);
  const dead = { store: false };
  const wrapStore = (store: Store): Store => ({
    // From then on nothing reaches the disk, as after a kill.
    commit: async (groups) => (dead.store ? Promise.reject(new Error('killed')) : store.commit(groups)),
    trim: (request) => store.trim(request),
    close: () => store.close(),
  });
  const journal = new DiskJournal({ dir, close_wait_ms: 20, wrapStore });
  await journal.open(contextFor());
  for (const name of ['main', 'stage']) {
    const lane = createLane({ lane: name, log: journal.logFor() });
    const live: LiveLane = { lane, forks: {}, facts: () => [] };
    for (let n = 1; n <= 4; n += 1) {
      const record = queued(n, key === undefined ? undefined : `${key} ${n}`);
      fold(lane, record);
      await kept(journal, live, record);
    }
    for (const body of then) {
      const record = { ...body, at, seq: lane.seq + 1 } as LaneRecord;
      fold(lane, record);
      await kept(journal, live, record);
    }
  }
  dead.store = !clean;
  await journal.close();
  return dir;
}

async function kept(journal: DiskJournal, live: LiveLane, record: LaneRecord): Promise<void> {
  const durable = journal.append(live, [record]);
  journal.hurry();
  await durable;
}

async function edit(dir: string, work: (file: Editor) => void): Promise<void> {
  const file = new LmdbFile({ dir, sync: true });
  work(new Editor(file));
  await file.close();
}

/** Does to a store what must never happen to one. */
class Editor {
  readonly #file: LmdbFile;

  constructor(file: LmdbFile) {
    this.#file = file;
  }

  all(table: Parameters<LmdbFile['all']>[0]): Entry[] {
    return [...this.#file.all(table)].map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) }));
  }

  drop(table: Parameters<LmdbFile['all']>[0], key: Buffer): void {
    this.#file.raw(table, key, null);
  }

  overwrite(table: Parameters<LmdbFile['all']>[0], key: Buffer, value: Buffer): void {
    this.#file.raw(table, key, value);
  }
}

async function start(dir: string): Promise<JournalStart> {
  const journal = new DiskJournal({ dir });
  const begun = await journal.open(contextFor());
  await journal.close();
  return begun;
}

async function withFile<T>(dir: string, work: (file: LmdbFile) => T): Promise<T> {
  const file = new LmdbFile({ dir, sync: true });
  try {
    return work(file);
  } finally {
    await file.close();
  }
}

function tasksOf(begun: JournalStart, lane: string): string[] {
  return [...(begun.lanes.find((state) => state.lane.name === lane)?.lane.tasks.keys() ?? [])];
}

describe('a damaged journal', () => {
  test('that is whole has nothing to find', async () => {
    const dir = await written(true);
    expect(await withFile(dir, verify)).toMatchObject({ lanes: 2, tasks: 8, records: 8, clean: true, findings: [] });
  });

  test('with a task that is not what was written is made from its records, or loses that task alone', async () => {
    for (const records_kept of [true, false]) {
      const dir = await written(true);
      await edit(dir, (file) => {
        if (!records_kept) for (const { key } of file.all('log')) file.drop('log', key);
        const row = file.all('image').find(({ key }) => imageRow(key) === 't');
        if (row === undefined) throw new Error('there are tasks');
        row.value[row.value.length - 2]! ^= 1;
        file.overwrite('image', row.key, row.value);
      });
      await expect(start(dir)).rejects.toThrow(JournalDamaged);
      await expect(start(dir)).rejects.toThrow(/lane main/);
      const found = (await withFile(dir, verify)).findings.filter(({ fatal }) => fatal);
      expect(found).toMatchObject([{ lane: 'main', mend: { kind: records_kept ? 'refold' : 'drop' } }]);
      const { dropped, backup } = await withFile(dir, (file) => repair(file, { dir, now_ms: at }));
      expect(dropped).toBe(records_kept ? 0 : 1);
      expect(backup === null ? '"table":"image"' : readFileSync(backup, 'utf8')).toContain('"table":"image"');
      const begun = await start(dir);
      expect(tasksOf(begun, 'main')).toEqual([...(records_kept ? ['t1'] : []), 't2', 't3', 't4']);
      expect(tasksOf(begun, 'stage')).toEqual(['t1', 't2', 't3', 't4']);
    }
  });

  test('with a record that is not what was written keeps the tasks before and behind it', async () => {
    const dir = await written(false);
    await edit(dir, (file) => {
      const entry = file.all('log')[2];
      if (entry === undefined) throw new Error('there are records');
      entry.value[10]! ^= 1;
      file.overwrite('log', entry.key, entry.value);
    });
    await expect(start(dir)).rejects.toThrow(/lane main: .*sum/);
    const { dropped, rescued } = await withFile(dir, (file) => repair(file, { dir, now_ms: at }));
    expect([dropped, rescued]).toEqual([2, 1]);
    const begun = await start(dir);
    expect(tasksOf(begun, 'main')).toEqual(['t1', 't2', 't4']);
    expect(tasksOf(begun, 'stage')).toEqual(['t1', 't2', 't3', 't4']);
  });

  test('with a record missing keeps the tasks before and behind the hole, under a new log', async () => {
    const dir = await written(false);
    const log = (await start(dir)).lanes[0]?.lane.log;
    await edit(dir, (file) => {
      const entry = file.all('log')[1];
      if (entry === undefined) throw new Error('there are records');
      file.drop('log', entry.key);
    });
    await expect(start(dir)).rejects.toThrow(/records 1 to 1 are missing/);
    await withFile(dir, (file) => repair(file, { dir, now_ms: at }));
    const begun = await start(dir);
    expect(tasksOf(begun, 'main')).toEqual(['t1', 't3', 't4']);
    expect(begun.recovery).toMatchObject({ clean: false });
    expect(begun.lanes[0]?.lane.log).not.toBe(log);
  });

  test('with a hole does not run again what ended behind it', async () => {
    const dir = await written(false, undefined, [
      { kind: 'task.started', task_id: 't1', epoch: 9, attempt: 1, session_id: 's', principal: 'p' },
      { kind: 'task.completed', task_id: 't1', result: 'done' },
      { kind: 'task.cancelled', task_id: 't4', reason: 'client' },
    ]);
    await edit(dir, (file) => {
      const entry = file.all('log')[1];
      if (entry === undefined) throw new Error('there are records');
      file.drop('log', entry.key);
    });
    const { rescued, lost } = await withFile(dir, (file) => repair(file, { dir, now_ms: at }));
    // Of t2 nothing is left, not even its name.
    expect([rescued, lost]).toEqual([2, []]);
    const { lane } = (await start(dir)).lanes.find((state) => state.lane.name === 'main')!;
    const states = [...lane.tasks.values()].map((task) => [task.task_id, task.state, task.result]);
    expect(states).toEqual([
      ['t1', 'completed', 'done'],
      ['t3', 'queued', undefined],
      ['t4', 'cancelled', undefined],
    ]);
  });

  test('without its newest records is refused, and goes on from those before', async () => {
    const dir = await written(false);
    await edit(dir, (file) => {
      const last = file.all('log').findLast(({ key }) => laneOf(key) === 1);
      if (last === undefined) throw new Error('there are records');
      file.drop('log', last.key);
    });
    await expect(start(dir)).rejects.toThrow(/lane main: records 3 to 3 are missing/);
    const { findings } = await withFile(dir, verify);
    expect(findings).toMatchObject([{ lane: 'main', fatal: true, what: expect.stringContaining('records 3 to 3') }]);
    expect(await withFile(dir, (file) => repair(file, { dir, now_ms: at }))).toMatchObject({ dropped: 0, lost: [] });
    expect(tasksOf(await start(dir), 'main')).toEqual(['t1', 't2', 't3']);
  });

  test('without a row of an image is refused, and made again from its records', async () => {
    const dir = await written(true);
    await edit(dir, (file) => {
      const row = file.all('image').find(({ key }) => imageRow(key) === 't');
      if (row === undefined) throw new Error('there are tasks');
      file.drop('image', row.key);
    });
    await expect(start(dir)).rejects.toThrow(/lane main: image has 3 entries, and 4 were written/);
    expect((await withFile(dir, verify)).findings).toMatchObject([{ lane: 'main', mend: { kind: 'refold' } }]);
    expect(await withFile(dir, (file) => repair(file, { dir, now_ms: at }))).toMatchObject({ lost: [] });
    const begun = await start(dir);
    expect(tasksOf(begun, 'main')).toEqual(['t1', 't2', 't3', 't4']);
    expect(tasksOf(begun, 'stage')).toEqual(['t1', 't2', 't3', 't4']);
  });

  test('without a row of an image whose records are not kept names the task that is lost where its key is there', async () => {
    const dir = await written(true, 'a key');
    await edit(dir, (file) => {
      for (const { key } of file.all('log')) file.drop('log', key);
      const row = file.all('image').find(({ key }) => imageRow(key) === 't');
      if (row === undefined) throw new Error('there are tasks');
      file.drop('image', row.key);
    });
    const { lost } = await withFile(dir, (file) => repair(file, { dir, now_ms: at }));
    expect(lost).toEqual([{ lane: 'main', task_ids: ['t1'] }]);
    const begun = await start(dir);
    expect(tasksOf(begun, 'main')).toEqual(['t2', 't3', 't4']);
    // Who sends it again under its key is not told that it is there.
    const { lane } = begun.lanes.find((state) => state.lane.name === 'main')!;
    expect([1, 2].map((n) => findByKey(lane, 'p', `a key ${n}`))).toEqual([null, 't2']);
  });

  test('without a whole lane is refused, and without what says whose it is too, and goes on with what there is', async () => {
    for (const gone of ['lanes', 'meta', 'totals'] as const) {
      const dir = await written(true);
      await edit(dir, (file) => {
        const [first] = file.all(gone).filter(({ key }) => gone !== 'meta' || key.equals(META_KEY));
        if (first === undefined) throw new Error(`there are ${gone}`);
        file.drop(gone, first.key);
      });
      await expect(start(dir), gone).rejects.toThrow(JournalDamaged);
      await withFile(dir, (file) => repair(file, { dir, now_ms: at }));
      expect((await withFile(dir, verify)).findings, gone).toEqual([]);
      expect(tasksOf(await start(dir), 'stage'), gone).toEqual(['t1', 't2', 't3', 't4']);
    }
  });

  test('of the format before gets its totals at a start, and loses nothing', async () => {
    const dir = await written(false);
    const file = new LmdbFile({ dir, sync: true });
    for (const { key } of [...file.all('totals')]) file.raw('totals', Buffer.from(key), null);
    const meta = readMeta(file);
    const value = Buffer.from(`    ${JSON.stringify({ ...meta, format: 1 })}`);
    seal(META_KEY, value);
    file.raw('meta', META_KEY, value);
    await file.close();
    rmSync(join(dir, LAST_COMMIT_FILE));
    expect((await withFile(dir, verify)).findings).toEqual([]);
    expect(tasksOf(await start(dir), 'main')).toEqual(['t1', 't2', 't3', 't4']);
    expect((await withFile(dir, verify)).findings).toEqual([]);
    expect(tasksOf(await start(dir), 'stage')).toEqual(['t1', 't2', 't3', 't4']);
  });

  test('that is cut off is refused before it is read', async () => {
    const dir = await written(true);
    truncateSync(join(dir, 'data.mdb'), 8_192 + 100);
    await expect(start(dir)).rejects.toThrow(/cut off/);
  });
});

import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../config/testing/fake-clock.js';
import { createLane, fold, type LaneRecord } from '../../core/index.js';
import type { JournalStart, LiveLane } from '../port.js';
import { contextFor } from '../testing/journal-contract.js';
import { JournalDamaged } from './damage.js';
import { DiskJournal } from './disk.js';
import { imageRow } from './layout.js';
import { type Entry, LmdbFile } from './lmdb-file.js';
import { repair } from './repair.js';
import type { Store } from './store.js';
import { verify } from './verify.js';

const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const at = new FakeClock().now();
const source = { session_id: 's', client_name: 'c', kind: '' };

function queued(n: number): LaneRecord {
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
  } as const;
  const ids = { task_id: `t${n}`, principal: 'p', fingerprint: '', bytes: 0 };
  return { kind: 'task.queued', at, seq: n, ...ids, task, source };
}

/** Two lanes with a few tasks each, one batch a task. A clean stop makes images, an unclean one leaves the log. */
async function written(clean: boolean): Promise<string> {
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
      fold(lane, queued(n));
      await journal.append(live, [queued(n)]);
    }
  }
  dead.store = !clean;
  await journal.close();
  return dir;
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

  test('with a task that is not what was written loses that task and no other, and keeps what it was', async () => {
    const dir = await written(true);
    await edit(dir, (file) => {
      const row = file.all('image').find(({ key }) => imageRow(key) === 't');
      if (row === undefined) throw new Error('there are tasks');
      row.value[row.value.length - 2]! ^= 1;
      file.overwrite('image', row.key, row.value);
    });
    await expect(start(dir)).rejects.toThrow(JournalDamaged);
    await expect(start(dir)).rejects.toThrow(/lane main/);
    expect((await withFile(dir, verify)).findings).toMatchObject([{ lane: 'main', fatal: true }]);
    const { dropped, backup } = await withFile(dir, (file) => repair(file, dir, at));
    expect(dropped).toBe(1);
    expect(readFileSync(backup ?? '', 'utf8')).toContain('"table":"image"');
    const begun = await start(dir);
    expect(tasksOf(begun, 'main')).toEqual(['t2', 't3', 't4']);
    expect(tasksOf(begun, 'stage')).toEqual(['t1', 't2', 't3', 't4']);
  });

  test('with a record that is not what was written keeps everything of that lane before it', async () => {
    const dir = await written(false);
    await edit(dir, (file) => {
      const entry = file.all('log')[2];
      if (entry === undefined) throw new Error('there are records');
      entry.value[10]! ^= 1;
      file.overwrite('log', entry.key, entry.value);
    });
    await expect(start(dir)).rejects.toThrow(/lane main: .*sum/);
    const { dropped } = await withFile(dir, (file) => repair(file, dir, at));
    expect(dropped).toBe(2);
    const begun = await start(dir);
    expect(tasksOf(begun, 'main')).toEqual(['t1', 't2']);
    expect(tasksOf(begun, 'stage')).toEqual(['t1', 't2', 't3', 't4']);
  });

  test('with a record missing keeps everything of that lane before the hole, under a new log', async () => {
    const dir = await written(false);
    const log = (await start(dir)).lanes[0]?.lane.log;
    await edit(dir, (file) => {
      const entry = file.all('log')[1];
      if (entry === undefined) throw new Error('there are records');
      file.drop('log', entry.key);
    });
    await expect(start(dir)).rejects.toThrow(/records 1 to 1 are missing/);
    await withFile(dir, (file) => repair(file, dir, at));
    const begun = await start(dir);
    expect(tasksOf(begun, 'main')).toEqual(['t1']);
    expect(begun.recovery).toMatchObject({ clean: false });
    expect(begun.lanes[0]?.lane.log).not.toBe(log);
  });

  test('that is cut off is refused before it is read', async () => {
    const dir = await written(true);
    truncateSync(join(dir, 'data.mdb'), 8_192 + 100);
    await expect(start(dir)).rejects.toThrow(/cut off/);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { DEFAULT_LANE_CONFIG } from '../../core/index.js';
import type { History } from '../port.js';
import { allPages } from '../testing/history-contract.js';
import { contextFor } from '../testing/journal-contract.js';
import { ToldLane } from '../testing/told-lane.js';
import { DiskHistory } from './disk-history.js';
import { DiskJournal } from './disk.js';
import { LaneBook } from './lane-book.js';
import { LmdbFile } from './lmdb-file.js';
import { readHeads } from './recover.js';

// Much is written here, which a busy machine takes its time for.
vi.setConfig({ testTimeout: 30_000 });

const dirs: string[] = [];
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function opened(options: Partial<ConstructorParameters<typeof DiskJournal>[0]> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-history-'));
  dirs.push(dir);
  const journal = new DiskJournal({ dir, durability: 'process', ...options });
  await journal.open(contextFor());
  ends.push(() => journal.close());
  return { dir, journal, lane: new ToldLane(journal, 'main') };
}

/** The history of a journal that is closed, with a bound of its own. */
function historyOf(dir: string, page_bytes_max?: number): History {
  const file = new LmdbFile({ dir, sync: true });
  ends.push(() => file.close());
  const books = new Map([...readHeads(file)].map(([number, head]) => [head.name, new LaneBook(number, head)]));
  const bound = page_bytes_max === undefined ? {} : { page_bytes_max };
  return new DiskHistory({ file, books, config: DEFAULT_LANE_CONFIG, isOpen: () => true, ...bound });
}

test('a task that the lane has forgotten is told whole, with its facts and its payload in them', async () => {
  const { journal, lane } = await opened();
  const task_id = await lane.passes('talk');
  const before = await journal.history.timeline('main', lane, { task_id, limit: 10 });
  await lane.forgets(1);
  const living = await lane.submits('wait');
  expect(lane.lane.tasks.has(task_id)).toBe(false);
  expect((await allPages(journal, lane, { limit: 1 })).flat()).toEqual([living, task_id]);
  expect(await journal.history.timeline('main', lane, { task_id, limit: 10 })).toEqual(before);
  expect((await allPages(journal, lane, { states: ['completed'] })).flat()).toEqual([task_id]);
});

test('pages neither miss nor repeat a task while the lane forgets and goes on between them', async () => {
  const { journal, lane } = await opened();
  const ids: string[] = [];
  for (let n = 0; n < 60; n += 1) ids.unshift(n % 7 === 0 ? await lane.submits('wait') : await lane.passes('talk'));
  await lane.forgets(20);
  const found: string[] = [];
  let before: string | undefined;
  do {
    const page = await journal.history.tasks('main', lane, { limit: 4, before, now_ms: lane.at });
    found.push(...page.tasks.map(({ task_id }) => task_id));
    before = page.next;
    await lane.forgets(2);
    await lane.passes('later');
  } while (before !== undefined);
  expect(found).toEqual(ids);
});

test('a submission in the same write as others is found among them', async () => {
  const { journal, lane } = await opened();
  const submissions = Array.from({ length: 9 }, () => lane.submission('talk'));
  await lane.tell(...submissions);
  const ids = submissions.map(({ task_id }) => task_id).toReversed();
  const [ended = ''] = ids.slice(4, 5);
  await lane.tell({ kind: 'task.cancelled', task_id: ended, reason: 'enough' });
  await lane.forgets(1);
  expect((await allPages(journal, lane, { limit: 2 })).flat()).toEqual(ids);
  // Nothing of the lane is in memory: the log alone.
  expect((await allPages(journal, null, { limit: 2, states: ['cancelled'] })).flat()).toEqual([ended]);
  expect((await allPages(journal, null, { limit: 2, states: ['failed'] })).flat()).toEqual([]);
  expect((await allPages(journal, null, { limit: 2 })).flat()).toEqual(ids);
});

test('a page ends after so much of the log, and the next goes on from there', async () => {
  const { dir, journal, lane } = await opened();
  const rare = await lane.passes('rare');
  for (let n = 0; n < 40; n += 1) await lane.passes('talk');
  await journal.close();
  const history = historyOf(dir, 5_000);
  const first = await history.tasks('main', null, { name: 'rare', limit: 10, now_ms: 0 });
  expect(first).toEqual({ tasks: [], next: expect.any(String) });
  const pages = await allPages({ history }, null, { name: 'rare' });
  expect(pages.flat()).toEqual([rare]);
  expect(pages.length).toBeGreaterThan(5);
});

test('others get their turn while much is read, and who goes away ends the reading', async () => {
  const { journal, lane } = await opened();
  for (let n = 0; n < 60; n += 1) await lane.tell(...Array.from({ length: 256 }, () => lane.submission('talk')));
  let turns = 0;
  let reading = true;
  const count = (): void => {
    turns += 1;
    if (reading) setImmediate(count);
  };
  setImmediate(count);
  expect((await journal.history.tasks('main', null, { name: 'none', limit: 1, now_ms: 0 })).tasks).toEqual([]);
  reading = false;
  expect(turns).toBeGreaterThan(5);
  const gone = new AbortController();
  const asked = journal.history.tasks('main', null, { name: 'none', limit: 1, now_ms: 0 }, gone.signal);
  gone.abort(new Error('went away'));
  await expect(asked).rejects.toThrow('went away');
});

test('what retention dropped is not told any more, and what is still known of a living task is', {
  timeout: 30_000,
}, async () => {
  const { journal, lane } = await opened({ retain_bytes: 3_000, tail_records_max: 20 });
  const living = await lane.submits('wait');
  const old = await lane.passes('talk');
  for (let n = 0; n < 200; n += 1) {
    await lane.passes('talk');
    await lane.forgets(1);
  }
  const run = { epoch: 900, attempt: 1, session_id: 's2', principal: 'owner' };
  await expect.poll(() => journal.history.keptFrom('main')).toBeGreaterThan(lane.at - 400);
  await lane.tell({ kind: 'task.started', task_id: living, ...run });
  const query = { task_id: living, limit: 10 };
  expect(await journal.history.timeline('main', lane, query)).toMatchObject({
    complete: false,
    facts: [{ event: 'task.started', task: { name: 'wait', state: 'running' } }],
  });
  expect(await journal.history.timeline('main', lane, { task_id: old, limit: 10 })).toBeNull();
  const listed = (await allPages(journal, lane)).flat();
  expect(listed).not.toContain(old);
  expect(listed.at(-1)).toBe(living);
  expect(listed.length).toBeLessThan(150);
});

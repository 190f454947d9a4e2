import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { DEFAULT_LANE_CONFIG, freeze } from '../../core/index.js';
import type { Journal, JournalStart } from '../port.js';
import { allPages } from '../testing/history-contract.js';
import { contextFor } from '../testing/journal-contract.js';
import { ToldLane } from '../testing/told-lane.js';
import { exportLines, importLines } from './copy.js';
import { DiskJournal } from './disk.js';
import { LmdbFile } from './lmdb-file.js';
import { verify } from './verify.js';

const dirs: string[] = [];
const journals: Journal[] = [];

afterEach(async () => {
  for (const journal of journals.splice(0)) await journal.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-copy-'));
  dirs.push(dir);
  return dir;
}

async function opened(dir: string): Promise<{ journal: DiskJournal; start: JournalStart }> {
  const journal = new DiskJournal({ dir, durability: 'process', tail_records_max: 40 });
  const start = await journal.open(contextFor());
  journals.push(journal);
  return { journal, start };
}

/** A journal with an image, a tail, forgotten tasks, keys and a session; stopped in peace. */
async function written(): Promise<{ dir: string; log: string; seq: number }> {
  const dir = newDir();
  const { journal } = await opened(dir);
  const lane = new ToldLane(journal, 'main');
  await lane.submits('wait');
  for (let n = 0; n < 40; n += 1) await lane.passes('talk');
  await lane.forgets(10);
  const submission = lane.submission('keyed');
  await lane.tell({ ...submission, task: { ...submission.task, idempotency_key: 'k1', args: { 'ä\u0000': [null] } } });
  await journal.reserveEpochs(5_000);
  const who = { principal: 'p', client: { name: 'c', kind: '' }, resume_hash: 'h', previous_hash: null };
  await journal.saveSession({ session_id: 's1', ...who, workers: { main: ['talk'] }, lanes: ['main'] });
  const other = new ToldLane(journal, 'stage');
  await other.submits('wait');
  await journal.close();
  return { dir, log: lane.lane.log, seq: lane.lane.seq };
}

async function linesOf(dir: string): Promise<string[]> {
  const file = new LmdbFile({ dir, sync: true });
  const lines = [...exportLines(file)];
  await file.close();
  return lines;
}

async function importInto(dir: string, lines: readonly string[]) {
  const file = new LmdbFile({ dir, sync: true });
  try {
    const counts = await importLines(file, each(lines));
    file.refresh();
    return { counts, findings: verify(file).findings };
  } finally {
    await file.close();
  }
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

async function historyOf(journal: Journal): Promise<unknown[]> {
  const [ids = []] = await allPages(journal, null);
  const all: unknown[] = [];
  for (const task_id of ids) {
    const timeline = await journal.history.timeline('main', null, { task_id, limit: 10 });
    all.push(timeline?.facts.map((fact) => ({ ...fact, log: '' })));
  }
  return all;
}

test('what was exported and imported is recovered as the same lanes, with the same history', async () => {
  const { dir, log, seq } = await written();
  const lines = await linesOf(dir);
  const copy = newDir();
  const { counts, findings } = await importInto(copy, lines);
  expect([counts.lanes, findings]).toEqual([2, []]);
  const [from, to] = [await opened(dir), await opened(copy)];
  expect(to.start).toMatchObject({
    epoch: 5_000,
    sessions: from.start.sessions,
    down_at: from.start.down_at,
    recovery: { clean: true },
  });
  expect(to.start.lanes.map(({ lane }) => freeze(lane))).toEqual(from.start.lanes.map(({ lane }) => freeze(lane)));
  const [a, b] = [await historyOf(from.journal), await historyOf(to.journal)];
  expect(a).toHaveLength(42);
  expect(b).toEqual(a);
  // The hub that was copied may go on: the log of the copy is another one, and knows where they parted.
  const [main] = to.start.lanes;
  expect(main?.lane).toMatchObject({ name: 'main', seq, config: DEFAULT_LANE_CONFIG });
  expect([main?.lane.log === log, main?.forks[log]]).toEqual([false, seq]);
  expect(to.journal.logFor()).toBe(main?.lane.log);
});

test('records are told by name', async () => {
  const { dir } = await written();
  const lines = (await linesOf(dir)).map((line) => JSON.parse(line) as { kind: string; records?: object[] });
  expect(lines[0]).toMatchObject({ kind: 'journal', version: 1 });
  expect(lines.find(({ kind }) => kind === 'records')?.records?.[0]).toMatchObject({
    seq: 1,
    kind: 'task.queued',
    task: { name: 'wait' },
  });
});

test.each<[string, (lines: string[]) => string[], RegExp]>([
  ['is cut off after a line', (lines) => lines.slice(0, -1), /no end: it is cut off/],
  ['is cut off in a line', (lines) => [...lines.slice(0, 5), lines[5]!.slice(0, -2)], /line 6: is not JSON/],
  ['lacks a line', (lines) => lines.toSpliced(4, 1), /lines should come before the end/],
  ['has no first line', (lines) => lines.slice(1), /line 1: the first line/],
  ['is empty', () => [], /no journal in it/],
  [
    'has a field that is wrong',
    (lines) => lines.with(0, lines[0]!.replace('"epoch":5000', '"epoch":-1')),
    /line 1: epoch/,
  ],
  [
    'has a kind of record that nobody knows',
    (lines) => lines.map((line) => line.replaceAll('task.started', 'task.begun')),
    /task\.begun/,
  ],
])('a file that %s is refused, with where', async (_, change, message) => {
  const { dir } = await written();
  const changed = change(await linesOf(dir));
  await expect(importInto(newDir(), changed)).rejects.toThrow(message);
});

test('what does not fit together is found before anybody uses it', async () => {
  const { dir } = await written();
  const changed = (await linesOf(dir)).map((line) => line.replace(/"ended_total":\d+/, '"ended_total":99'));
  const { findings } = await importInto(newDir(), changed);
  expect(findings.map(({ what }) => what)).toContainEqual(expect.stringContaining('parts of its image are missing'));
});

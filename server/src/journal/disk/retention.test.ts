// How much history is kept, by age and by bytes, and that the file stays as large as what is in it.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { TestHub, turnEnds } from '../../hub/testing/test-hub.js';
import { contextFor } from '../testing/journal-context.js';
import { ToldLane } from '../testing/told-lane.js';
import { DiskJournal } from './disk.js';
import { DATA_FILE } from './layout.js';

vi.setConfig({ testTimeout: 60_000 });

const MINUTE_MS = 60_000;
const SOURCE = { session_id: 'http', client_name: 'http', kind: 'http' };
const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-retain-'));
  dirs.push(dir);
  return dir;
}

test('what is older than is kept goes, save what lives', async () => {
  const dir = newDir();
  const journal = new DiskJournal({ dir, durability: 'process', retain_ms: 60 * MINUTE_MS });
  const t = await TestHub.open({}, journal);
  const submits = async (name: string): Promise<string> => {
    const submitted = await t.hub.request({ type: 'task.submit', task: { name } }, t.access, SOURCE);
    return 'ok' in submitted ? String(submitted.ok['task_id']) : '';
  };
  const passes = async (): Promise<string> => {
    const task_id = await submits('talk');
    await t.hub.request({ type: 'task.cancel', task_id }, t.access, SOURCE);
    return task_id;
  };
  const told = async (task_id: string): Promise<boolean> =>
    'ok' in (await t.hub.request({ type: 'task.get', id: 1, task_id }, t.access, SOURCE));
  const living = await submits('waits');
  const old = await passes();
  t.clock.advance(50 * MINUTE_MS);
  const recent = await passes();
  await turnEnds();
  // Both have left memory, and history is kept of both.
  t.clock.advance(9 * MINUTE_MS);
  await turnEnds();
  expect(await Promise.all([old, recent, living].map(told))).toEqual([true, true, true]);
  await expect
    .poll(async () => {
      t.clock.advance(MINUTE_MS);
      await turnEnds();
      return told(old);
    })
    .toBe(false);
  expect(await Promise.all([recent, living].map(told))).toEqual([true, true]);
  expect(journal.history.keptFrom('main')).toBeGreaterThan(t.clock.now() - 75 * MINUTE_MS);
  await t.hub.close();

  const back = await TestHub.open({}, new DiskJournal({ dir, durability: 'process' }), t.clock);
  expect(back.hub.lanesInMemory.get('main')?.lane.tasks.get(living)).toMatchObject({ state: 'queued' });
  await back.hub.close();
});

test('the file does not grow with what passes through: pages are used again', async () => {
  const dir = newDir();
  const journal = new DiskJournal({ dir, durability: 'process', retain_bytes: 200_000, tail_records_max: 1_000 });
  await journal.open(contextFor());
  const lane = new ToldLane(journal, 'main');
  const bytes = (): number => statSync(join(dir, DATA_FILE)).size;
  const pass = async (tasks: number): Promise<void> => {
    for (let n = 0; n < tasks; n += 100) {
      const submissions = Array.from({ length: 100 }, () => lane.submission('talk'));
      await lane.tell(...submissions);
      const run = { epoch: lane.at, attempt: 1, session_id: 's2', principal: 'owner' };
      await lane.tell(
        ...submissions.flatMap(({ task_id }) => [
          { kind: 'task.started' as const, task_id, ...run },
          { kind: 'task.completed' as const, task_id, result: 'done' },
        ]),
      );
      await lane.forgets(100);
      // Reading ends with the turn; while it lasts, pages are held for it.
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  await pass(2_000);
  const before = bytes();
  await pass(4_000);
  expect(bytes() / before).toBeLessThan(1.3);
  expect(journal.describe()['log_bytes']).toBeLessThan(800_000);
  await journal.close();
});

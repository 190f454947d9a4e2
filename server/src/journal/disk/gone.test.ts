import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHub, turnEnds } from '../../hub/testing/test-hub.js';
import { DiskJournal } from './disk.js';

const SOURCE = { session_id: 'http', client_name: 'http', kind: 'http' };

let base = '';
let dir = '';
let t: TestHub;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'cuehub-gone-'));
  dir = join(base, 'data');
  t = await TestHub.open({}, new DiskJournal({ dir, close_wait_ms: 20 }));
});

afterEach(async () => {
  await t.hub.close();
  rmSync(base, { recursive: true, force: true });
});

const submit = async (): Promise<unknown> =>
  t.hub.request({ type: 'task.submit', task: { name: 'talk' } }, t.access, SOURCE);

const unready = (how: string): object => ({
  ready: false,
  code: 'journal_unavailable',
  reason: expect.stringMatching(`${join(dir, 'data.mdb')} is ${how}.*restart the hub`) as string,
});

/** What is due until then, the tries after a failure too. */
async function passes(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i += 1) {
    t.clock.advance(1_000);
    await turnEnds();
  }
}

test('no submit is acknowledged once the directory is gone, and /readyz says what is gone', async () => {
  expect(await submit()).toHaveProperty('ok');
  rmSync(dir, { recursive: true });
  expect(await submit()).toMatchObject({ error: { code: 'journal_unavailable' } });
  expect(t.hub.readiness()).toMatchObject(unready('gone'));
  // Others may begin there: that does not make it this one's.
  mkdirSync(dir);
  writeFileSync(join(dir, 'data.mdb'), 'of another hub');
  await passes(5);
  expect(t.hub.readiness()).toMatchObject(unready('gone'));
  expect(await submit()).toMatchObject({ error: { code: 'journal_unavailable' } });
});

test('a directory that is gone is noticed within a second, though nobody writes', async () => {
  rmSync(dir, { recursive: true });
  expect(t.hub.readiness()).toMatchObject({ ready: true });
  await passes(1);
  expect(t.hub.readiness()).toMatchObject(unready('gone'));
});

test('a copy in place of the file is another file; the file itself put back goes on, with all that was acknowledged', async () => {
  const away = join(base, 'away');
  expect(await submit()).toHaveProperty('ok');
  renameSync(dir, away);
  cpSync(away, dir, { recursive: true });
  expect(await submit()).toMatchObject({ error: { code: 'journal_unavailable' } });
  expect(t.hub.readiness()).toMatchObject(unready('another file now'));
  rmSync(dir, { recursive: true });
  renameSync(away, dir);
  await passes(3);
  expect(t.hub.readiness()).toMatchObject({ ready: true });
  expect(await submit()).toHaveProperty('ok');
  await t.hub.close();
  t = await TestHub.open({}, new DiskJournal({ dir, close_wait_ms: 20 }), t.clock);
  // The one that was refused may be there too.
  expect(t.hub.lanesInMemory.get('main')?.lane.tasks_queued).toBeGreaterThanOrEqual(2);
});

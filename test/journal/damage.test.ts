// Owns: what a user sees of a journal that was damaged while nobody had it open, with real processes: the hub that
// refuses it, and the commands that show and mend it.
// Leaves to others: every page and every damage (server/src/journal/disk/damaged-pages.test.ts).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Hub, joinHub, startHub, TOKEN } from '../conformance/harness.js';

const MAIN = fileURLToPath(new URL('../../server/dist/cli/main.js', import.meta.url));
const PAGE_BYTES = 4096;
const TASKS = 60;

let data: string;
let file: string;
let hub: Hub | null = null;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'cuehub-damage-'));
  file = join(data, 'data.mdb');
});

afterEach(async () => {
  await hub?.kill();
  hub = null;
  rmSync(data, { recursive: true, force: true });
});

function cuehub(...args: string[]): { status: number | null; signal: string | null; stdout: string; stderr: string } {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { status, signal, stdout, stderr };
}

/** A hub that is not to come up. */
function refused(): string {
  const ended = cuehub('serve', '--port', '0', '--data', data, '--token', TOKEN, '--json');
  expect(ended).toMatchObject({ status: 1, signal: null, stdout: '' });
  expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  return ended.stderr;
}

/** Tasks that were acknowledged by a hub that was then killed, each with a page's worth of arguments. */
async function submitted(): Promise<string[]> {
  hub = await startHub({ data });
  const client = await joinHub(hub);
  const ids: string[] = [];
  for (let n = 0; n < TASKS; n += 1) {
    const { task_id } = await client.ok('task.submit', {
      task: { name: `work-${n}`, args: { text: 'x'.repeat(700) } },
    });
    ids.push(task_id);
  }
  await hub.kill();
  return ids;
}

async function waiting(): Promise<string[]> {
  hub = await startHub({ data });
  const client = await joinHub(hub);
  const ids: string[] = [];
  let before: string | undefined;
  do {
    const page = await client.ok('task.list', { states: ['queued'], limit: 50, ...(before ? { before } : {}) });
    for (const { task_id } of page.tasks) ids.push(task_id ?? '');
    before = page.next as string | undefined;
  } while (before !== undefined);
  return ids.reverse();
}

test('an overwritten page is said by the hub, shown by verify, and mended by repair, which loses what was on it alone', async () => {
  const ids = await submitted();
  const bytes = readFileSync(file);
  const damaged = bytes.indexOf('work-40');
  const page = Math.floor(damaged / PAGE_BYTES);
  bytes.fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  writeFileSync(file, bytes);

  expect(refused()).toMatch(/^cuehub: the journal is damaged: .*page \d+.*; see `cuehub journal verify` and `repair`/);
  const shown = cuehub('journal', 'verify', data);
  expect(shown).toMatchObject({ status: 3, signal: null });
  expect(shown.stdout).toContain(`page ${page} of table log`);

  const mended = cuehub('journal', 'repair', data, '--json');
  expect(mended).toMatchObject({ status: 0, signal: null, stderr: '' });
  const { rescued, damaged: kept } = JSON.parse(mended.stdout) as { rescued: number; damaged: string };
  expect(readFileSync(kept).equals(bytes)).toBe(true);
  expect(cuehub('journal', 'verify', data).status).toBe(0);
  const left = await waiting();
  expect(left).toEqual(ids.filter((id) => left.includes(id)));
  expect(left.slice(0, 20)).toEqual(ids.slice(0, 20));
  expect(left.slice(-10)).toEqual(ids.slice(-10));
  expect(rescued).toBeGreaterThanOrEqual(10);
  // A page has room for a few of these.
  expect(TASKS - left.length).toBeLessThan(8);
}, 60_000);

test('a last transaction that the disk never got is missed, and a file that is gone is no new journal', async () => {
  const ids = await submitted();
  const bytes = readFileSync(file);
  const txn = (page: number): bigint => bytes.readBigUInt64LE(page * PAGE_BYTES + 24 + 24 + 96 + 8);
  const newest = txn(0) > txn(1) ? 0 : 1;
  // As if it had not been written: the meta page of the transaction two before.
  bytes.writeBigUInt64LE(txn(newest) - 2n, newest * PAGE_BYTES + 24 + 24 + 96 + 8);
  writeFileSync(file, bytes);
  expect(refused()).toMatch(/the last commit is missing: \d+ were written to .*, and it has \d+; see/);
  expect(cuehub('journal', 'repair', data).stdout).toContain('the last commit is missing');
  expect(await waiting()).toEqual(ids.slice(0, -1));
  await hub?.kill();

  rmSync(file);
  expect(refused()).toMatch(
    /data\.mdb is missing, and \d+ commits were written to it; put it back, or delete last-commit/,
  );
  expect(cuehub('journal', 'repair', data)).toMatchObject({ status: 1 });
}, 60_000);

// Pages of the store that are not what was written there: whatever it is, a start either has everything that was
// acknowledged, or says what is wrong; LMDB is never let near it. `CUEHUB_PAGES=all` tries every page with every damage.
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contextFor } from '../testing/journal-context.js';
import { ToldLane } from '../testing/told-lane.js';
import { checkPages } from './check-pages.js';
import { JournalDamaged, JournalUnusable } from './damage.js';
import { DiskJournal } from './disk.js';
import { LAST_COMMIT_FILE } from './last-commit.js';
import { repairDirectory, verifyDirectory } from './directory.js';
import { DATA_FILE } from './layout.js';
import { LmdbFile } from './lmdb-file.js';
import { PageFile } from './page-file.js';
import { recover } from './recover.js';
import type { Store } from './store.js';

const SEED = Number(process.env['CUEHUB_SEED'] ?? 1);
const ALL = process.env['CUEHUB_PAGES'] === 'all';
/** Of the pages that were written, so many for each damage. */
const SAMPLE = 24;

const dir = mkdtempSync(join(tmpdir(), 'cuehub-pages-'));
const probe = mkdtempSync(join(tmpdir(), 'cuehub-probe-'));
/** As it was left, and as it was a few commits before. */
let data = Buffer.alloc(0);
let older: Buffer[] = [];
let page_bytes = 4096;
let acknowledged = '';
let used_pages = 0;

beforeAll(async () => {
  const dead = { store: false };
  const wrapStore = (store: Store): Store => ({
    commit: async (groups) => (dead.store ? Promise.reject(new Error('killed')) : store.commit(groups)),
    trim: (request) => store.trim(request),
    close: () => store.close(),
  });
  const journal = new DiskJournal({ dir, durability: 'process', close_wait_ms: 20, tail_records_max: 60, wrapStore });
  await journal.open(contextFor());
  await journal.reserveEpochs(65_536);
  for (let n = 0; n < 5; n += 1) {
    const session = {
      session_id: `s${n}`,
      principal: 'p',
      client: { name: 'c', kind: '' },
      resume_hash: 'h'.repeat(64),
    };
    await journal.saveSession({ ...session, previous_hash: null, workers: {}, lanes: ['main'] });
  }
  const lanes = ['main', 'stage', 'rest'].map((name) => new ToldLane(journal, name));
  for (let round = 0; round < 24; round += 1) {
    for (const lane of lanes.slice(0, round < 4 ? 3 : 2)) {
      await lane.tell(...Array.from({ length: 8 }, (_, i) => lane.submission(`task ${round} ${i}`)));
      await lane.passes('talk');
    }
    // Large enough to have pages of its own.
    if (round % 6 === 0) await lanes[0]!.tell(lanes[0]!.submission('long '.repeat(2_000)));
    if (round >= 20) older.push(readFileSync(join(dir, DATA_FILE)));
  }
  dead.store = true;
  await journal.close();
  data = readFileSync(join(dir, DATA_FILE));
  older = older.slice(0, 3);
  const file = new PageFile(join(dir, DATA_FILE));
  page_bytes = file.page_bytes;
  used_pages = (file.metas[0]?.last_page ?? 0) + 1;
  file.close();
  acknowledged = await start(data);
}, 60_000);

afterAll(() => {
  for (const one of [dir, probe]) rmSync(one, { recursive: true, force: true });
});

/** The journal is this, and nothing else is beside it. */
function put(bytes: Buffer): void {
  for (const name of readdirSync(probe)) if (name !== LAST_COMMIT_FILE) rmSync(join(probe, name), { recursive: true });
  copyFileSync(join(dir, LAST_COMMIT_FILE), join(probe, LAST_COMMIT_FILE));
  writeFileSync(join(probe, DATA_FILE), bytes);
}

/** All that a start from these bytes has, in words. Throws what the start throws. */
async function start(bytes: Buffer): Promise<string> {
  put(bytes);
  return again();
}

async function again(): Promise<string> {
  checkPages(probe);
  const file = new LmdbFile({ dir: probe, sync: true });
  try {
    const { lanes, parked, sessions, epoch } = recover(file, contextFor());
    const told = lanes.map(({ lane }) => [
      lane.name,
      lane.seq,
      lane.tasks_completed,
      [...lane.tasks.values()].map((task) => [task.task_id, task.state, task.spec.name]),
    ]);
    return JSON.stringify([told, parked.map(({ name, seq }) => [name, seq]), sessions, epoch]);
  } finally {
    await file.close();
  }
}

/** Whether it starts with everything; false when it says that it is damaged. Anything else fails the test. */
async function isWhole(bytes: Buffer, what: string): Promise<boolean> {
  let found: string;
  try {
    found = await start(bytes);
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw new Error(`${what}: ${String(error)}`, { cause: error });
    return false;
  }
  if (found !== acknowledged)
    throw new Error(`${what} (CUEHUB_SEED=${SEED}): started without all that was acknowledged`);
  return true;
}

function prng(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

function pages(random: () => number): number[] {
  const all = Array.from({ length: used_pages }, (_, n) => n);
  if (ALL) return all;
  // The first two say where all others are.
  const some = new Set([0, 1]);
  while (some.size < Math.min(SAMPLE, all.length)) some.add(random() % used_pages);
  return [...some];
}

type Damage = (page: Buffer, n: number, random: () => number) => void;

const DAMAGES: Readonly<Record<string, Damage>> = {
  'a header of zeros': (page) => page.fill(0, 0, 24),
  'a header of ones': (page) => page.fill(0xff, 0, 24),
  'a header that says it has no entries': (page) => page.writeUInt16LE(0, 20),
  'a header that says it has one entry less': (page) => page.writeUInt16LE(Math.max(0, page.readUInt16LE(20) - 2), 20),
  'a header of chance': (page, _, random) => {
    for (let at = 16; at < 24; at += 1) page[at] = random() & 0xff;
  },
  'nothing in it': (page) => page.fill(0),
  'chance in it': (page, _, random) => {
    for (let at = 0; at < page.length; at += 4) page.writeUInt32LE(random(), at);
  },
  'a bit that fell over': (page, _, random) => {
    page[random() % page.length]! ^= 1 << (random() % 8);
  },
  'pointers of chance': (page, _, random) => {
    for (let at = 24; at < 40; at += 1) page[at] = random() & 0xff;
  },
  'its second half not written': (page) => page.fill(0, page.length / 2),
  'another page in its place': (page, n) => {
    const other = (n + 1) % used_pages;
    data.copy(page, 0, other * page_bytes, (other + 1) * page_bytes);
  },
};

test('pages that are whole are not complained of', async () => {
  expect(used_pages).toBeGreaterThan(40);
  expect(JSON.parse(acknowledged)).toMatchObject([[{}, {}, {}], [], [{}, {}, {}, {}, {}], 65_536]);
  expect(await isWhole(data, 'the journal as it was left')).toBe(true);
});

describe('one page', () => {
  test.each(Object.entries(DAMAGES))('with %s', { timeout: 120_000 }, async (what, damage) => {
    const random = prng(SEED);
    let refused = 0;
    for (const n of pages(random)) {
      const bytes = Buffer.from(data);
      damage(bytes.subarray(n * page_bytes, (n + 1) * page_bytes), n, random);
      if (!(await isWhole(bytes, `page ${n} with ${what}`))) refused += 1;
    }
    // Pages that are free may hold anything; of those in use at least one was looked at.
    expect(refused).toBeGreaterThan(0);
  });

  // A disk that said it wrote a page and did not: what is there is a good page, of an earlier commit.
  test('that is the one of a commit before', { timeout: 120_000 }, async () => {
    let refused = 0;
    let tried = 0;
    for (const before of older) {
      for (let n = 0; n < used_pages; n += 1) {
        const page = data.subarray(n * page_bytes, (n + 1) * page_bytes);
        const was = before.subarray(n * page_bytes, (n + 1) * page_bytes);
        if (was.length < page_bytes || page.equals(was)) continue;
        const bytes = Buffer.from(data);
        was.copy(bytes, n * page_bytes);
        tried += 1;
        if (!(await isWhole(bytes, `page ${n} of a commit before`))) refused += 1;
      }
    }
    expect(tried).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(0);
  });
});

/** Tasks that have not ended. */
function living(told: string): ReadonlySet<string> {
  const [lanes] = JSON.parse(told) as [[string, number, number, [id: string, state: string][]][]];
  return new Set(lanes.flatMap(([, , , tasks]) => tasks.filter(([, state]) => state === 'queued').map(([id]) => id)));
}

describe('mending', () => {
  test.each(['nothing in it', 'pointers of chance'])(
    'a page with %s keeps what can be read, and names what cannot',
    { timeout: 120_000 },
    async (what) => {
      const random = prng(SEED + 1);
      const there = living(acknowledged);
      let mended = 0;
      let whole = 0;
      for (const n of pages(random)
        .filter((page) => page > 1)
        .slice(0, ALL ? undefined : 10)) {
        const bytes = Buffer.from(data);
        DAMAGES[what]!(bytes.subarray(n * page_bytes, (n + 1) * page_bytes), n, random);
        put(bytes);
        if ((await verifyDirectory(probe)).findings.length === 0) continue;
        const { findings, lost } = await repairDirectory(probe, Date.now()).catch((error: unknown) => {
          if (!(error instanceof JournalUnusable)) throw error;
          return { findings: [], lost: null };
        });
        // The page that says where everything lies: told, and left alone.
        if (lost === null) continue;
        expect(findings.length, `page ${n}`).toBeGreaterThan(0);
        expect((await verifyDirectory(probe)).findings, `page ${n}`).toEqual([]);
        const left = living(await again());
        const named = lost.flatMap(({ task_ids }) => task_ids);
        for (const id of [...left, ...named]) expect(there.has(id), `page ${n}, task ${id}`).toBe(true);
        expect(named.filter((id) => left.has(id))).toEqual([]);
        mended += 1;
        if (left.size === there.size) whole += 1;
      }
      expect(mended).toBeGreaterThan(2);
      // All records of these lanes are kept, so what was only lost from an image is made again from them.
      expect(whole).toBeGreaterThan(0);
    },
  );

  test('a file that lost its last commit goes on from the one before, under other logs and epochs', async () => {
    put(older.at(-1)!);
    const { findings } = await repairDirectory(probe, Date.now());
    expect(findings).toMatchObject([{ what: expect.stringMatching(/commits? (is|are) missing/) }]);
    const [, , , epoch] = JSON.parse(await again()) as [unknown, unknown, unknown, number];
    expect(epoch).toBeGreaterThan(65_536);
    expect((await verifyDirectory(probe)).findings).toEqual([]);
  });

  test('a file that is cut off keeps what lies before the cut, or is left as it is with a clear word', async () => {
    const there = living(acknowledged);
    let mended = 0;
    for (const part of [0.3, 0.5, 0.7, 0.8, 0.9, 0.95]) {
      const bytes = data.subarray(0, Math.floor(used_pages * part) * page_bytes + 100);
      put(bytes);
      const untouched = await repairDirectory(probe, Date.now()).then(
        () => null,
        (error: Error) => `${error.name}: ${error.message}`,
      );
      expect(untouched ?? 'mended').toMatch(/^mended$|^JournalUnusable: nothing can be read in .*put back a copy/);
      // Left as it was, and refused as before; or with nothing in it that was not there.
      const left = untouched === null ? living(await again()) : new Set<string>();
      const is_as_it_was = readFileSync(join(probe, DATA_FILE)).equals(bytes);
      expect([is_as_it_was, [...left].filter((id) => !there.has(id))]).toEqual([untouched !== null, []]);
      if (untouched === null) mended += 1;
    }
    expect(mended).toBeGreaterThan(0);
  });
});

describe('the file', () => {
  test('that is one of some commits before, as a whole', async () => {
    for (const before of older) {
      await expect(start(before)).rejects.toThrow(/the last (commit is|\d+ commits are) missing: \d+ were written/);
    }
  });

  test('that is cut off, at a page or within one', async () => {
    for (const bytes of [1, 100, 4096, 8192, 8292, data.length >> 1]) {
      expect(await isWhole(data.subarray(0, bytes), `cut off at ${bytes}`)).toBe(false);
    }
    // What is behind the last page that is used may go.
    await isWhole(data.subarray(0, data.length - 1), 'cut off by one');
  });

  test('that is empty, or not there', async () => {
    await expect(start(Buffer.alloc(0))).rejects.toThrow(
      /is empty, and \d+ commits were written to it; put it back, or/,
    );
    rmSync(join(probe, DATA_FILE));
    expect(() => checkPages(probe)).toThrow(/is missing, and \d+ commits were written to it/);
  });

  test('whose pages behind the last one are gone is whole', async () => {
    const path = join(probe, DATA_FILE);
    await start(data);
    truncateSync(path, used_pages * page_bytes);
    expect(() => checkPages(probe)).not.toThrow();
  });
});

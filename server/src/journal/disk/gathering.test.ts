import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FakeClock } from '../../config/testing/fake-clock.js';
import { turnEnds } from '../../hub/testing/test-hub.js';
import { contextFor } from '../testing/journal-contract.js';
import { ToldLane } from '../testing/told-lane.js';
import type { Durable } from '../port.js';
import { WrappedStore } from '../testing/wrapped-store.js';
import { DiskJournal } from './disk.js';
import { CROWD_MS, CROWD_MS_MAX, GATHER_MS } from './gathering.js';
import type { DiskJournalOptions } from './options.js';
import { applyOps } from './ops.js';
import type { Group, Store } from './store.js';

const dir = mkdtempSync(join(tmpdir(), 'cuehub-journal-'));
const clock = new FakeClock();

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A store that takes its time: each commit waits to be let go, or refused. */
class Slow extends WrappedStore {
  readonly commits: { readonly groups: readonly Group[]; readonly go: () => void; readonly refuse: () => void }[] = [];
  slow = false;

  override async commit(groups: readonly Group[]): Promise<void> {
    const let_go = new Promise<void>((resolve, reject) => {
      this.commits.push({ groups, go: resolve, refuse: () => reject(new Error('no space left on device')) });
    });
    if (this.slow) await let_go;
    await super.commit(groups);
  }
}

async function open(options: Partial<DiskJournalOptions> = {}): Promise<{ journal: DiskJournal; store: Slow }> {
  let store: Slow | undefined;
  const wrapStore = (opened: Store): Store => (store = new Slow(opened));
  const journal = new DiskJournal({ dir, close_wait_ms: 20, wrapStore, ...options });
  await journal.open(contextFor(clock));
  if (store === undefined) throw new Error('a journal opens its store');
  // Past what opening writes.
  await journal.reserveEpochs(10);
  store.commits.length = 0;
  return { journal, store };
}

interface Scene {
  readonly journal: DiskJournal;
  readonly store: Slow;
  readonly lane: ToldLane;
  /** Records a submission for whose acknowledgement nobody waits. */
  readonly append: () => Durable;
}

async function scene(options: Partial<DiskJournalOptions> = {}): Promise<Scene> {
  const { journal, store } = await open(options);
  const lane = new ToldLane(journal, 'main');
  return { journal, store, lane, append: () => journal.append(lane, [lane.record(lane.submission('any'))]) };
}

/** The store is busy with a first commit, for which `told` waits. */
async function busy(): Promise<Scene & { readonly told: Promise<void> }> {
  const all = await scene();
  all.store.slow = true;
  const told = all.lane.tell(all.lane.submission('first'));
  await turnEnds();
  return { ...all, told };
}

function entriesOf(groups: readonly Group[], table: string): number {
  let entries = 0;
  const count = (of: string): void => void (entries += of === table ? 1 : 0);
  for (const { ops } of groups) applyOps(ops, { put: count, delete: () => {}, deletePrefix: () => {} });
  return entries;
}

test('who waits for nothing waits for a store that does not keep up', async () => {
  const { journal, store } = await open({ durability: 'none' });
  const lane = new ToldLane(journal, 'main');
  store.slow = true;
  await lane.tell(lane.submission('first'));
  await turnEnds();
  let waits = false;
  const many = (): Promise<void> => lane.tell(...Array.from({ length: 1_024 }, () => lane.submission('later')));
  let told = many();
  for (let n = 0; n < 64 && !waits; n += 1) {
    waits = await Promise.race([told.then(() => false), turnEnds().then(() => true)]);
    if (!waits) told = many();
  }
  expect(waits).toBe(true);
  store.slow = false;
  for (const commit of store.commits) commit.go();
  await told;
  await journal.close();
});

test('what nobody waits for gathers for some milliseconds, over turns', async () => {
  const { journal, store, append } = await scene();
  const first = append();
  await turnEnds();
  const second = append();
  clock.advance(GATHER_MS - 1);
  await turnEnds();
  expect(store.commits.length).toBe(0);
  clock.advance(1);
  await Promise.all([first, second]);
  expect(store.commits.length).toBe(1);
  expect(entriesOf(store.commits[0]?.groups ?? [], 'log')).toBe(1);
  await journal.close();
});

test('what somebody waits for goes at the end of the turn, and takes along what gathered', async () => {
  const { journal, store, append } = await scene();
  const first = append();
  await turnEnds();
  const second = append();
  journal.hurry();
  await Promise.all([first, second]);
  expect(store.commits.length).toBe(1);
  // Nothing is left to be written later.
  clock.advance(GATHER_MS);
  await turnEnds();
  expect(store.commits.length).toBe(1);
  await journal.close();
});

test('what nobody waits for gathers on when the store has taken what was before it', async () => {
  const { journal, store, append, told } = await busy();
  const later = append();
  store.commits[0]?.go();
  await told;
  await turnEnds();
  expect(store.commits.length).toBe(1);
  store.slow = false;
  clock.advance(GATHER_MS);
  await later;
  expect(store.commits.length).toBe(2);
  await journal.close();
});

test('what somebody waits for goes as soon as the store has taken what was before it', async () => {
  const { journal, store, lane, told } = await busy();
  const later = lane.tell(lane.submission('later'));
  store.slow = false;
  store.commits[0]?.go();
  await Promise.all([told, later]);
  expect(store.commits.length).toBe(2);
  await journal.close();
});

test('where many wait for a commit the next comes a little later, and takes more along', async () => {
  const { journal, store } = await open();
  const lane = new ToldLane(journal, 'main');
  const told = Array.from({ length: 4 }, () => lane.tell(lane.submission('crowd')));
  await Promise.all(told);
  expect(store.commits.length).toBe(1);
  const more = [lane.tell(lane.submission('next'))];
  await turnEnds();
  more.push(lane.tell(lane.submission('later')));
  clock.advance(CROWD_MS - 1);
  await turnEnds();
  expect(store.commits.length).toBe(1);
  clock.advance(1);
  await Promise.all(more);
  expect(store.commits.length).toBe(2);
  // Few waited for that one.
  await lane.tell(lane.submission('alone'));
  expect(store.commits.length).toBe(3);
  await journal.close();
});

test.each([
  ['as long as many come', CROWD_MS_MAX + 5, CROWD_MS_MAX],
  ['until they stop coming', 3, 4],
])('where many come all the time the next commit waits %s', async (_, comes_ms, waits_ms) => {
  const { journal, store } = await open();
  const lane = new ToldLane(journal, 'main');
  const crowd = (): Promise<void>[] => Array.from({ length: 4 }, () => lane.tell(lane.submission('crowd')));
  await Promise.all(crowd());
  const told: Promise<void>[] = [];
  let ms = 0;
  for (; store.commits.length === 1 && ms < 50; ms += 1) {
    if (ms < comes_ms) told.push(...crowd());
    clock.advance(1);
    await turnEnds();
  }
  expect(ms).toBe(waits_ms);
  clock.advance(CROWD_MS_MAX);
  await Promise.all(told);
  await journal.close();
});

test('what nobody waits for is on the disk after a clean stop', async () => {
  const { journal, append } = await scene();
  void append();
  await journal.close();
  const again = new DiskJournal({ dir });
  const { lanes } = await again.open(contextFor(clock));
  expect(lanes[0]?.lane.tasks.size).toBe(1);
  await again.close();
});

test('what many turns record while the store is busy goes to it together, in one entry of the log', async () => {
  const { journal, store } = await open();
  const lane = new ToldLane(journal, 'main');
  store.slow = true;
  const told = [lane.tell(lane.submission('first'))];
  await turnEnds();
  for (let n = 0; n < 20; n += 1) {
    told.push(lane.tell(lane.submission('later')));
    await turnEnds();
  }
  expect(store.commits.length).toBe(1);
  store.commits[0]?.go();
  while (store.commits.length < 2) await turnEnds();
  const groups = store.commits[1]?.groups ?? [];
  expect(groups.length).toBe(1);
  expect(entriesOf(groups, 'log')).toBe(1);
  store.slow = false;
  store.commits[1]?.go();
  await Promise.all(told);
  await journal.close();
  const again = new DiskJournal({ dir });
  const { lanes } = await again.open(contextFor(clock));
  expect(lanes[0]?.lane.tasks.size).toBe(21);
  await again.close();
});

test('what was recorded while the store was busy is written after it failed and came back', async () => {
  const { journal, store } = await open();
  const lane = new ToldLane(journal, 'main');
  store.slow = true;
  const told = [lane.tell(lane.submission('first'))];
  await turnEnds();
  told.push(lane.tell(lane.submission('second')));
  await turnEnds();
  store.slow = false;
  store.commits[0]?.refuse();
  told.push(lane.tell(lane.submission('third')));
  await turnEnds();
  clock.advance(1_000);
  await Promise.all(told);
  await journal.close();
  const again = new DiskJournal({ dir });
  const { lanes } = await again.open(contextFor(clock));
  expect(lanes[0]?.lane.tasks.size).toBe(3);
  await again.close();
});

test('what was recorded while the store was busy counts as waiting once it fails, so that memory has a bound', async () => {
  const { journal, store } = await open({ queued_bytes_max: 1_000 });
  const lane = new ToldLane(journal, 'main');
  store.slow = true;
  const told = [lane.tell(lane.submission('first'))];
  await turnEnds();
  for (let n = 0; n < 20; n += 1) told.push(lane.tell(lane.submission('later')));
  await turnEnds();
  store.slow = false;
  store.commits[0]?.refuse();
  while (store.commits.length < 2) {
    await turnEnds();
    clock.advance(100);
  }
  await Promise.all(told);
  // Past the bound the lane's state is written in place of what happened to it.
  const last = store.commits.at(-1)?.groups ?? [];
  expect(entriesOf(last, 'log')).toBe(0);
  expect(entriesOf(last, 'image')).toBe(21);
  await journal.close();
});

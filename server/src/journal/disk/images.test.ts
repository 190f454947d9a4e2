import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FakeClock } from '../../config/testing/fake-clock.js';
import { turnEnds } from '../../hub/testing/test-hub.js';
import { contextFor } from '../testing/journal-contract.js';
import { ToldLane } from '../testing/told-lane.js';
import { WrappedStore } from '../testing/wrapped-store.js';
import { DiskJournal } from './disk.js';
import { applyOps } from './ops.js';
import type { Group, Store } from './store.js';

const BOUND = 400;
const LOOKS_MS = 50;
const CROWD = 8;

const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** Which rows of images went to the store. */
class Rows extends WrappedStore {
  rows = 0;

  override async commit(groups: readonly Group[]): Promise<void> {
    const put = (table: string): void => void (this.rows += table === 'image' ? 1 : 0);
    for (const { ops } of groups) applyOps(ops, { put, delete: () => {}, deletePrefix: () => {} });
    await super.commit(groups);
  }
}

class Scene {
  readonly clock = new FakeClock();
  readonly journal: DiskJournal;
  store: Rows | null = null;

  private constructor() {
    const dir = mkdtempSync(join(tmpdir(), 'cuehub-journal-'));
    dirs.push(dir);
    const wrapStore = (opened: Store): Store => (this.store = new Rows(opened));
    this.journal = new DiskJournal({ dir, close_wait_ms: 20, tail_records_max: BOUND, wrapStore });
  }

  static async open(): Promise<Scene> {
    const scene = new Scene();
    await scene.journal.open(contextFor(scene.clock));
    return scene;
  }

  get rows(): number {
    return this.store?.rows ?? 0;
  }

  /** So many records, for each of which somebody waits. */
  async crowd(lane: ToldLane, records: number): Promise<void> {
    for (let n = 0; n < records; n += CROWD) {
      this.clock.advance(2);
      const told = Array.from({ length: CROWD }, () => lane.tell(lane.submission('any')));
      await turnEnds();
      this.clock.advance(2);
      await Promise.all(told);
    }
  }

  async looks(): Promise<void> {
    this.clock.advance(LOOKS_MS);
    for (let turn = 0; turn < 20; turn += 1) await turnEnds();
  }
}

test('an image moves on early when nobody waits for the journal', async () => {
  const scene = await Scene.open();
  const lane = new ToldLane(scene.journal, 'main');
  await lane.tell(...Array.from({ length: BOUND / 4 - 1 }, () => lane.submission('any')));
  await scene.looks();
  expect(scene.rows).toBe(0);
  await lane.tell(lane.submission('one more'));
  await scene.looks();
  await expect.poll(() => scene.rows).toBe(BOUND / 4);
  await scene.journal.close();
});

test('while many wait it moves on when its log is too long, and not before; then when they are gone', async () => {
  const scene = await Scene.open();
  const lane = new ToldLane(scene.journal, 'main');
  await scene.crowd(lane, BOUND - CROWD);
  expect(scene.rows).toBe(0);
  await scene.crowd(lane, CROWD);
  await expect.poll(() => scene.rows).toBe(BOUND);
  await scene.crowd(lane, BOUND / 2);
  expect(scene.rows).toBe(BOUND);
  await scene.looks();
  await scene.looks();
  await expect.poll(() => scene.rows).toBe(BOUND * 1.5);
  await scene.journal.close();
});

test('lanes take turns', async () => {
  const scene = await Scene.open();
  for (const name of ['a', 'b', 'c']) {
    const lane = new ToldLane(scene.journal, name);
    await lane.tell(...Array.from({ length: BOUND / 4 }, () => lane.submission('any')));
  }
  await scene.looks();
  await expect.poll(() => scene.rows).toBe(BOUND / 4);
  await scene.looks();
  await scene.looks();
  await expect.poll(() => scene.rows).toBe((3 * BOUND) / 4);
  await scene.journal.close();
});

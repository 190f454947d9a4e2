/** What a kill leaves of writes that nobody was told of: a beginning of them, in the order in which they were made. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createPrng } from '../../core/testing/prng.js';
import type { Durable, JournalStart } from '../port.js';
import { contextFor, sessionRecord, turnOfTheLoop } from '../testing/journal-context.js';
import { ToldLane } from '../testing/told-lane.js';
import { WrappedStore } from '../testing/wrapped-store.js';
import { DiskJournal } from './disk.js';
import type { Group, Store } from './store.js';

const LANES = ['main', 'side', 'third'] as const;

let dir = '';
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Takes so many commits; the next one never comes to an end. */
class Dying extends WrappedStore {
  left = Number.POSITIVE_INFINITY;
  dead = false;

  override async commit(groups: readonly Group[]): Promise<void> {
    if (this.dead) throw new Error('killed');
    this.left -= 1;
    if (this.left < 0) return new Promise(() => {});
    // It takes a while, so that others gather.
    for (let turn = 0; turn < 3; turn += 1) await turnOfTheLoop();
    return super.commit(groups);
  }
}

class Killable {
  readonly journal: DiskJournal;
  readonly start: Promise<JournalStart>;
  store: Dying | null = null;

  constructor() {
    const wrapStore = (store: Store): Store => (this.store = new Dying(store));
    this.journal = new DiskJournal({ dir, wrapStore, close_wait_ms: 5 });
    this.start = Promise.resolve(this.journal.open(contextFor()));
  }

  async kill(): Promise<void> {
    if (this.store !== null) this.store.dead = true;
    await this.journal.close();
  }
}

/** One write and what it would be seen by. */
interface Written {
  readonly seqs: ReadonlyMap<string, number>;
  readonly sessions: ReadonlySet<string>;
  readonly epoch: number;
  acknowledged: boolean;
}

/** What is wrong with what is there after it, in words. */
async function oneLife(seed: number): Promise<string[]> {
  const wrong: string[] = [];
  const chance = createPrng(seed);
  const life = new Killable();
  const { epoch: first } = await life.start;
  const lanes = LANES.map((name) => new ToldLane(life.journal, name));
  const seqs = new Map<string, number>(LANES.map((name) => [name, 0]));
  const sessions = new Set<string>();
  let epoch = first;
  const written: Written[] = [{ seqs: new Map(seqs), sessions: new Set(), epoch, acknowledged: true }];
  const heard: number[] = [];
  life.store!.left = chance.int(12);
  for (let write = 0; write < 40; write += 1) {
    const lane = chance.pick(lanes);
    const kind = chance.int(5);
    let durable: Durable;
    if (kind === 0) {
      epoch += 100;
      durable = life.journal.reserveEpochs(epoch);
    } else if (kind === 1) {
      const id = `s${chance.int(4)}`;
      const ends = sessions.delete(id);
      if (!ends) sessions.add(id);
      durable = ends ? life.journal.endSession(id) : life.journal.saveSession(sessionRecord(id, ['main']));
    } else {
      durable = lane.write(...Array.from({ length: 1 + chance.int(3) }, () => lane.submission('x')));
      seqs.set(lane.lane.name, lane.lane.seq);
    }
    const made: Written = { seqs: new Map(seqs), sessions: new Set(sessions), epoch, acknowledged: false };
    const place = written.push(made);
    void durable?.then(
      () => {
        made.acknowledged = true;
        heard.push(place);
      },
      () => {},
    );
    if (chance.chance(0.4)) await turnOfTheLoop();
  }
  for (let turn = 0; turn < 8; turn += 1) await turnOfTheLoop();
  if (heard.some((place, at) => place < (heard[at - 1] ?? 0)))
    wrong.push(`they were told in the order ${heard.join()}`);
  const told = written.findLastIndex(({ acknowledged }) => acknowledged);
  await life.kill();

  const next = new Killable();
  const back = await next.start;
  const found = new Map(LANES.map((name) => [name, 0]));
  for (const { lane } of back.lanes) found.set(lane.name as (typeof LANES)[number], lane.seq);
  const names = new Set(back.sessions.map(({ session_id }) => session_id));
  const may_be = written.slice(told);
  const fits = may_be.some(
    (at) =>
      at.epoch === back.epoch &&
      LANES.every((name) => at.seqs.get(name) === found.get(name)) &&
      at.sessions.size === names.size &&
      [...at.sessions].every((id) => names.has(id)),
  );
  const seen = { epoch: back.epoch, lanes: [...found], sessions: [...names] };
  if (!fits) wrong.push(`${JSON.stringify(seen)} is none of the ${may_be.length} states it may be`);
  for (const { lane } of back.lanes)
    if (lane.tasks.size !== lane.seq) wrong.push(`${lane.name} has ${lane.tasks.size}`);
  await next.kill();
  return wrong;
}

describe('a kill', () => {
  test('leaves all that was acknowledged, and of the rest what came first, over all lanes, sessions and epochs', {
    timeout: 60_000,
  }, async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      dir = mkdtempSync(join(tmpdir(), 'cuehub-tail-'));
      expect(await oneLife(seed), `seed ${seed}`).toEqual([]);
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

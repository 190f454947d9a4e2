/** What every journal promises, as tests. An adapter's test file calls this with a way to make a fresh, empty one. */
import { tmpdir } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { FakeClock, passing } from '../../config/testing/fake-clock.js';
import { createLane, fold, type LaneRecord, statusOf } from '../../core/index.js';
import type { Durable, Journal, LaneState, LiveLane } from '../port.js';
import { historyContract } from './history-contract.js';
import { contextFor, sessionRecord, turnOfTheLoop } from './journal-context.js';
import { ToldLane } from './told-lane.js';

export { contextFor };

export function journalContract(makeJournal: () => Promise<Journal> | Journal): void {
  const open: Journal[] = [];

  async function opened(): Promise<Journal> {
    const journal = await makeJournal();
    open.push(journal);
    return journal;
  }

  afterEach(async () => {
    for (const journal of open.splice(0)) await journal.close();
  });

  const at = new FakeClock().now();
  const stopped: LaneRecord = { at, seq: 1, kind: 'lane.stopped', drain: false };

  /** The same lane as the hub tells of it while it lives, and as it parks it. */
  function laneOf(journal: Journal, name: string): { live: LiveLane; state: LaneState } {
    const lane = createLane({ lane: name, log: journal.logFor(name) });
    fold(lane, stopped);
    const facts = [
      { type: 'event', lane: name, log: lane.log, seq: 1, at, event: 'lane.stopped', drain: false } as const,
    ];
    return { live: { lane, forks: {}, facts: () => facts }, state: { lane, facts, ended: [], forks: {} } };
  }

  test('an empty journal begins with nothing', async () => {
    const journal = await opened();
    expect(await journal.open(contextFor())).toEqual({
      epoch: expect.any(Number),
      sessions: [],
      lanes: [],
      parked: [],
      down_at: null,
      recovery: null,
    });
    expect(journal.unpark('main')).toBeNull();
  });

  test('a lane that does not exist has one log, whoever asks and however often', async () => {
    const journal = await opened();
    await journal.open(contextFor());
    expect(journal.logFor('main')).toMatch(/^[\w.-]+$/);
    expect(journal.logFor('main')).toBe(journal.logFor('main'));
  });

  test('writes are durable at once, or when what they return resolves', async () => {
    const journal = await opened();
    await journal.open(contextFor());
    for (const durable of [
      journal.append(laneOf(journal, 'main').live, [stopped]),
      journal.reserveEpochs(1_000),
      journal.saveSession(sessionRecord('s', ['main'])),
      journal.endSession('s'),
    ]) {
      expect(durable === undefined || durable instanceof Promise).toBe(true);
      await durable;
    }
  });

  test('writes of all kinds are acknowledged in the order in which they were made', async () => {
    const journal = await opened();
    const clock = new FakeClock();
    await journal.open(contextFor(clock));
    const main = new ToldLane(journal, 'main');
    const side = new ToldLane(journal, 'side');
    const told: number[] = [];
    const writes: Durable[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const made = [
        main.write(main.submission('a')),
        journal.reserveEpochs(1_000 * (turn + 1)),
        side.write(side.submission('b')),
        journal.saveSession(sessionRecord('s', ['main', 'side'])),
      ];
      for (const durable of made) {
        const place = writes.push(durable) - 1;
        if (durable === undefined) told.push(place);
        else void durable.then(() => told.push(place));
      }
      // Some of it is on its way when the rest is written.
      if (turn % 2 === 1) await turnOfTheLoop();
    }
    await passing(clock, Promise.all(writes.map((durable) => durable ?? Promise.resolve())));
    await turnOfTheLoop();
    expect(told).toEqual(writes.map((_, place) => place));
  });

  test('a parked lane comes back as it was, once', async () => {
    const journal = await opened();
    await journal.open(contextFor());
    const { live, state } = laneOf(journal, 'stage');
    const durable = journal.append(live, [stopped]);
    journal.hurry();
    await durable;
    journal.park('stage', state);
    expect(journal.unpark('other')).toBeNull();
    const back = journal.unpark('stage');
    expect(back).toMatchObject({
      lane: { name: 'stage', log: state.lane.log, seq: 1, started: false },
      ended: [],
      forks: {},
    });
    expect(back?.facts).toEqual(state.facts);
    expect(back && statusOf(back.lane, 10)).toEqual(statusOf(state.lane, 10));
    expect(journal.unpark('stage')).toBeNull();
  });

  test('a lane that came back goes on, and is parked and given back again with all of it', async () => {
    const journal = await opened();
    await journal.open(contextFor());
    const first = new ToldLane(journal, 'stage');
    const ids = [await first.passes('a')];
    journal.park('stage', first.state);
    for (let round = 0; round < 3; round += 1) {
      const back = journal.unpark('stage');
      if (back === null) throw new Error('it was parked');
      const lane = new ToldLane(journal, 'stage', back);
      ids.push(await lane.passes('b'));
      const { seq } = lane.lane;
      journal.park('stage', lane.state);
      const again = journal.unpark('stage');
      expect(again?.lane.seq).toBe(seq);
      expect([...(again?.lane.tasks.keys() ?? [])]).toEqual(ids);
      expect(again?.ended).toEqual(ids);
      expect(again?.facts.map((fact) => fact.seq)).toEqual(Array.from({ length: seq }, (_, at) => at + 1));
      journal.park('stage', again!);
      await turnOfTheLoop();
    }
  });

  test('a lane may be parked, and be back, while what was told of it is on its way', async () => {
    const journal = await opened();
    await journal.open(contextFor());
    const lane = new ToldLane(journal, 'stage');
    const before = lane.write(lane.submission('a'));
    journal.park('stage', lane.state);
    const back = journal.unpark('stage');
    expect(back?.lane.seq).toBe(1);
    const on = new ToldLane(journal, 'stage', back ?? undefined);
    const after = on.write({ kind: 'lane.stopped', drain: false });
    await before;
    await after;
    journal.park('stage', on.state);
    await turnOfTheLoop();
    const again = journal.unpark('stage');
    expect(again?.lane).toMatchObject({ seq: 2, started: false, tasks_queued: 1 });
  });

  test('a lane that was forgotten does not come back, and its name gets another log', async () => {
    const journal = await opened();
    await journal.open(contextFor());
    const before = journal.logFor('stage');
    journal.park('stage', laneOf(journal, 'stage').state);
    journal.forget('stage');
    expect(journal.unpark('stage')).toBeNull();
    expect(journal.logFor('stage')).not.toBe(before);
  });

  test('says what it is', async () => {
    const journal = await opened();
    await journal.open(contextFor());
    expect(journal.describe()).toMatchObject({ kind: expect.any(String) });
    expect(JSON.stringify(journal.describe())).not.toContain(tmpdir());
  });

  historyContract(opened);
}

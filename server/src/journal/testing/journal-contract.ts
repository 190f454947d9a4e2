/** What every journal promises, as tests. An adapter's test file calls this with a way to make a fresh, empty one. */
import { afterEach, expect, test } from 'vitest';
import { createLane, fold, type LaneRecord, statusOf } from '../../core/index.js';
import type { Journal, LaneState } from '../port.js';

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

  const stopped: LaneRecord = { at: 5, seq: 1, kind: 'lane.stopped', drain: false };

  function stateOf(journal: Journal, name: string): LaneState {
    const lane = createLane({ lane: name, log: journal.logFor(name) });
    fold(lane, stopped);
    const fact = { type: 'event', lane: name, log: lane.log, seq: 1, at: 5, event: 'lane.stopped' } as const;
    return { lane, facts: [fact], ended: [], forks: {} };
  }

  test('an empty journal begins with nothing', async () => {
    const journal = await opened();
    expect(await journal.open()).toEqual({ epoch: expect.any(Number), sessions: [], lanes: [] });
    expect(journal.unpark('main')).toBeNull();
  });

  test('a lane that does not exist has one log, whoever asks and however often', async () => {
    const journal = await opened();
    await journal.open();
    expect(journal.logFor('main')).toMatch(/^[\w.-]+$/);
    expect(journal.logFor('main')).toBe(journal.logFor('main'));
  });

  test('writes are durable at once, or when what they return resolves', async () => {
    const journal = await opened();
    await journal.open();
    for (const durable of [
      journal.append('main', [stopped]),
      journal.reserveEpochs(1_000),
      journal.saveSession({
        session_id: 's',
        principal: 'p',
        client: { name: 'c', kind: '' },
        resume_hash: 'h',
        previous_hash: null,
        workers: {},
        lanes: ['main'],
      }),
      journal.endSession('s'),
    ]) {
      expect(durable === undefined || durable instanceof Promise).toBe(true);
      await durable;
    }
  });

  test('a parked lane comes back as it was, once', async () => {
    const journal = await opened();
    await journal.open();
    const state = stateOf(journal, 'stage');
    await journal.append('stage', [stopped]);
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

  test('a lane that was forgotten does not come back, and its name gets another log', async () => {
    const journal = await opened();
    await journal.open();
    const before = journal.logFor('stage');
    journal.park('stage', stateOf(journal, 'stage'));
    journal.forget('stage');
    expect(journal.unpark('stage')).toBeNull();
    expect(journal.logFor('stage')).not.toBe(before);
  });
}

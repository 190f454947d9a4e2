/** What every journal tells of what passed, as tests: a part of the contract of journals. */
import { expect, test } from 'vitest';
import type { HistoryQuery, Journal, LiveLane } from '../port.js';
import { contextFor } from './journal-context.js';
import { ToldLane } from './told-lane.js';

/** All pages, one after the other. */
export async function allPages(
  { history }: Pick<Journal, 'history'>,
  live: LiveLane | null,
  query: Partial<HistoryQuery> = {},
  lane = 'main',
): Promise<string[][]> {
  const pages: string[][] = [];
  let before: string | undefined;
  do {
    const page = await history.tasks(lane, live, { limit: 100, now_ms: Number.MAX_SAFE_INTEGER, ...query, before });
    expect(page.tasks.length).toBeLessThanOrEqual(query.limit ?? 100);
    pages.push(page.tasks.map(({ task_id }) => task_id));
    before = page.next;
  } while (before !== undefined);
  return pages;
}

export function historyContract(makeJournal: () => Promise<Journal>): void {
  async function opened(): Promise<Journal> {
    const journal = await makeJournal();
    await journal.open(contextFor());
    return journal;
  }

  test('nothing passed on a lane that nobody made', async () => {
    const journal = await opened();
    expect(await allPages(journal, null)).toEqual([[]]);
    expect(await journal.history.timeline('main', null, { task_id: 't1', limit: 10 })).toBeNull();
    expect(journal.history.keptFrom('main')).toBeNull();
  });

  test('tasks are told as they are, the latest first, in pages that neither miss nor repeat one', async () => {
    const journal = await opened();
    const lane = new ToldLane(journal, 'main');
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) ids.unshift(n % 3 === 0 ? await lane.submits('wait') : await lane.passes('talk'));
    expect((await allPages(journal, lane)).flat()).toEqual(ids);
    const pages = await allPages(journal, lane, { limit: 2 });
    expect(pages.flat()).toEqual(ids);
    expect(pages.slice(0, 3).map((page) => page.length)).toEqual([2, 2, 2]);
    const { tasks } = await journal.history.tasks('main', lane, { limit: 2, now_ms: lane.at });
    expect(tasks).toMatchObject([
      { task_id: ids[0], lane: 'main', name: 'wait', state: 'queued' },
      { task_id: ids[1], name: 'talk', state: 'completed', result: 'talk', attempt: 1, running_ms: 1 },
    ]);
    expect(tasks[0]).not.toHaveProperty('args');
  });

  test('tasks are found by state, name, source and the time of their submission', async () => {
    const journal = await opened();
    const lane = new ToldLane(journal, 'main');
    const voice = { session_id: 's9', client_name: 'mic', kind: 'voice' };
    const a = await lane.passes('talk');
    const b = await lane.passes('sing', voice);
    const between = lane.at + 1;
    const c = await lane.submits('talk');
    const found = async (query: Partial<HistoryQuery>): Promise<string[]> =>
      (await allPages(journal, lane, query)).flat();
    expect(await found({ states: ['completed'] })).toEqual([b, a]);
    expect(await found({ states: ['queued', 'failed'] })).toEqual([c]);
    expect(await found({ name: 'talk' })).toEqual([c, a]);
    for (const source of ['mic', 'voice', 's9']) expect(await found({ source })).toEqual([b]);
    expect(await found({ since: between })).toEqual([c]);
    expect(await found({ until: between })).toEqual([b, a]);
    expect(await found({ name: 'talk', until: between, states: ['completed'] })).toEqual([a]);
  });

  test('a task has its own facts, in order and in pages, and those of no other', async () => {
    const journal = await opened();
    const lane = new ToldLane(journal, 'main');
    await lane.passes('talk');
    const task_id = await lane.passes('sing');
    const all = await journal.history.timeline('main', lane, { task_id, limit: 10 });
    expect(all).toMatchObject({
      complete: true,
      facts: [
        { event: 'task.queued', seq: 4, lane: 'main', log: lane.lane.log, task: { task_id, state: 'queued' } },
        { event: 'task.started', seq: 5, task: { state: 'running', attempt: 1 } },
        { event: 'task.completed', seq: 6, task: { state: 'completed', result: 'sing' } },
      ],
    });
    expect(all?.next).toBeUndefined();
    const first = await journal.history.timeline('main', lane, { task_id, limit: 2 });
    expect([first?.facts.map(({ seq }) => seq), first?.next]).toEqual([[4, 5], 5]);
    const second = await journal.history.timeline('main', lane, { task_id, limit: 2, after: first?.next });
    expect([second?.facts.map(({ seq }) => seq), second?.next, second?.complete]).toEqual([[6], undefined, true]);
    expect(await journal.history.timeline('main', lane, { task_id: `${task_id}0`, limit: 10 })).toBeNull();
  });

  test('a parked lane still has its past, and every lane its own', async () => {
    const journal = await opened();
    const lane = new ToldLane(journal, 'stage');
    const other = new ToldLane(journal, 'main');
    const task_id = await lane.passes('talk');
    await other.passes('sing');
    journal.park('stage', lane.state);
    expect(await allPages(journal, null, {}, 'stage')).toEqual([[task_id]]);
    expect((await journal.history.timeline('stage', null, { task_id, limit: 10 }))?.facts).toHaveLength(3);
    expect(await journal.history.timeline('main', other, { task_id, limit: 10 })).toBeNull();
  });
}

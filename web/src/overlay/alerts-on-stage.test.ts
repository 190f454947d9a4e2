import type { TaskView } from '@cuehub/protocol';
import { describe, expect, it } from 'vitest';
import { ALERT_SHOWN_MS, HIDE_AFTER_DEFAULT_MS } from './model.js';
import { undetailed } from './step.js';
import { chunk, snapshot, stateMessage, streamFact, taskFact, taskView } from './testing/messages.js';
import { online } from './testing/watcher.js';

const bare = taskView('gift', 'donation', 'HIGH');
const gift: TaskView = { ...bare, args: { from: 'Ada', amount: '$20', message: 'Great show!' } };
const reply = taskView('reply', 'chat_response');

describe('an alert on stage', () => {
  it('has its card from its start, and its answer below it', () => {
    const watcher = online().take(taskFact('task.started', gift), stateMessage(bare));
    expect(watcher.view.bubbles).toMatchObject([
      { alert: { kind: 'donation', from: 'Ada', figure: '$20', message: 'Great show!' }, words: [], typing: false },
    ]);
    watcher.take(streamFact('stream.opened', bare), chunk(bare, 0, 'Thank you!'));
    expect(watcher.seen).toEqual(['0: Thank you!']);
    expect(watcher.view.bubbles[0]?.alert?.from).toBe('Ada');
  });

  it('stays to be read, though its task was over at once and somebody else speaks', () => {
    const watcher = online().take(
      taskFact('task.started', gift),
      taskFact('task.completed', bare),
      taskFact('task.started', reply),
      streamFact('stream.opened', reply),
      chunk(reply, 0, 'As I said'),
    );
    expect(watcher.wait(ALERT_SHOWN_MS - 1).seen).toEqual(['0: ', '0: As I said']);
    expect(watcher.wait(1).seen).toEqual(['0: As I said']);
  });

  it('stays as long as a reply does when nobody needs the room', () => {
    const watcher = online().take(taskFact('task.started', gift), taskFact('task.completed', bare));
    expect(watcher.wait(HIDE_AFTER_DEFAULT_MS - 1).view.bubbles).toHaveLength(1);
    expect(watcher.wait(1).view.bubbles).toEqual([]);
  });

  it('steps back like everybody for what is more urgent', () => {
    const watcher = online().take(taskFact('task.started', gift), taskFact('task.pausing', bare));
    expect(watcher.view.bubbles).toMatchObject([{ depth: 1, alert: { from: 'Ada' } }]);
    watcher.take(taskFact('task.paused', bare), taskFact('task.resumed', bare));
    expect(watcher.view.bubbles).toMatchObject([{ depth: 0, alert: { from: 'Ada', figure: '$20' } }]);
  });

  it('opened in its middle asks for what no snapshot tells, once', () => {
    const watcher = online().take(snapshot(bare));
    expect(watcher.view.bubbles).toMatchObject([{ alert: { kind: 'donation', from: '' } }]);
    expect(undetailed(watcher.model)).toEqual(['gift']);
    watcher.details(gift);
    expect(watcher.view.bubbles).toMatchObject([{ alert: { kind: 'donation', from: 'Ada' } }]);
    expect(undetailed(watcher.model)).toEqual([]);
  });

  it('may turn out to be one by its meta alone', () => {
    const raid = taskView('raid-1', 'say_hello');
    const watcher = online().take(snapshot(raid));
    expect(watcher.view.bubbles).toEqual([]);
    watcher.details({ ...raid, meta: { alert: 'raid', from: 'Grace', viewers: 42 } }).take(chunk(raid, 0, 'Hello!'));
    expect(watcher.view.bubbles).toMatchObject([{ alert: { kind: 'raid', figure: '42 viewers' } }]);
  });

  it('has gone when the page was away for its end', () => {
    const watcher = online().take(taskFact('task.started', gift), snapshot(null));
    expect(watcher.wait(HIDE_AFTER_DEFAULT_MS).view.bubbles).toEqual([]);
  });

  it('is a plain reply where alerts are not to be shown, and only a card where replies are not', () => {
    const watcher = online().take(
      taskFact('task.started', gift),
      streamFact('stream.opened', bare),
      stateMessage(bare),
      chunk(bare, 0, 'Thank you!'),
      taskFact('task.started', reply),
      streamFact('stream.opened', reply),
      chunk(reply, 0, 'As I said'),
    );
    watcher.show = ['bubble'];
    expect(watcher.view.bubbles).toMatchObject([{ alert: null, key: 'gift/main' }, { key: 'reply/main' }]);
    watcher.show = ['alerts'];
    expect(watcher.view.bubbles).toMatchObject([{ alert: { from: 'Ada' }, words: [], typing: false }]);
  });
});

describe('the queue', () => {
  const queued = (id: string, name: string, more: Partial<TaskView> = {}): TaskView => ({
    ...taskView(id, name),
    state: 'queued',
    ...more,
  });
  const keys = (watcher: ReturnType<typeof online>) => watcher.view.queue.items.map(({ key }) => key);

  it('has those who wait in the order in which they would run', () => {
    const watcher = online().take(
      taskFact('task.queued', queued('late', 'chat', { submitted_at: 3 })),
      taskFact('task.queued', queued('early', 'chat', { submitted_at: 1 })),
      taskFact('task.queued', queued('low', 'monitor', { priority: 'LOW', submitted_at: 0 })),
      taskFact('task.paused', { ...queued('paused', 'chat', { submitted_at: 2 }) }),
      taskFact('task.queued', { ...gift, state: 'queued' }),
      stateMessage(null, { tasks_queued: 4, tasks_paused: 1 }),
    );
    expect(keys(watcher)).toEqual(['gift', 'paused', 'early', 'late']);
    expect(watcher.view.queue).toMatchObject({ more: 1, items: [{ label: 'Ada · $20' }, { paused: true }, {}, {}] });
  });

  it('lets go of those who start or end, and begins anew at a snapshot', () => {
    const watcher = online().take(
      taskFact('task.queued', queued('a', 'chat')),
      taskFact('task.queued', queued('b', 'chat')),
      taskFact('task.queued', { ...gift, state: 'queued' }),
      taskFact('task.started', queued('a', 'chat')),
      taskFact('task.cancelled', queued('b', 'chat')),
      stateMessage(null, { tasks_queued: 1 }),
    );
    expect(keys(watcher)).toEqual(['gift']);
    watcher.take(snapshot(null, { tasks_queued: 2 }, { queue: [{ ...bare, state: 'queued' }, queued('c', 'chat')] }));
    expect(watcher.view.queue).toMatchObject({ more: 0, items: [{ key: 'gift', label: 'Ada · $20' }, { key: 'c' }] });
  });

  it('is bounded in a flood, and keeps the urgent', () => {
    const watcher = online();
    for (let index = 0; index < 300; index += 1) {
      watcher.take(taskFact('task.queued', queued(`low-${index}`, 'spam', { priority: 'LOW', submitted_at: index })));
    }
    watcher.take(taskFact('task.queued', queued('now', 'voice', { priority: 'URGENT', submitted_at: 999 })));
    watcher.take(stateMessage(null, { tasks_queued: 301 }));
    expect(watcher.model.waiting.size).toBe(100);
    expect(keys(watcher)).toEqual(['now', 'low-0', 'low-1', 'low-2']);
    expect(watcher.view.queue.more).toBe(297);
  });

  it('is empty where it is not asked for, and while the hub is away', () => {
    const watcher = online().take(
      taskFact('task.queued', queued('a', 'chat')),
      stateMessage(null, { tasks_queued: 1 }),
    );
    expect(keys(watcher)).toEqual(['a']);
    watcher.show = ['bubble'];
    expect(watcher.view.queue).toEqual({ items: [], more: 0 });
    watcher.show = ['queue'];
    expect(watcher.connection({ status: 'offline' }).view.queue).toEqual({ items: [], more: 0 });
  });
});

describe('the mode', () => {
  it('is shown when it is asked for, and uncalled when the picture is not live', () => {
    const watcher = online().take(stateMessage(null));
    watcher.show = ['bubble'];
    expect(watcher.view.badge.shown).toBe(false);
    expect(watcher.connection({ status: 'offline' }).view.badge).toMatchObject({ shown: true, label: 'Not connected' });
    watcher.show = ['mode'];
    expect(watcher.connection({ status: 'online' }).view.badge.shown).toBe(true);
  });
});

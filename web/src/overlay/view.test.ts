import { describe, expect, it } from 'vitest';
import { snapshot, stateMessage, streamFact, streamSnapshot, taskFact, taskView } from './testing/messages.js';
import { online, Watcher } from './testing/watcher.js';
import { BUBBLES_BEHIND_MAX } from './view.js';

const reply = taskView('reply', 'chat_response');

describe('the badge', () => {
  const badge = (...state: Parameters<typeof stateMessage>) => online().take(stateMessage(...state)).view.badge;

  it('says idle when nothing runs', () => {
    expect(badge(null)).toEqual({ shown: true, tone: 'idle', label: 'Idle', task: '', protected: false, waiting: 0 });
  });

  it('says who has the floor', () => {
    expect(badge(reply)).toMatchObject({ tone: 'busy', label: 'Busy', task: 'chat response' });
  });

  it('says streaming, and protected when nobody may interrupt', () => {
    const state = { mode: 'streaming', streaming: true, can_interrupt: false } as const;
    expect(badge(reply, state)).toMatchObject({ tone: 'streaming', label: 'Streaming', protected: true });
  });

  it('counts who waits, queued or paused', () => {
    expect(badge(reply, { tasks_queued: 2, tasks_paused: 1 }).waiting).toBe(3);
  });

  it('says paused when the floor is free and somebody was interrupted', () => {
    expect(badge(null, { tasks_paused: 1 })).toMatchObject({ tone: 'paused', label: 'Paused' });
  });

  it('says stopped when the lane is, and stopping while somebody still runs', () => {
    expect(badge(null, { started: false })).toMatchObject({ tone: 'stopped', label: 'Stopped' });
    expect(badge(reply, { started: false })).toMatchObject({ tone: 'stopped', label: 'Stopping' });
  });

  it('says that there is no connection rather than repeating old news', () => {
    const watcher = online().take(stateMessage(reply)).connection({ status: 'offline' });
    expect(watcher.view.badge).toEqual({
      shown: true,
      tone: 'offline',
      label: 'Not connected',
      task: '',
      protected: false,
      waiting: 0,
    });
    expect(watcher.view.stale).toBe(true);
  });

  it('goes on saying so while the page tries again', () => {
    const watcher = online().connection({ status: 'offline' }).connection({ status: 'connecting' });
    expect(watcher.view.badge.label).toBe('Not connected');
  });

  it('is connecting until the first news arrive', () => {
    expect(new Watcher().view.badge.label).toBe('Connecting');
    expect(online().view.badge.label).toBe('Connecting');
  });
});

describe('a notice', () => {
  it('tells plainly that the token is not good', () => {
    const { view } = new Watcher().connection({ status: 'refused', message: 'The token is not valid.' });
    expect(view.notice).toEqual({ title: 'The hub does not let this page in', text: 'The token is not valid.' });
    expect(view.badge.tone).toBe('refused');
  });

  it('tells where the token belongs when there is none', () => {
    expect(new Watcher().connection({ status: 'no_token' }).view.notice?.text).toContain('/overlay#token=');
  });

  it('is not there when all is well', () => {
    expect(online().view.notice).toBeNull();
  });
});

describe('bubbles', () => {
  it('show that somebody is about to speak', () => {
    const watcher = online().take(taskFact('task.started', reply), streamFact('stream.opened', reply));
    expect(watcher.view.bubbles).toMatchObject([{ words: [], typing: true, depth: 0 }]);
  });

  it('do not promise more text while there is no connection', () => {
    const watcher = online().take(taskFact('task.started', reply), streamFact('stream.opened', reply));
    expect(watcher.connection({ status: 'offline' }).view.bubbles).toEqual([]);
  });

  it('wait one behind the other, the latest nearest, and not too many', () => {
    const tasks = ['a', 'b', 'c', 'd'].map((id) => ({ ...taskView(id, 'talk'), state: 'paused' as const }));
    const streams = tasks.map((task) => streamSnapshot(task, `text ${task.task_id}`, 1));
    const watcher = online().take(snapshot(null, { tasks_paused: 4 }, { paused: tasks, streams }));
    expect(watcher.seen).toEqual(['2: text c', '1: text d']);
    expect(watcher.seen).toHaveLength(BUBBLES_BEHIND_MAX);
  });

  it('say that the lane is stopped rather than naming somebody', () => {
    const paused = { ...reply, state: 'paused' as const };
    const watcher = online().take(
      snapshot(null, { started: false }, { paused: [paused], streams: [streamSnapshot(reply, 'Once', 1)] }),
    );
    expect(watcher.view.bubbles[0]?.aside).toBe('stopped');
  });

  it('have the name that viewers know instead of those of programs', () => {
    const command = taskView('command', 'short_story');
    const paused = { ...reply, state: 'paused' as const };
    const watcher = online().take(
      snapshot(command, {}, { paused: [paused], streams: [streamSnapshot(reply, 'Once', 1)] }),
    );
    expect(watcher.view.bubbles).toMatchObject([{ task: 'chat response', aside: 'on hold for short story' }]);
    expect(watcher.view.bubbles[0]?.speaker).not.toBe('Fido');
    watcher.name = 'Fido';
    expect(watcher.view.bubbles).toMatchObject([{ speaker: 'Fido', task: '', aside: 'on hold' }]);
    // What is told of the mode and the queue is chosen by what is shown.
    expect(watcher.view.badge.task).toBe('short story');
  });
});

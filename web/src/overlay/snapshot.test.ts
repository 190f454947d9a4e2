import { describe, expect, it } from 'vitest';
import { HIDE_AFTER_DEFAULT_MS } from './model.js';
import {
  chunk,
  cut,
  snapshot,
  stateMessage,
  streamFact,
  streamSnapshot,
  taskFact,
  taskView,
} from './testing/messages.js';
import { online } from './testing/watcher.js';

const reply = taskView('reply', 'chat_response');
const command = taskView('command', 'voice_command', 'URGENT');
const streaming = { mode: 'streaming', streaming: true } as const;

describe('a page that is opened in mid-sentence', () => {
  it('shows the sentence so far and goes on', () => {
    const watcher = online().take(
      snapshot(reply, streaming, { streams: [streamSnapshot(reply, 'Once upon ', 2)] }),
      chunk(reply, 2, 'a time'),
    );
    expect(watcher.seen).toEqual(['0: Once upon a time']);
    expect(watcher.view.bubbles[0]).toMatchObject({ task: 'chat response', typing: true });
  });

  it('shows who waits behind whom', () => {
    const paused = { ...reply, state: 'paused' as const };
    const watcher = online().take(
      snapshot(command, streaming, {
        paused: [paused],
        streams: [streamSnapshot(reply, 'Once upon ', 2), streamSnapshot(command, 'Lights', 1)],
      }),
    );
    expect(watcher.seen).toEqual(['1: Once upon ', '0: Lights']);
    expect(watcher.view.bubbles[0]?.aside).toBe('on hold for voice command');
  });

  it('lets go of a stream that was closed while its task goes on', () => {
    const watcher = online().take(snapshot(reply, { mode: 'busy' }, { streams: [streamSnapshot(reply, 'Done.', 2)] }));
    expect(watcher.view.bubbles[0]?.typing).toBe(false);
    expect(watcher.wait(HIDE_AFTER_DEFAULT_MS).seen).toEqual([]);
  });
});

describe('a snapshot after a reconnect', () => {
  const before = () =>
    online().take(
      taskFact('task.started', reply),
      streamFact('stream.opened', reply, { from_seq: 0 }),
      stateMessage(reply, streaming),
      chunk(reply, 0, 'Once '),
      chunk(reply, 1, 'upon '),
    );

  it('brings what was missed, exactly once', () => {
    const watcher = before().take(
      snapshot(reply, streaming, { streams: [streamSnapshot(reply, 'Once upon a time ', 4)] }),
      chunk(reply, 3, 'time '),
      chunk(reply, 4, 'there'),
    );
    expect(watcher.seen).toEqual(['0: Once upon a time there']);
  });

  it('leaves text alone that is already right, so that it can still be cut at a chunk', () => {
    const watcher = before().take(snapshot(reply, streaming, { streams: [streamSnapshot(reply, 'Once upon ', 2)] }));
    watcher.take(cut(reply, 1), chunk(reply, 1, 'more'));
    expect(watcher.seen).toEqual(['0: Once more']);
    expect(watcher.model.wants_snapshot).toBe(false);
  });

  it('replaces the text of another attempt that is as long', () => {
    const watcher = before().take(snapshot(reply, streaming, { streams: [streamSnapshot(reply, 'Twice over ', 2)] }));
    expect(watcher.seen).toEqual(['0: Twice over ']);
  });

  it('lets a reply fade that ended while nobody was listening', () => {
    const watcher = before().take(snapshot(null));
    expect(watcher.seen).toEqual(['0: Once upon ']);
    expect(watcher.wait(HIDE_AFTER_DEFAULT_MS).seen).toEqual([]);
  });

  it('is asked for when a cut falls where only the hub knows the text, and mends it', () => {
    const watcher = online().take(snapshot(reply, streaming, { streams: [streamSnapshot(reply, 'Once upon a ', 3)] }));
    watcher.take(cut(reply, 2));
    expect(watcher.model.wants_snapshot).toBe(true);
    watcher.take(snapshot(reply, streaming, { streams: [streamSnapshot(reply, 'Once upon ', 2)] }));
    expect(watcher.model.wants_snapshot).toBe(false);
    expect(watcher.seen).toEqual(['0: Once upon ']);
  });

  it('shows the whole text of a task that went on meanwhile', () => {
    const watcher = before().take(taskFact('task.pausing', reply), chunk(reply, 2, 'a '));
    watcher.take(snapshot(reply, streaming, { streams: [streamSnapshot(reply, 'Once upon a ', 3)] }));
    expect(watcher.seen).toEqual(['0: Once upon a ']);
  });
});

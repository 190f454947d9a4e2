import { describe, expect, it } from 'vitest';
import { BUBBLES_MAX, HIDE_BROKEN_MS, HIDE_AFTER_DEFAULT_MS, HIDE_SUPERSEDED_MS, TASKS_MAX } from './model.js';
import { nextTickAt } from './step.js';
import { chunk, cut, stateMessage, streamFact, taskFact, taskView } from './testing/messages.js';
import { online, type Watcher } from './testing/watcher.js';

const reply = taskView('reply', 'chat_response');
const command = taskView('command', 'screen_event', 'URGENT');

function speaking(): Watcher {
  return online().take(
    taskFact('task.started', reply),
    streamFact('stream.opened', reply, { from_seq: 0, content_type: 'text/plain' }),
    stateMessage(reply, { mode: 'streaming', streaming: true }),
    chunk(reply, 0, 'Once upon '),
    chunk(reply, 1, 'a '),
  );
}

describe('text that streams', () => {
  it('grows chunk by chunk', () => {
    expect(speaking().take(chunk(reply, 2, 'time')).seen).toEqual(['0: Once upon a time']);
  });

  it('that is not text is not shown', () => {
    const watcher = online().take(
      taskFact('task.started', reply),
      streamFact('stream.opened', reply, { content_type: 'audio/pcm' }),
      stateMessage(reply),
      chunk(reply, 0, new Uint8Array([1, 2])),
    );
    expect(watcher.seen).toEqual([]);
  });

  it('of a task that is long over is not shown when the hub replays it', () => {
    expect(online().take(stateMessage(null), chunk(reply, 0, 'old')).seen).toEqual([]);
  });

  it('is cut where a new attempt begins', () => {
    const again = streamFact('stream.opened', reply, { from_seq: 1 });
    expect(speaking().take(cut(reply, 1)).seen).toEqual(['0: Once upon ']);
    expect(speaking().take(cut(reply, 1), again, chunk(reply, 1, 'two times')).seen).toEqual([
      '0: Once upon two times',
    ]);
  });

  it('keeps the first chunks of a new attempt that outran the fact', () => {
    const watcher = speaking().take(cut(reply, 0), chunk(reply, 0, 'Twice '), streamFact('stream.opened', reply));
    expect(watcher.take(chunk(reply, 1, 'told')).seen).toEqual(['0: Twice told']);
  });

  it('starts anew when a new attempt begins from the start', () => {
    const again = streamFact('stream.opened', reply, { from_seq: 0 });
    expect(
      speaking().take(taskFact('task.started', reply), cut(reply, 0), again, chunk(reply, 0, 'Twice')).seen,
    ).toEqual(['0: Twice']);
  });
});

describe('an interruption', () => {
  it('makes the bubble step back as soon as the pause is asked for, with its text', () => {
    const watcher = speaking().take(taskFact('task.pausing', reply));
    expect(watcher.seen).toEqual(['1: Once upon a ']);
  });

  it('keeps what still arrives, and shows it when the task goes on', () => {
    const watcher = speaking().take(taskFact('task.pausing', reply), chunk(reply, 2, 'time '));
    expect(watcher.seen).toEqual(['1: Once upon a ']);
    watcher.take(taskFact('task.paused', reply), taskFact('task.started', command));
    expect(watcher.seen).toEqual(['1: Once upon a ']);
    watcher.take(taskFact('task.resumed', reply), chunk(reply, 3, 'there'));
    expect(watcher.seen).toEqual(['0: Once upon a time there']);
  });

  it('puts the one that interrupts in front of the one that waits', () => {
    const watcher = speaking().take(
      taskFact('task.pausing', reply),
      taskFact('task.paused', reply),
      taskFact('task.started', command),
      streamFact('stream.opened', command),
      stateMessage(command),
      chunk(command, 0, 'Lights on.'),
    );
    expect(watcher.seen).toEqual(['1: Once upon a ', '0: Lights on.']);
  });

  it('ends with the one that waited speaking where it spoke before, at the very front', () => {
    const watcher = speaking().take(
      taskFact('task.pausing', reply),
      taskFact('task.paused', reply),
      taskFact('task.started', command),
      streamFact('stream.opened', command),
      chunk(command, 0, 'Lights on.'),
      taskFact('task.completed', command),
      taskFact('task.resumed', reply),
    );
    expect(watcher.seen).toEqual(['0: Lights on.', '0: Once upon a ']);
    expect(watcher.take(chunk(reply, 2, 'time')).wait(HIDE_SUPERSEDED_MS).seen).toEqual(['0: Once upon a time']);
  });

  it('that comes to nothing shows the end of a task that completes while it is asked to pause', () => {
    const watcher = speaking().take(
      taskFact('task.pausing', reply),
      chunk(reply, 2, 'time.'),
      taskFact('task.completed', reply),
    );
    expect(watcher.seen).toEqual(['0: Once upon a time.']);
  });
});

describe('a reply that ended', () => {
  it('stays for a while, then goes', () => {
    const watcher = speaking().take(taskFact('task.completed', reply));
    expect(nextTickAt(watcher.model)).toBe(HIDE_AFTER_DEFAULT_MS);
    expect(watcher.wait(HIDE_AFTER_DEFAULT_MS - 1).seen).toEqual(['0: Once upon a ']);
    expect(watcher.wait(1).seen).toEqual([]);
    expect(nextTickAt(watcher.model)).toBeNull();
  });

  it('goes by the end of its stream, also when its task goes on', () => {
    const watcher = speaking()
      .take(streamFact('stream.closed', reply))
      .wait(HIDE_AFTER_DEFAULT_MS - 1);
    watcher.take(taskFact('task.completed', reply));
    expect(watcher.wait(1).seen).toEqual([]);
  });

  it('goes early when another one speaks', () => {
    const watcher = speaking().take(
      taskFact('task.completed', reply),
      taskFact('task.started', command),
      streamFact('stream.opened', command),
      chunk(command, 0, 'Next!'),
    );
    expect(watcher.wait(HIDE_SUPERSEDED_MS).seen).toEqual(['0: Next!']);
  });

  it('goes soon when it was cancelled, and does not come to the front for that', () => {
    const watcher = speaking().take(taskFact('task.cancelling', reply), taskFact('task.cancelled', reply));
    expect(watcher.seen).toEqual(['1: Once upon a ']);
    expect(watcher.wait(HIDE_BROKEN_MS).seen).toEqual([]);
  });
});

describe('what is kept', () => {
  it('is bounded in bubbles, and the one that speaks is among them', () => {
    const watcher = online();
    for (let index = 0; index < BUBBLES_MAX * 3; index += 1) {
      const task = taskView(`task-${index}`, 'chat');
      watcher.take(taskFact('task.started', task), streamFact('stream.opened', task), chunk(task, 0, `text ${index}`));
    }
    expect(watcher.model.bubbles.size).toBe(BUBBLES_MAX);
    expect(watcher.seen[watcher.seen.length - 1]).toBe(`0: text ${BUBBLES_MAX * 3 - 1}`);
  });

  it('is bounded in tasks, and those that speak keep their names', () => {
    const watcher = speaking();
    for (let index = 0; index < TASKS_MAX * 2; index += 1) {
      watcher.take(taskFact('task.started', taskView(`task-${index}`, 'quiet')));
    }
    expect(watcher.model.tasks.size).toBe(TASKS_MAX);
    expect(watcher.view.bubbles[0]).toMatchObject({ task: 'chat response', speaker: 'fido-voice' });
  });

  it('has nothing of tasks that only wait', () => {
    const watcher = online().take(taskFact('task.queued', reply), taskFact('task.deferred', command));
    expect(watcher.model.tasks.size).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { heardSince } from './heard.js';
import { chunk, stateMessage, streamFact, taskFact, taskView } from './testing/messages.js';
import { online } from './testing/watcher.js';

const reply = taskView('reply', 'chat_response');

describe('what was heard', () => {
  const watcher = () =>
    online().take(
      taskFact('task.started', reply),
      streamFact('stream.opened', reply),
      stateMessage(reply),
      chunk(reply, 0, 'Once '),
      chunk(reply, 1, 'upon '),
    );

  it('is the last chunk that was shown, told once', () => {
    const { model } = watcher();
    const first = heardSince(new Map(), model);
    expect(first.heard).toEqual([{ task_id: 'reply', stream: 'main', seq: 1 }]);
    expect(heardSince(first.reported, model).heard).toEqual([]);
  });

  it('stops where the task was interrupted, though more arrives', () => {
    const { model } = watcher().take(taskFact('task.pausing', reply), chunk(reply, 2, 'a '));
    expect(heardSince(new Map(), model).heard).toEqual([{ task_id: 'reply', stream: 'main', seq: 1 }]);
  });

  it('has nothing of a stream that said nothing', () => {
    const { model } = online().take(taskFact('task.started', reply), streamFact('stream.opened', reply));
    expect(heardSince(new Map(), model).heard).toEqual([]);
  });
});

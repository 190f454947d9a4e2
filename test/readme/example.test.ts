// Runs the example of the README against a hub of its own.
import { createHub } from 'cuehub';
import { expect, test } from 'vitest';
import { example, type Llm } from './example.js';

const token = 'example-token';

const llm: Llm = async function* (text, signal) {
  for (const word of `${text} there, let me tell you about `.split(/(?<= )/)) {
    signal.throwIfAborted();
    yield word;
    // Lets the interruption in between two words.
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
};

test('the example of the README does what it says', async () => {
  const hub = await createHub({ token });
  try {
    const { ws_url } = await hub.listen({ host: '127.0.0.1', port: 0 });
    const outcome = await example({ url: ws_url, token, llm });
    expect(outcome.said).toEqual({ said: 'done: lights on' });
    expect(outcome.remembered).toBe('noted: cats purr');
    for (const event of [
      'task.started',
      'stream.opened',
      'hold.taken',
      'hold.released',
      'task.paused',
      'task.resumed',
      'task.completed',
    ]) {
      expect(outcome.events).toContain(event);
    }
  } finally {
    await hub.close({ graceful: false });
  }
});

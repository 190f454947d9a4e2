import type { WatchEvent } from '@cuehub/client';
import { expect, test } from 'vitest';
import { colorsFor } from '../io.js';
import { chunk, fact } from '../watch/testing/lane-messages.js';
import type { DemoHub } from './tasks.js';
import { Transcript } from './transcript.js';

const word = (seq: number, text: string): WatchEvent => chunk('t1', seq, text);
const completed = (): WatchEvent => fact('task.completed', { task_id: 't1', state: 'completed' });

function closed(next_seq: number): WatchEvent {
  const { task: _, ...base } = fact('task.completed', { task_id: 't1' });
  return { ...base, event: 'stream.closed', task_id: 't1', stream: 'main', next_seq };
}

async function printed(...events: WatchEvent[]): Promise<string> {
  const out: string[] = [];
  const output = { write: (text: string) => out.push(text) };
  const transcript = new Transcript(output, colorsFor(output, { NO_COLOR: '1' }));
  async function* watch(): AsyncGenerator<WatchEvent> {
    yield* events;
  }
  await transcript.follow({ watch } as unknown as DemoHub);
  return out.join('');
}

// Seen when the hub was killed in mid-speech: the last words were missing, although nothing was lost.
test('what was said is printed whole, also where its end is told before the text that was missed', async () => {
  const text = await printed(word(0, 'one '), closed(3), completed(), word(1, 'two '), word(2, 'three'));
  expect(text).toContain('“one two three”');
  expect(text).not.toContain('“one”');
});

test('text that the hub does not have any more is not waited for', async () => {
  const streams = [{ task_id: 't1', stream: 'main', from_seq: 1, to_seq: 2 }];
  const gap: WatchEvent = { type: 'gap', lane: 'main', reason: 'forgotten', facts: null, streams };
  expect(await printed(word(0, 'one '), closed(3), completed(), gap)).toContain('“one”');
});

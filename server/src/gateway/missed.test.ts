import type { ChunkMessage, EventMessage, PresenceMessage, StateMessage } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import { Missed } from './missed.js';

function fact(lane: string, seq: number): EventMessage {
  return { type: 'event', lane, log: 'l', seq, at: 0, event: 'lane.started' };
}

function chunk(stream: string, seq: number): ChunkMessage {
  return { type: 'chunk', lane: 'main', task_id: 't', stream, epoch: 1, seq, data: 'x' };
}

test('a gap tells the first and the last of what was missed, lane by lane', () => {
  const missed = new Missed();
  for (const message of [
    fact('main', 4),
    fact('main', 5),
    fact('other', 9),
    chunk('a', 2),
    chunk('a', 3),
    chunk('b', 7),
  ]) {
    missed.note(message, 'main');
  }
  expect([...missed.lanes]).toEqual(['main', 'other']);
  expect(missed.takeGaps('lag')).toEqual([
    {
      type: 'gap',
      lane: 'main',
      reason: 'lag',
      facts: { from_seq: 4, to_seq: 5 },
      streams: [
        { task_id: 't', stream: 'a', from_seq: 2, to_seq: 3 },
        { task_id: 't', stream: 'b', from_seq: 7, to_seq: 7 },
      ],
    },
    { type: 'gap', lane: 'other', reason: 'lag', facts: { from_seq: 9, to_seq: 9 }, streams: [] },
  ]);
  expect(missed.empty).toBe(true);
});

test('state that was spared makes no gap, but its lane is one to catch up with', () => {
  const missed = new Missed();
  missed.note({ type: 'state', lane: 'main' } as StateMessage, 'main');
  expect([...missed.lanes]).toEqual(['main']);
  expect(missed.takeGaps('lag')).toEqual([]);
});

test('chunks only: facts is null', () => {
  const missed = new Missed();
  missed.note(chunk('a', 0), 'main');
  expect(missed.takeGaps('lag')).toMatchObject([{ facts: null, streams: [{ from_seq: 0, to_seq: 0 }] }]);
});

test('presence of a client is of no lane: the lane that is watched is caught up with', () => {
  const missed = new Missed();
  missed.note({ type: 'presence', event: 'client.left' } as PresenceMessage, 'stage');
  expect([...missed.lanes]).toEqual(['stage']);
  expect(missed.takeGaps('lag')).toEqual([]);
});

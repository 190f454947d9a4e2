import { expect, test } from 'vitest';
import { beat } from './heartbeat.js';

const times = { heartbeat_ms: 20, silence_close_ms: 45 };

test('a ping is due every heartbeat, whatever else is said', () => {
  expect(beat(119, 119, 100, times)).toEqual({ kind: 'wait', next_ms: 1 });
  expect(beat(120, 119, 100, times)).toEqual({ kind: 'ping', next_ms: 20 });
});

test('a client that is silent for too long is closed, and looked at just then', () => {
  expect(beat(140, 100, 120, times)).toEqual({ kind: 'ping', next_ms: 5 });
  expect(beat(144, 100, 140, times)).toEqual({ kind: 'wait', next_ms: 1 });
  expect(beat(145, 100, 140, times)).toEqual({ kind: 'close' });
});

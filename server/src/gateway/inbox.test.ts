import { expect, test } from 'vitest';
import { FakeClock } from '../config/testing/fake-clock.js';
import { TestHub, TOKEN, turnEnds } from '../hub/testing/test-hub.js';
import { Turn } from '../hub/turn.js';
import { Gateway } from './gateway.js';
import { FRAMES_PER_TURN, Inbox } from './inbox.js';
import { FakeWire } from './testing/fake-wire.js';

interface Made {
  readonly inbox: Inbox;
  readonly taken: string[];
  readonly ends: number[];
  readonly reading: boolean[];
}

function make(turn: Turn): Made {
  const taken: string[] = [];
  const ends: number[] = [];
  const reading: boolean[] = [];
  const inbox = new Inbox({
    turn,
    wire: { pause: () => reading.push(false), resume: () => reading.push(true) },
    frame: (data) => taken.push(String(data)),
    ended: (code) => ends.push(code),
  });
  return { inbox, taken, ends, reading };
}

const fails = (error: unknown): never => {
  throw error;
};
const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a turn deals with so many frames and the wire is not read meanwhile; all come, in order', async () => {
  const { inbox, taken, reading } = make(new Turn(new FakeClock(), fails));
  const all = Array.from({ length: FRAMES_PER_TURN * 3 + 5 }, (_, at) => String(at));
  for (const one of all) inbox.frame(one, false);
  expect(taken).toHaveLength(FRAMES_PER_TURN);
  expect(reading).toEqual([false]);
  await oneTurn();
  expect(taken).toHaveLength(FRAMES_PER_TURN * 2);
  await oneTurn();
  expect(taken).toHaveLength(FRAMES_PER_TURN * 3);
  expect(reading).toEqual([false]);
  await oneTurn();
  expect(taken).toEqual(all);
  expect(reading).toEqual([false, true]);
});

test('what comes while others wait stands behind them, also when a new turn has begun', async () => {
  const { inbox, taken } = make(new Turn(new FakeClock(), fails));
  for (let at = 0; at < FRAMES_PER_TURN * 2 + 1; at++) inbox.frame('x', false);
  await oneTurn();
  inbox.frame('last', false);
  await oneTurn();
  expect(taken).toHaveLength(FRAMES_PER_TURN * 2 + 2);
  expect(taken.at(-1)).toBe('last');
});

test('large frames use a turn up sooner', async () => {
  const { inbox, taken } = make(new Turn(new FakeClock(), fails));
  for (let at = 0; at < 10; at++) inbox.frame('x'.repeat(100 * 1024), false);
  expect(taken).toHaveLength(3);
  await oneTurn();
  expect(taken).toHaveLength(6);
});

test('the end comes after what was said before it, once', async () => {
  const { inbox, taken, ends } = make(new Turn(new FakeClock(), fails));
  for (let at = 0; at < FRAMES_PER_TURN + 1; at++) inbox.frame('x', false);
  inbox.ended(1000);
  inbox.ended(1006);
  expect(ends).toEqual([]);
  await oneTurn();
  expect(taken).toHaveLength(FRAMES_PER_TURN + 1);
  expect(ends).toEqual([1000]);
});

test('one that is held is not read before it is released, whatever waits', async () => {
  const { inbox, reading } = make(new Turn(new FakeClock(), fails));
  inbox.hold();
  for (let at = 0; at < FRAMES_PER_TURN + 1; at++) inbox.frame('x', false);
  await oneTurn();
  expect(reading).toEqual([false]);
  inbox.release();
  expect(reading).toEqual([false, true]);
});

test('after its own end nothing that waits is dealt with', async () => {
  const { inbox, taken, ends } = make(new Turn(new FakeClock(), fails));
  for (let at = 0; at < FRAMES_PER_TURN + 1; at++) inbox.frame('x', false);
  inbox.ended(1000);
  inbox.close();
  await oneTurn();
  expect(taken).toHaveLength(FRAMES_PER_TURN);
  expect(ends).toEqual([]);
});

test('one that sends without pause does not starve another: both are served in every turn', async () => {
  const t = await TestHub.open({ rate_limit: 0 });
  const gateway = new Gateway(t.hub);
  const wires = [new FakeWire(), new FakeWire()] as const;
  const [noisy, quiet] = wires.map((wire) => gateway.connect(wire));
  for (const one of [noisy, quiet]) {
    one?.frame(JSON.stringify({ type: 'hello', client: { name: 'c' }, token: TOKEN }), false);
  }
  await turnEnds();
  for (let id = 0; id < 50 * FRAMES_PER_TURN; id++) noisy?.frame(JSON.stringify({ type: 'ping', id }), false);
  const answers = (wire: FakeWire): number => wire.written.filter(({ type }) => type === 'ok').length;
  for (let turn = 1; turn <= 10; turn++) {
    quiet?.frame(JSON.stringify({ type: 'ping', id: turn }), false);
    await oneTurn();
    expect(answers(wires[1])).toBe(turn);
    expect(answers(wires[0])).toBeLessThanOrEqual((turn + 1) * FRAMES_PER_TURN);
  }
  expect(answers(wires[0])).toBeGreaterThan(5 * FRAMES_PER_TURN);
});

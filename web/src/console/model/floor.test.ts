import { describe, expect, it } from 'vitest';
import { chunk, snapshot, stateMessage, taskView } from '../../overlay/testing/messages.js';
import { Script } from '../testing/script.js';
import { floorOf, holdWords } from './floor.js';
import { heldUntil } from './holds.js';
import { LaneModel } from './lane-model.js';

const clock = (at: number): string => `t${at}`;
const because = (lane: LaneModel, now: number): string => floorOf(lane, now, clock).because;

function held(): { lane: LaneModel; script: Script } {
  const lane = new LaneModel('main');
  const script = new Script();
  script.task(1_000, 'task.queued', 'h');
  script.task(1_000, 'task.started', 'h');
  script.hold(2_000, 'hold.taken', 'h', {
    hold_id: 'h/main',
    stream: 'main',
    reason: 'punch line',
    expires_at: 32_000,
  });
  for (const fact of script.facts) lane.apply(fact, fact.at);
  lane.apply(stateMessage(script.view('h'), { can_interrupt: false, mode: 'streaming' }), 2_000);
  return { lane, script };
}

describe('the floor', () => {
  it('is not known before the hub has said so, and free when nobody has it', () => {
    const lane = new LaneModel('main');
    expect(floorOf(lane, 0, clock).tone).toBe('unknown');
    lane.apply(stateMessage(null), 0);
    expect(floorOf(lane, 0, clock)).toMatchObject({ tone: 'idle', holder: null, because: 'the floor is free' });
    lane.apply(stateMessage(null, { started: false }), 0);
    expect(floorOf(lane, 0, clock)).toMatchObject({ tone: 'stopped', mode: 'stopped' });
  });

  it('counts the running time on from what the hub said, and not through a pause', () => {
    const lane = new LaneModel('main');
    const running = stateMessage(taskView('h', 'holder'));
    if (running.current_task !== null) running.current_task.running_for = 2;
    lane.apply(running, 10_000);
    expect(floorOf(lane, 13_500, clock).running_ms).toBe(5_500);
    lane.apply({ ...running, current_task: { ...running.current_task!, state: 'pausing' } }, 10_000);
    expect(floorOf(lane, 13_500, clock).running_ms).toBe(2_000);
  });

  it('says which hold keeps it, by which stream, until when', () => {
    const { lane } = held();
    expect(floorOf(lane, 2_000, clock)).toMatchObject({ can_interrupt: false, tone: 'streaming' });
    expect(because(lane, 2_000)).toBe('held for “punch line” by its stream main until t32000 (30 s) unless renewed');
  });

  it('moves the end of a stream’s hold with each chunk, and never past five minutes', () => {
    const { lane, script } = held();
    lane.apply(chunk(script.view('h'), 0, 'word'), 20_000);
    expect(because(lane, 20_000)).toContain('until t50000');
    lane.apply(chunk(script.view('h'), 1, 'word'), 295_000);
    expect(because(lane, 295_000)).toContain('until t302000');
  });

  it('forgets a hold that ended, with its task too', () => {
    const { lane, script } = held();
    lane.apply(script.hold(5_000, 'hold.released', 'h', { hold_id: 'h/main' }), 5_000);
    lane.apply(stateMessage(script.view('h')), 5_000);
    expect(because(lane, 5_000)).toBe('it is interruptible, and nothing holds the floor');
    lane.apply(script.hold(6_000, 'hold.taken', 'h'), 6_000);
    lane.apply(script.task(7_000, 'task.completed', 'h'), 7_000);
    expect(lane.holds.of('h')).toEqual([]);
  });

  it('says of a hold whose time passed that it was renewed, up to its longest', () => {
    const hold = { hold_id: 'x', task_id: 'h', stream: null, reason: '', taken_at: 0, expires_at: 30_000 };
    expect(heldUntil(hold, 10_000)).toBe(30_000);
    expect(holdWords(hold, 40_000, clock)).toBe('held until t300000 (4 min 20 s) at the latest');
  });

  it('names who it is being paused for', () => {
    const lane = new LaneModel('main');
    const waits = { ...taskView('c', 'command', 'URGENT'), state: 'queued' as const };
    const holder = { ...taskView('h', 'holder'), state: 'pausing' as const };
    lane.apply(snapshot(holder, {}, { queue: [waits] }), 0);
    expect(floorOf(lane, 0, clock)).toMatchObject({ tone: 'yielding', because: 'it is being paused for command' });
  });

  it('says that it was submitted as not interruptible', () => {
    const lane = new LaneModel('main');
    const message = stateMessage(taskView('h', 'holder'), { can_interrupt: false });
    lane.apply({ ...message, current_task: { ...message.current_task!, interruptible: false } }, 0);
    expect(because(lane, 0)).toBe('it was submitted as not interruptible');
  });
});

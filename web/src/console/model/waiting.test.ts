import type { ClientView, TaskView } from '@cuehub/protocol';
import { describe, expect, it } from 'vitest';
import { snapshot, stateMessage, taskView } from '../../overlay/testing/messages.js';
import { Script } from '../testing/script.js';
import { LaneModel } from './lane-model.js';
import { isDeferred, pausedTasks, queuedByLevel, unlisted, waitingFor, whyItWaits } from './waiting.js';

const clock = (at: number): string => `t${at}`;
const client = (session_id: string, names: string[], more: Partial<ClientView> = {}): ClientView => ({
  session_id,
  name: session_id,
  kind: '',
  connected: true,
  roles: [],
  workers: { main: names },
  ...more,
});

function queued(task_id: string, more: Partial<TaskView> = {}): TaskView {
  return { ...taskView(task_id, 'chat', 'LOW'), state: 'queued', waiting_for: 'floor', ...more };
}

function model(
  queue: TaskView[],
  holder: TaskView | null = taskView('h', 'holder'),
  clients = [client('w', ['chat'])],
) {
  const made = new LaneModel('main');
  made.apply(snapshot(holder, { tasks_queued: queue.length }, { queue, clients, queue_size: queue.length }), 1_000);
  return made;
}

describe('what waits', () => {
  it('stands by level in the order of submission, whatever order it was told in', () => {
    const lane = model([
      queued('b', { submitted_at: 2 }),
      queued('c', { submitted_at: 2, priority: 'URGENT' }),
      queued('a', { submitted_at: 1 }),
    ]);
    const order = queuedByLevel(lane).map(({ priority, tasks }) => [priority, tasks.map(({ task_id }) => task_id)]);
    expect(order).toEqual([
      ['URGENT', ['c']],
      ['HIGH', []],
      ['MEDIUM', []],
      ['LOW', ['a', 'b']],
      ['BACKGROUND', []],
    ]);
  });

  it('puts the paused one first that would go on first', () => {
    const lane = new LaneModel('main');
    const paused = [queued('low', { state: 'paused' }), queued('high', { state: 'paused', priority: 'HIGH' })];
    lane.apply(snapshot(null, {}, { paused, paused_tasks: 2 }), 0);
    expect(pausedTasks(lane).map(({ task_id }) => task_id)).toEqual(['high', 'low']);
  });

  it('counts those that are not listed one by one', () => {
    const lane = new LaneModel('main');
    lane.apply(snapshot(null, {}, { queue: [queued('a')], queue_size: 4_000 }), 0);
    expect(unlisted(lane)).toBe(3_999);
    lane.learn([queued('b')]);
    expect(unlisted(lane)).toBe(3_998);
  });
});

describe('why it waits', () => {
  it('is the floor while somebody has it', () => {
    const lane = model([queued('a')]);
    expect(whyItWaits(lane, queued('a'), 0, clock)).toEqual({
      waiting_for: 'floor',
      deferred: false,
      text: 'holder has the floor',
    });
  });

  it('is the lane as soon as that is stopped, and a worker as soon as none is there, though no fact says so', () => {
    const lane = model([queued('a')]);
    lane.apply(stateMessage(taskView('h', 'holder'), { started: false }), 0);
    expect(waitingFor(lane, queued('a'), 0)).toBe('start');
    lane.apply(stateMessage(taskView('h', 'holder')), 0);
    lane.apply({ type: 'presence', event: 'client.left', client: client('w', [], { connected: false }) }, 0);
    expect(waitingFor(lane, queued('a'), 0)).toBe('worker');
    lane.apply({ type: 'presence', event: 'worker.registered', client: client('v', ['ch*']) }, 0);
    expect(waitingFor(lane, queued('a'), 0)).toBe('floor');
  });

  it('is a hold with its end for a deferred one, and only as long as that holder has the floor', () => {
    const script = new Script();
    const lane = model([], null);
    script.task(1_000, 'task.queued', 'h');
    script.task(1_000, 'task.started', 'h');
    script.hold(1_500, 'hold.taken', 'h', { expires_at: 31_500 });
    for (const fact of script.facts) lane.apply(fact, 2_000);
    lane.apply(stateMessage(script.view('h'), { can_interrupt: false }), 2_000);
    const waits = queued('a', { priority: 'URGENT', deferred: { reason: 'hold', by_task_id: 'h' } });
    expect(whyItWaits(lane, waits, 2_000, clock)).toEqual({
      waiting_for: 'hold',
      deferred: true,
      text: 'name-h holds the floor until t31500 at the latest',
    });
    lane.apply(stateMessage(taskView('other', 'other')), 3_000);
    expect(isDeferred(lane, waits)).toBe(false);
    expect(waitingFor(lane, waits, 3_000)).toBe('floor');
  });

  it('names the holder that may not be interrupted', () => {
    const waits = queued('a', { priority: 'URGENT', deferred: { reason: 'not_interruptible', by_task_id: 'h' } });
    expect(whyItWaits(model([waits]), waits, 0, clock).text).toBe('holder may not be interrupted');
  });

  it('is what only the hub can know: a child, a session', () => {
    const lane = model([]);
    expect(waitingFor(lane, queued('a', { state: 'paused', waiting_for: 'child' }), 0)).toBe('child');
    expect(waitingFor(lane, queued('a', { state: 'paused', waiting_for: 'session' }), 0)).toBe('session');
    const own = queued('a', { executor: 'self', source: { session_id: 's', client_name: 's', kind: '' } });
    expect(waitingFor(lane, own, 0)).toBe('session');
    lane.apply({ type: 'presence', event: 'client.joined', client: client('s', []) }, 0);
    expect(waitingFor(lane, own, 0)).toBe('floor');
  });

  it('is a retry for a second, and then the floor', () => {
    const script = new Script();
    const lane = model([]);
    script.task(5_000, 'task.queued', 'a', 'LOW', { name: 'chat' });
    script.task(5_000, 'task.started', 'a', 'LOW');
    script.task(6_000, 'task.retrying', 'a', 'LOW', { waiting_for: 'retry' });
    for (const fact of script.facts) lane.apply(fact, 6_000);
    expect(waitingFor(lane, script.view('a'), 6_500)).toBe('retry');
    expect(waitingFor(lane, script.view('a'), 7_500)).toBe('floor');
  });
});

// The small pure parts: address, rights, clients, keys, words for times and facts.
import { PRIORITIES } from '@cuehub/protocol';
import { describe, expect, it } from 'vitest';
import { Script } from '../testing/script.js';
import { addressOf, placeIn } from './address.js';
import { Clients } from './clients.js';
import { factWords } from './fact-words.js';
import { count, duration, plural, stopwatch } from './format.js';
import { levelName } from './levels.js';
import { rightsOf } from './rights.js';
import { commandOf, SHORTCUTS } from './shortcuts.js';

describe('the address', () => {
  it('names the lane and the open task, and is read back', () => {
    for (const place of [
      { lane: 'main', task_id: null },
      { lane: 'side-1', task_id: '01ab' },
    ]) {
      expect(placeIn(addressOf(place))).toEqual(place);
    }
  });

  it('means the default lane and no task where it makes no sense', () => {
    expect(placeIn('')).toEqual({ lane: 'main', task_id: null });
    expect(placeIn(`#lane=a%2Fb&task=${'x'.repeat(65)}`)).toEqual({ lane: 'main', task_id: null });
  });
});

describe('rights', () => {
  const grants = (...roles: ('producer' | 'worker' | 'observer' | 'operator')[]) =>
    rightsOf({ roles, lanes: ['*'], max_priority: 'URGENT' });

  it('say why something is missing', () => {
    expect(grants('observer')).toMatchObject({ submit: false, cancel: false, steer: false });
    expect(grants('observer').note).toContain('watch only');
    expect(grants('observer', 'producer')).toMatchObject({ submit: true, cancel: true, steer: false });
    expect(grants('observer', 'producer').note).toContain('operator');
    expect(grants('observer', 'operator').note).toContain('producer');
    expect(grants('observer', 'producer', 'operator').note).toBeNull();
  });
});

describe('clients', () => {
  const view = (names: string[], connected = true) => ({
    session_id: 's',
    name: 'worker',
    kind: '',
    connected,
    roles: [],
    workers: names.length === 0 ? {} : { main: names },
  });

  it('are not known before the hub has said so, and then everything could be run', () => {
    const clients = new Clients();
    clients.take({ type: 'presence', event: 'client.joined', client: view(['a']) });
    expect([clients.all, clients.canRun('main', 'b')]).toEqual([null, true]);
  });

  it('stay while they may come back, and cannot run anything meanwhile', () => {
    const clients = new Clients();
    clients.snapshot([view(['chat_*'])]);
    expect([clients.canRun('main', 'chat_reply'), clients.canRun('side', 'chat_reply')]).toEqual([true, false]);
    clients.take({ type: 'presence', event: 'client.left', client: view(['chat_*'], false) });
    expect([clients.all?.length, clients.canRun('main', 'chat_reply')]).toEqual([1, false]);
    clients.take({ type: 'presence', event: 'worker.unregistered', client: view([], false) });
    expect(clients.all).toEqual([]);
  });
});

describe('keys', () => {
  it('that are listed do something, and with Ctrl they are the browser’s', () => {
    for (const { keys } of SHORTCUTS) {
      for (const key of keys) {
        if (key === 'Esc' || key === '…') continue;
        const pressed = { key, ctrlKey: false, metaKey: false, altKey: false };
        expect(commandOf(pressed), key).not.toBeNull();
        expect(commandOf({ ...pressed, ctrlKey: true }), key).toBeNull();
      }
    }
    expect(commandOf({ key: 'toString', ctrlKey: false, metaKey: false, altKey: false })).toBeNull();
  });
});

describe('words', () => {
  it('for durations have the unit that is read at a glance', () => {
    const words = [0, 840, 3_250, 41_900, 125_000, 12_000_000, 187_200_000].map(duration);
    expect(words).toEqual(['0 ms', '840 ms', '3.2 s', '41 s', '2 min 05 s', '3 h 20 min', '2 d 4 h']);
    expect([7_000, 760_000, 3_723_000].map(stopwatch)).toEqual(['0:07', '12:40', '1:02:03']);
  });

  it('for counts and levels', () => {
    expect([count(950), count(4950), count(1234567)]).toEqual(['950', '4\u202f950', '1\u202f234\u202f567']);
    expect([plural(1, 'task'), plural(2, 'task')]).toEqual(['1 task', '2 tasks']);
    expect(PRIORITIES.map(levelName)).toEqual(['Urgent', 'High', 'Medium', 'Low', 'Background']);
  });

  it('for facts say what a person wants to know of them', () => {
    const script = new Script();
    script.task(0, 'task.queued', 'a');
    const started = script.task(1, 'task.started', 'a', 'LOW', { attempt: 2, max_attempts: 3 });
    expect(factWords(started).detail).toBe('epoch 1, attempt 2 of 3');
    const hold = script.hold(2, 'hold.taken', 'a', { reason: 'punch line', expires_at: 30_002 });
    expect(factWords(hold)).toEqual({
      event: 'hold.taken',
      task_id: 'a',
      detail: '“punch line”, for 30 s unless renewed',
    });
    const deferred = script.task(3, 'task.deferred', 'b', 'URGENT', { deferred: { reason: 'hold', by_task_id: 'a' } });
    expect(factWords(deferred).detail).toBe('the floor is held');
    expect(factWords(script.lane(4, 'lane.stopped'))).toEqual({ event: 'lane.stopped', detail: '', task_id: null });
  });
});

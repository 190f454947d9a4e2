import { describe, expect, it } from 'vitest';
import { demoCommand } from '../../demo-command.js';
import { snapshot, stateMessage, taskView } from '../../overlay/testing/messages.js';
import { floorWords, nobodyWorks, transcriptWords } from './empty-words.js';
import { LaneModel } from './lane-model.js';

const worker = {
  session_id: 's',
  name: 'companion',
  kind: 'worker',
  connected: true,
  roles: [],
  workers: { main: ['chat_response'] },
};

describe('an empty place', () => {
  it('says that the floor is free, that the lane is stopped, or that there is no such lane yet', () => {
    const lane = new LaneModel('main');
    expect(floorWords(lane, null)).toContain('has not said yet');
    lane.apply(stateMessage(null), 0);
    expect([true, null].map((exists) => floorWords(lane, exists))).toEqual([
      'The floor is free.',
      'The floor is free.',
    ]);
    expect(floorWords(lane, false)).toBe('No lane of this name yet; a task or a worker makes it.');
    lane.apply(stateMessage(null, { started: false }), 0);
    expect(floorWords(lane, true)).toContain('until the lane is started');
  });

  it('knows that nobody works only when the hub has said who is there', () => {
    const lane = new LaneModel('main');
    expect(nobodyWorks(lane)).toBe(false);
    lane.apply(snapshot(null, {}, { clients: [{ ...worker, workers: { side: ['chat_response'] } }] }), 0);
    expect(nobodyWorks(lane)).toBe(true);
    lane.apply(snapshot(null, {}, { clients: [worker] }), 0);
    expect(nobodyWorks(lane)).toBe(false);
    expect([demoCommand('main'), demoCommand('side')]).toEqual(['npx cuehub demo', 'npx cuehub demo --lane side']);
  });

  it('does not say of a lane that has completed tasks that nothing was ever said there', () => {
    const lane = new LaneModel('main');
    expect(transcriptWords(lane).what).toBe('Not known yet.');
    lane.apply(stateMessage(null), 0);
    expect(transcriptWords(lane).what).toBe('Nothing has been said yet.');
    lane.apply(stateMessage(taskView('a', 'story'), { tasks_completed: 188 }), 0);
    expect(transcriptWords(lane).what).toBe('Nothing has been said since this lane was opened here.');
  });
});

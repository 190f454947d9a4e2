import { describe, expect, it } from 'vitest';
import { chunk, cut, snapshot, stateMessage, streamSnapshot, taskView } from '../../overlay/testing/messages.js';
import { interruption, Script } from '../testing/script.js';
import { ENDED_MAX, FACTS_MAX, LaneModel } from './lane-model.js';

describe('the model of a lane', () => {
  it('has the tasks that are not over, and remembers the last of those that are', () => {
    const lane = new LaneModel('main');
    for (const fact of interruption().facts) lane.apply(fact, fact.at);
    expect(lane.tasks.size).toBe(0);
    expect([...lane.ended.keys()]).toEqual(['command', 'reply']);
    expect(lane.find('reply')?.state).toBe('completed');
  });

  it('keeps args that only the first facts carry', () => {
    const script = new Script();
    const lane = new LaneModel('main');
    lane.apply(script.task(1, 'task.queued', 'a', 'LOW', { args: { text: 'hi' } }), 1);
    const { args: _, ...bare } = script.view('a');
    lane.apply({ ...script.task(2, 'task.deferred', 'a', 'LOW'), task: bare }, 2);
    lane.learn([bare]);
    expect(lane.find('a')?.args).toEqual({ text: 'hi' });
  });

  it('begins anew at a snapshot, without what passed unseen', () => {
    const script = new Script();
    const lane = new LaneModel('main');
    for (const fact of [script.task(1, 'task.queued', 'a'), script.task(1, 'task.queued', 'b')]) lane.apply(fact, 1);
    lane.apply(snapshot(null, {}, { queue: [script.view('b')], queue_size: 1 }), 2);
    expect([...lane.tasks.keys()]).toEqual(['b']);
    expect(lane.snapshots).toBe(1);
  });

  it('is not told by an answer that a task lives which it saw end', () => {
    const lane = new LaneModel('main');
    const script = interruption();
    for (const fact of script.facts) lane.apply(fact, fact.at);
    lane.learn([{ ...script.view('reply'), state: 'queued' }]);
    expect(lane.tasks.size).toBe(0);
  });

  it('finds the holds of a holder that was there first in its facts, unless it heard newer ones', () => {
    const script = new Script();
    script.task(1, 'task.queued', 'h');
    script.task(1, 'task.started', 'h');
    script.hold(2, 'hold.taken', 'h');
    const lane = new LaneModel('main');
    lane.apply(snapshot(script.view('h'), { can_interrupt: false }), 3);
    expect(lane.holds.of('h')).toEqual([]);
    lane.learnFacts('h', script.of('h'));
    expect(lane.holds.of('h')).toHaveLength(1);
    const before = script.of('h');
    lane.apply(script.hold(4, 'hold.released', 'h'), 4);
    lane.learnFacts('h', before);
    expect(lane.holds.of('h')).toEqual([]);
  });

  it('shows what was said in the order in which its tasks last got the floor', () => {
    const script = interruption();
    const lane = new LaneModel('main');
    for (const fact of script.facts.slice(0, 2)) lane.apply(fact, fact.at);
    lane.apply(chunk(script.view('reply'), 0, 'so '), 11);
    for (const fact of script.facts.slice(2, 6)) lane.apply(fact, fact.at);
    lane.apply(chunk(script.view('command'), 0, 'lights on'), 21);
    expect(lane.said().map(({ spoken }) => spoken.text)).toEqual(['so ', 'lights on']);
    for (const fact of script.facts.slice(6, 8)) lane.apply(fact, fact.at);
    lane.apply(chunk(script.view('reply'), 1, 'as I said'), 31);
    expect(lane.said().map(({ spoken }) => spoken.text)).toEqual(['lights on', 'so as I said']);
  });

  it('takes text from a snapshot, and cuts where a stream starts anew', () => {
    const lane = new LaneModel('main');
    const task = taskView('a', 'chat');
    lane.apply(snapshot(task, {}, { streams: [streamSnapshot(task, 'one two ', 2)] }), 0);
    lane.apply(chunk(task, 2, 'three '), 0);
    lane.apply(cut(task, 2), 0);
    lane.apply(chunk(task, 2, '3 '), 0);
    expect(lane.said().map(({ spoken }) => spoken.text)).toEqual(['one two 3 ']);
    lane.apply(cut(task, 0), 0);
    expect(lane.said().map(({ spoken }) => spoken.text)).toEqual(['']);
  });

  it('measures how far the clocks differ by the fastest fact, and calls little nothing', () => {
    const script = new Script();
    const lane = new LaneModel('main');
    lane.apply(script.task(1_000, 'task.queued', 'a'), 61_400);
    lane.apply(script.task(2_000, 'task.started', 'a'), 62_010);
    expect(lane.hubTime(100_000)).toBe(39_990);
    const near = new LaneModel('main');
    near.apply(new Script().task(1_000, 'task.queued', 'a'), 1_080);
    expect(near.hubTime(5_000)).toBe(5_000);
  });

  it('keeps no more than its bounds', () => {
    const lane = new LaneModel('main');
    const script = new Script();
    for (let index = 0; index < FACTS_MAX * 3; index += 1) {
      lane.apply(script.task(index, 'task.queued', `t${index}`), index);
      lane.apply(script.task(index, 'task.cancelled', `t${index}`), index);
    }
    expect(lane.facts.length).toBeLessThanOrEqual(FACTS_MAX * 2);
    expect(lane.ended.size).toBe(ENDED_MAX);
    lane.apply(stateMessage(null), 0);
    expect(lane.holder).toBeUndefined();
  });
});

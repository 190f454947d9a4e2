import { describe, expect, it } from 'vitest';
import { taskView } from '../../overlay/testing/messages.js';
import { interruption, Script } from '../testing/script.js';
import { Timeline, TRACKS_MAX } from './timeline.js';

const spansOf = (timeline: Timeline, task_id: string) =>
  (timeline.track(task_id)?.spans ?? []).map(({ from, to, after }) => [from, to, after]);
const marksOf = (timeline: Timeline, task_id: string) =>
  (timeline.track(task_id)?.marks ?? []).map(({ at, kind }) => [at, kind]);

describe('a timeline of live facts', () => {
  it('has a span for each grant, and a mark where one was interrupted', () => {
    const timeline = new Timeline();
    for (const fact of interruption().facts) timeline.take(fact);
    expect(spansOf(timeline, 'reply')).toEqual([
      [10, 20, 'paused'],
      [30, 40, 'completed'],
    ]);
    expect(spansOf(timeline, 'command')).toEqual([[20, 30, 'completed']]);
    expect(marksOf(timeline, 'reply')).toEqual([[20, 'interrupted']]);
    expect(timeline.wants()).toEqual([]);
  });

  it('takes each fact once', () => {
    const timeline = new Timeline();
    const { facts } = interruption();
    for (const fact of [...facts, ...facts]) timeline.take(fact);
    expect(spansOf(timeline, 'reply')).toHaveLength(2);
    expect(marksOf(timeline, 'reply')).toHaveLength(1);
  });

  it('marks deferrals, failures with their reason, and the stretch of a hold', () => {
    const script = new Script();
    script.task(0, 'task.queued', 'reply');
    script.task(1, 'task.started', 'reply');
    script.hold(2, 'hold.taken', 'reply', { reason: 'punch line' });
    script.task(3, 'task.queued', 'command', 'URGENT');
    script.task(3, 'task.deferred', 'command', 'URGENT', { deferred: { reason: 'hold', by_task_id: 'reply' } });
    script.hold(8, 'hold.expired', 'reply');
    script.task(9, 'task.failed', 'reply', 'MEDIUM', { error: { code: 'oops', message: 'no words' } });
    const timeline = new Timeline();
    for (const fact of script.facts) timeline.take(fact);
    expect(marksOf(timeline, 'command')).toEqual([[3, 'deferred']]);
    expect(timeline.track('reply')?.marks).toEqual([{ kind: 'failed', at: 9, detail: 'oops: no words' }]);
    expect(timeline.track('reply')?.holds).toEqual([{ hold_id: 'hold-1', from: 2, to: 8, reason: 'punch line' }]);
  });

  it('ends a span and says so when the run is restarted or given up', () => {
    const script = new Script();
    script.task(0, 'task.queued', 'a');
    script.task(1, 'task.started', 'a');
    script.task(2, 'task.cancelling', 'a');
    script.task(3, 'task.queued', 'a');
    script.task(4, 'task.started', 'a');
    script.task(5, 'task.paused', 'a', 'MEDIUM', { reason: 'executor_lost' });
    script.task(9, 'task.retrying', 'a');
    const timeline = new Timeline();
    for (const fact of script.facts) timeline.take(fact);
    expect(spansOf(timeline, 'a')).toEqual([
      [1, 3, 'queued'],
      [4, 5, 'paused'],
    ]);
    expect(marksOf(timeline, 'a')).toEqual([
      [3, 'restarted'],
      [9, 'retrying'],
    ]);
  });

  it('knows when the lane was stopped', () => {
    const script = new Script();
    script.lane(5, 'lane.stopped');
    script.lane(9, 'lane.started');
    script.lane(12, 'lane.stopped');
    const timeline = new Timeline();
    for (const fact of script.facts) timeline.take(fact);
    timeline.snapshot(null, false, 15);
    expect(timeline.stops).toEqual([
      { from: 5, to: 9 },
      { from: 12, to: null },
    ]);
    timeline.snapshot(null, true, 20);
    expect(timeline.stops.at(-1)).toEqual({ from: 12, to: 20 });
  });
});

describe('a timeline that missed something', () => {
  it('never shows two with the floor, and wants the facts of the one that it closed', () => {
    const script = new Script();
    script.task(0, 'task.queued', 'a');
    script.task(1, 'task.started', 'a');
    const later = new Script();
    later.task(5, 'task.queued', 'b');
    const start = { ...later.task(6, 'task.started', 'b'), seq: 40 };
    const timeline = new Timeline();
    for (const fact of [...script.facts, start]) timeline.take(fact);
    expect(spansOf(timeline, 'a')).toEqual([[1, 6, null]]);
    expect(spansOf(timeline, 'b')).toEqual([[6, null, null]]);
    expect(timeline.wants().map(({ task_id }) => task_id)).toEqual(['a']);
  });

  it('closes at a snapshot what does not have the floor any more', () => {
    const timeline = new Timeline();
    const script = new Script();
    script.task(0, 'task.queued', 'a');
    script.task(1, 'task.started', 'a');
    for (const fact of script.facts) timeline.take(fact);
    timeline.snapshot('a', true, 50);
    expect(timeline.track('a')?.open).toBeDefined();
    timeline.take(script.hold(2, 'hold.taken', 'a'));
    timeline.snapshot(null, true, 60);
    expect(spansOf(timeline, 'a')).toEqual([[1, 60, null]]);
    expect(timeline.track('a')?.holds).toMatchObject([{ from: 2, to: 60 }]);
  });
});

describe('history', () => {
  it('shows a task that ran once as it was, without asking for its facts', () => {
    const timeline = new Timeline();
    const ended = { ...taskView('a', 'a'), state: 'completed' as const, submitted_at: 0, started_at: 5, ended_at: 9 };
    timeline.history([ended]);
    expect(spansOf(timeline, 'a')).toEqual([[5, 9, 'completed']]);
    expect(timeline.wants()).toEqual([]);
  });

  it('asks for the facts of a task that was interrupted or may have been deferred, and takes them', () => {
    const script = interruption();
    const timeline = new Timeline();
    const waited = {
      ...taskView('w', 'w', 'URGENT'),
      state: 'completed' as const,
      submitted_at: 0,
      started_at: 500,
      ended_at: 600,
    };
    timeline.history([{ ...script.view('reply'), started_at: 10, ended_at: 40 }, waited]);
    expect(timeline.wants().map(({ task_id }) => task_id)).toEqual(['reply', 'w']);
    timeline.facts(script.of('reply'));
    expect(spansOf(timeline, 'reply')).toEqual([
      [10, 20, 'paused'],
      [30, 40, 'completed'],
    ]);
    expect(timeline.wants().map(({ task_id }) => task_id)).toEqual(['w']);
  });

  it('shows a waiting task as deferred where the hub says that it is', () => {
    const timeline = new Timeline();
    const deferred = { reason: 'hold', by_task_id: 'h' } as const;
    timeline.history([{ ...taskView('a', 'a', 'URGENT'), state: 'queued', submitted_at: 7, deferred }]);
    expect(marksOf(timeline, 'a')).toEqual([[7, 'deferred']]);
    expect(timeline.wants()).toEqual([]);
  });

  it('takes up what became of a task while nobody watched', () => {
    const script = new Script();
    script.task(0, 'task.queued', 'a');
    const timeline = new Timeline();
    for (const fact of script.facts) timeline.take(fact);
    timeline.snapshot(null, true, 50);
    timeline.history([script.view('a')]);
    expect(spansOf(timeline, 'a')).toEqual([]);
    script.task(20, 'task.started', 'a');
    script.task(30, 'task.completed', 'a');
    timeline.history([script.view('a')]);
    expect(spansOf(timeline, 'a')).toEqual([[20, 30, 'completed']]);
    expect(timeline.wants().map(({ task_id }) => task_id)).toEqual(['a']);
    timeline.facts(script.of('a'));
    expect(timeline.wants()).toEqual([]);
  });

  it('does not replace what is known, nor take an answer that is older than what was seen', () => {
    const script = interruption();
    const timeline = new Timeline();
    for (const fact of script.facts) timeline.take(fact);
    timeline.history([{ ...script.view('reply'), started_at: 10, ended_at: 40 }]);
    timeline.facts(script.of('reply').slice(0, 2));
    expect(spansOf(timeline, 'reply')).toHaveLength(2);
    expect(timeline.track('reply')?.open).toBeUndefined();
  });

  it('has a bound, and knows then that the oldest is not here any more', () => {
    const timeline = new Timeline();
    timeline.complete = true;
    const tasks = Array.from({ length: TRACKS_MAX + 1 }, (_, index) => ({
      ...taskView(`t${index}`, 't'),
      state: 'completed' as const,
      submitted_at: index,
      started_at: index,
      ended_at: index + 1,
    }));
    timeline.history(tasks);
    expect([...timeline.tracks].length).toBeLessThanOrEqual(TRACKS_MAX);
    expect(timeline.track('t0')).toBeUndefined();
    expect(timeline.complete).toBe(false);
    expect(timeline.loaded_back_to).toBe(TRACKS_MAX / 10);
  });
});

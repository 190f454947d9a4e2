import { describe, expect, it } from 'vitest';
import { interruption, Script } from '../testing/script.js';
import { boxAt, markAt, sceneOf } from './scene.js';
import { Timeline } from './timeline.js';

function timelineOf({ facts }: Script): Timeline {
  const timeline = new Timeline();
  for (const fact of facts) timeline.take(fact);
  return timeline;
}

describe('a scene', () => {
  it('puts spans into the row of their level, in their order, with the pause between and who took over', () => {
    const scene = sceneOf(timelineOf(interruption()), 0, 50, 50);
    expect(scene.boxes.map(({ row, from, to }) => [row, from, to])).toEqual([
      [2, 10, 20],
      [0, 20, 30],
      [2, 30, 40],
    ]);
    expect(scene.pauses).toEqual([{ row: 2, from: 20, to: 30 }]);
    expect(scene.handovers).toEqual([{ at: 20, from_row: 2, to_row: 0 }]);
    expect(scene.marks.map(({ mark, row }) => [row, mark.kind])).toEqual([[2, 'interrupted']]);
  });

  it('has only what is in view, and lets what goes on end at the present', () => {
    const script = interruption();
    script.task(45, 'task.queued', 'late');
    script.task(48, 'task.started', 'late');
    const scene = sceneOf(timelineOf(script), 41, 60, 52);
    expect(scene.boxes.map(({ track, from, to }) => [track.task_id, from, to])).toEqual([['late', 48, 52]]);
    expect(scene.waits).toEqual([{ row: 2, from: 45, to: 48 }]);
    expect(scene.marks).toEqual([]);
  });

  it('finds what somebody points at, the nearer and the shorter first', () => {
    const scene = sceneOf(timelineOf(interruption()), 0, 50, 50);
    expect(boxAt(scene, 2, 15, 1)?.from).toBe(10);
    expect(boxAt(scene, 2, 29, 2)?.from).toBe(30);
    expect(boxAt(scene, 2, 25, 2)).toBeUndefined();
    expect(boxAt(scene, 1, 15, 1)).toBeUndefined();
    expect(markAt(scene, 2, 21, 2)?.mark.kind).toBe('interrupted');
    expect(markAt(scene, 2, 25, 2)).toBeUndefined();
  });
});

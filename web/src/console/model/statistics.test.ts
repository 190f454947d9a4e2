import { describe, expect, it } from 'vitest';
import { interruption, Script } from '../testing/script.js';
import { addSample, ratesOf, readCounters, SAMPLES_MAX } from './counters.js';
import { switchesIn, waitFigures, waitsIn } from './statistics.js';
import { Timeline } from './timeline.js';

function timelineOf({ facts }: Script): Timeline {
  const timeline = new Timeline();
  for (const fact of facts) timeline.take(fact);
  return timeline;
}

describe('figures of a lane', () => {
  it('count a wait from the submission to the first start, once a task, in the window of its end', () => {
    const { tracks } = timelineOf(interruption());
    expect(waitsIn(tracks, { from: 0, to: 100 })).toEqual([
      { at: 10, priority: 'MEDIUM', wait_ms: 0 },
      { at: 20, priority: 'URGENT', wait_ms: 2 },
    ]);
    expect(waitsIn(tracks, { from: 15, to: 100 })).toHaveLength(1);
  });

  it('give median, 95 % and the longest of each level', () => {
    const waits = Array.from({ length: 100 }, (_, index) => ({
      at: index,
      priority: 'LOW' as const,
      wait_ms: index + 1,
    }));
    const low = waitFigures(waits).find(({ priority }) => priority === 'LOW');
    expect(low).toEqual({ priority: 'LOW', tasks: 100, median_ms: 50, p95_ms: 95, longest_ms: 100 });
    expect(waitFigures(waits).find(({ priority }) => priority === 'HIGH')?.tasks).toBe(0);
  });

  it('count each grant in its bucket, resumes too', () => {
    expect(switchesIn(timelineOf(interruption()).tracks, { from: 0, to: 40 }, 10)).toEqual([0, 1, 1, 1]);
  });
});

describe('counters', () => {
  const page = ['# HELP cuehub_facts_total x', 'cuehub_facts_total 12', 'cuehub_chunks_total 3.5e+2', ''].join('\n');

  it('are read from the page for Prometheus; one that the hub does not have is not there', () => {
    expect(readCounters(page)).toEqual({ deliveries: null, facts: 12, chunks: 350 });
    expect(readCounters(`${page}cuehub_deliveries_total 7`)).toMatchObject({ deliveries: 7 });
  });

  it('become rates a second, also across a restart of the hub', () => {
    const totals = (facts: number) => ({ deliveries: null, facts, chunks: 0 });
    const samples = [
      { at: 0, totals: totals(100) },
      { at: 5_000, totals: totals(150) },
      { at: 10_000, totals: totals(20) },
    ];
    expect(ratesOf(samples).map(({ per_second }) => per_second)).toEqual([
      { deliveries: null, facts: 10, chunks: 0 },
      { deliveries: null, facts: 4, chunks: 0 },
    ]);
  });

  it('are kept for a while', () => {
    let samples: ReturnType<typeof addSample> = [];
    for (let at = 0; at < SAMPLES_MAX + 5; at += 1) {
      samples = addSample(samples, { at, totals: { deliveries: 0, facts: 0, chunks: 0 } });
    }
    expect(samples).toHaveLength(SAMPLES_MAX);
    expect(samples[0]?.at).toBe(5);
  });
});

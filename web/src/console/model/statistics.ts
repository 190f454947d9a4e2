// Figures of a lane over a window of time, from its tracks: how long tasks of each level waited, how often the floor
// went over. Pure; whoever draws says which window.
import type { Priority } from '@cuehub/protocol';
import { LEVELS } from './levels.js';
import type { Track } from './track.js';

export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Wait {
  /** When it got the floor for the first time. */
  readonly at: number;
  readonly priority: Priority;
  readonly wait_ms: number;
}

/** The waits that ended in the window, in the order of their end. */
export function waitsIn(tracks: Iterable<Track>, { from, to }: Window): Wait[] {
  const waits: Wait[] = [];
  for (const { spans, submitted_at, priority } of tracks) {
    const first = spans[0];
    if (first === undefined || first.from < from || first.from >= to) continue;
    waits.push({ at: first.from, priority, wait_ms: Math.max(0, first.from - submitted_at) });
  }
  return waits.sort((a, b) => a.at - b.at);
}

export interface WaitFigures {
  readonly priority: Priority;
  readonly tasks: number;
  readonly median_ms: number;
  readonly p95_ms: number;
  readonly longest_ms: number;
}

export function waitFigures(waits: readonly Wait[]): readonly WaitFigures[] {
  return LEVELS.map(({ priority }) => {
    const sorted = waits.filter((wait) => wait.priority === priority).map(({ wait_ms }) => wait_ms);
    sorted.sort((a, b) => a - b);
    return {
      priority,
      tasks: sorted.length,
      median_ms: quantile(sorted, 0.5),
      p95_ms: quantile(sorted, 0.95),
      longest_ms: sorted[sorted.length - 1] ?? 0,
    };
  });
}

/** The smallest value that at least this part of all does not exceed; 0 of none. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

/** How often somebody got the floor, by the bucket in which it happened. */
export function switchesIn(tracks: Iterable<Track>, { from, to }: Window, bucket_ms: number): readonly number[] {
  const buckets = Array.from({ length: Math.ceil((to - from) / bucket_ms) }, () => 0);
  for (const { spans } of tracks) {
    for (const span of spans) {
      if (span.from < from || span.from >= to) continue;
      const bucket = Math.floor((span.from - from) / bucket_ms);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
  }
  return buckets;
}

import { describe, expect, it } from 'vitest';
import { edges, pan, PRESENT, SPAN_MAX_MS, SPAN_MIN_MS, ticks, zoom } from './viewport.js';

const NOW = 1_000_000;

describe('the view of the timeline', () => {
  it('follows the present until somebody looks back, and follows again when they return to it', () => {
    expect(edges(PRESENT, NOW).to).toBeGreaterThan(NOW);
    expect(edges(PRESENT, NOW + 500).to - edges(PRESENT, NOW).to).toBe(500);
    const back = pan(PRESENT, -0.5, NOW);
    expect(back.to).not.toBeNull();
    expect(edges(back, NOW + 500)).toEqual(edges(back, NOW));
    expect(pan(back, 0.6, NOW).to).toBeNull();
  });

  it('keeps what is under the pointer where it is while it zooms', () => {
    const back = pan(PRESENT, -3, NOW);
    const { from, to } = edges(back, NOW);
    const at = from + (to - from) * 0.25;
    const near = zoom(back, 0.5, 0.25, NOW);
    const after = edges(near, NOW);
    expect(near.span_ms).toBe(back.span_ms / 2);
    expect(after.from + (after.to - after.from) * 0.25).toBeCloseTo(at, 6);
  });

  it('stays at the present when it zooms there, and within its bounds', () => {
    expect(zoom(PRESENT, 0.5, 0.9, NOW).to).toBeNull();
    expect(zoom(PRESENT, 1e-9, 0.5, NOW).span_ms).toBe(SPAN_MIN_MS);
    expect(zoom(PRESENT, 1e9, 0.5, NOW).span_ms).toBe(SPAN_MAX_MS);
  });
});

describe('ticks', () => {
  it('stand at round times, in the zone of the machine, not too close', () => {
    expect(ticks(1_000, 31_000, 9_000, 0)).toEqual([10_000, 20_000, 30_000]);
    const hour = 3_600_000;
    // Half an hour off: as in India.
    expect(ticks(0, 4 * hour, 1.5 * hour, hour / 2).map((at) => (at + hour / 2) % (2 * hour))).toEqual([0, 0]);
  });
});

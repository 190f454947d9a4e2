// Which stretch of time the timeline shows. It follows the present until somebody looks back. Pure.

export const SPAN_MIN_MS = 2_000;
export const SPAN_MAX_MS = 14 * 24 * 60 * 60_000;
export const SPAN_DEFAULT_MS = 2 * 60_000;
/** Room right of the present, as a part of the whole. */
const AHEAD = 0.04;

export interface Viewport {
  readonly span_ms: number;
  /** The right edge; null follows the present. */
  readonly to: number | null;
}

export const PRESENT: Viewport = { span_ms: SPAN_DEFAULT_MS, to: null };

export function edges({ span_ms, to }: Viewport, now_ms: number): { from: number; to: number } {
  const right = to ?? now_ms + span_ms * AHEAD;
  return { from: right - span_ms, to: right };
}

/** Moves the view by a part of its width; negative is back. At the present it follows again. */
export function pan(view: Viewport, parts: number, now_ms: number): Viewport {
  return settled(view.span_ms, edges(view, now_ms).to + parts * view.span_ms, now_ms);
}

/** `factor` below 1 shows less and larger; what is at `anchor` (0 left, 1 right) stays where it is. */
export function zoom(view: Viewport, factor: number, anchor: number, now_ms: number): Viewport {
  const { from, to } = edges(view, now_ms);
  const span_ms = Math.min(SPAN_MAX_MS, Math.max(SPAN_MIN_MS, view.span_ms * factor));
  // Who follows the present goes on following it, however wide the view.
  if (view.to === null && anchor >= 0.5) return { span_ms, to: null };
  const at = from + (to - from) * anchor;
  return settled(span_ms, at + span_ms * (1 - anchor), now_ms);
}

function settled(span_ms: number, to: number, now_ms: number): Viewport {
  return to >= now_ms + span_ms * AHEAD ? { span_ms, to: null } : { span_ms, to };
}

const STEPS_MS = [
  1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000,
] as const;

/** Round times in view, no closer to each other than `apart_ms`. */
export function ticks(from: number, to: number, apart_ms: number, zone_offset_ms: number): number[] {
  const step = STEPS_MS.find((ms) => ms >= apart_ms) ?? STEPS_MS[STEPS_MS.length - 1] ?? 1_000;
  const found: number[] = [];
  for (let at = Math.ceil((from + zone_offset_ms) / step) * step - zone_offset_ms; at < to; at += step) found.push(at);
  return found;
}

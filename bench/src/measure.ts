// Owns: how figures are made of single measurements.

export interface Figures {
  /** What was measured, in a few words. */
  readonly name: string;
  /** Figure by what it is, its unit at the end of the name. */
  readonly figures: Readonly<Record<string, number>>;
}

const digits = 3;

export function rounded(value: number): number {
  return Number(value.toPrecision(digits));
}

/** Median, 99th percentile and worst of some durations in ms. */
export function spread(durations: readonly number[]): Record<string, number> {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) };
}

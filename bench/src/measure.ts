// Owns: how figures are made of single measurements.

const digits = 3;

export function rounded(value: number): number {
  return Number(value.toPrecision(digits));
}

/** The smallest value that at least this share of the values does not exceed (nearest rank). */
export function percentile(values: ArrayLike<number>, share: number): number {
  if (values.length === 0) throw new RangeError('a percentile of nothing');
  const sorted = Float64Array.from(values).sort();
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[Math.min(sorted.length, rank) - 1] ?? 0;
}

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function spread(values: ArrayLike<number>): Spread {
  return {
    p50: rounded(percentile(values, 0.5)),
    p99: rounded(percentile(values, 0.99)),
    max: rounded(percentile(values, 1)),
  };
}

export function median(values: ArrayLike<number>): number {
  return percentile(values, 0.5);
}

export function ratio(value: number, of: number): number {
  return of === 0 ? Number.NaN : rounded(value / of);
}

/** `{prefix}_p50_ms` and so on, for a result's figures. */
export function spreadFigures(prefix: string, { p50, p99, max }: Spread): Record<string, number> {
  return { [`${prefix}_p50_ms`]: p50, [`${prefix}_p99_ms`]: p99, [`${prefix}_max_ms`]: max };
}

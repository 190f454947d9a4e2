// Owns: percentiles of more durations than one wants to keep. Each counts in a step of a tenth of a millisecond.

const stepMs = 0.1;
const stepsMax = 100_000;

/** Counts by step; the last step has everything above. Goes from process to process as it is. */
export type Counts = Uint32Array;

export class Histogram {
  readonly counts: Counts = new Uint32Array(stepsMax + 1);

  add(ms: number): void {
    const step = Math.min(stepsMax, Math.max(0, Math.floor(ms / stepMs)));
    this.counts[step] = (this.counts[step] ?? 0) + 1;
  }

  merge(counts: Counts): void {
    counts.forEach((count, step) => {
      if (count > 0) this.counts[step] = (this.counts[step] ?? 0) + count;
    });
  }

  get size(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** The upper end of the step in which the value of this rank lies, in ms. */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.size));
    let seen = 0;
    for (const [step, count] of this.counts.entries()) {
      seen += count;
      if (seen >= rank) return Number(((step + 1) * stepMs).toFixed(1));
    }
    return 0;
  }
}

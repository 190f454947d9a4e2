// The hub's counters over time: what `/metrics` says now and then, as rates a second. Pure.

export const COUNTERS = ['deliveries', 'facts', 'chunks'] as const;
export type Counter = (typeof COUNTERS)[number];

export interface Sample {
  readonly at: number;
  /** Null where this hub does not count it. */
  readonly totals: Readonly<Record<Counter, number | null>>;
}

export interface Rate {
  readonly at: number;
  readonly per_second: Readonly<Record<Counter, number | null>>;
}

/** Half an hour at one sample each five seconds. */
export const SAMPLES_MAX = 360;

/** The counters of a page in Prometheus's text format. */
export function readCounters(metrics: string): Sample['totals'] {
  const read = (name: Counter): number | null => {
    const found = new RegExp(`^cuehub_${name}_total ([0-9.e+]+)$`, 'm').exec(metrics);
    return found === null ? null : Number(found[1]);
  };
  return { deliveries: read('deliveries'), facts: read('facts'), chunks: read('chunks') };
}

export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  return [...samples, sample].slice(-SAMPLES_MAX);
}

export function ratesOf(samples: readonly Sample[]): readonly Rate[] {
  const rates: Rate[] = [];
  for (const [index, sample] of samples.entries()) {
    const before = samples[index - 1];
    if (before === undefined || sample.at <= before.at) continue;
    const rate = (name: Counter): number | null => {
      const now = sample.totals[name];
      const then = before.totals[name];
      if (now === null || then === null) return null;
      // A hub that was restarted counts from zero.
      return ((now < then ? now : now - then) * 1_000) / (sample.at - before.at);
    };
    rates.push({
      at: sample.at,
      per_second: { deliveries: rate('deliveries'), facts: rate('facts'), chunks: rate('chunks') },
    });
  }
  return rates;
}

// Owns: what a measurement is. One file in `scenarios/` for each, named like the scenario, with `export const scenario`.
import type { Hub, HubOptions } from './hub.js';
import type { Helper } from './helper.js';

/** Figure by what it is, its unit at the end of the name: `switch_p50_ms`, `hub_cpu_us_per_delivery`. */
export type Figures = Readonly<Record<string, number>>;

export interface Goal {
  /** What was promised, to be read aloud: `p50 of a switch / p50 of the plain relay`. */
  readonly what: string;
  readonly value: number;
  /** `value` is to be at most, or at least, this. */
  readonly at_most?: number;
  readonly at_least?: number;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One comparison of the chart: the hub and its peers, in one unit. */
export interface Comparison {
  readonly title: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly bars: readonly { readonly who: string; readonly value: number }[];
}

export interface Outcome {
  readonly tables: readonly Table[];
  readonly figures: Figures;
  /** Figures divided by the peer's of the same run. */
  readonly ratios: Figures;
  readonly goals: readonly Goal[];
  readonly chart?: readonly Comparison[];
  /** What a reader of the figures has to know: what was skipped, what limits them. */
  readonly notes?: readonly string[];
}

export interface Bench {
  /** All scenarios together end in about a minute. */
  readonly quick: boolean;
  /** A hub in a process of its own; it is stopped after the scenario. */
  hub(options?: HubOptions): Promise<Hub>;
  /** `roles/ROLE.ts` in a process of its own: a peer, or a crowd of clients. It is stopped after the scenario. */
  helper(role: string, options?: { readonly execArgv?: readonly string[] }): Promise<Helper>;
  /** Called when the scenario is over, also when it failed; the last one first. */
  after(clean: () => Promise<void> | void): void;
  /** A line for whoever waits; it is no result. */
  say(line: string): void;
}

export interface Scenario {
  /** One line: what is measured. */
  readonly about: string;
  run(bench: Bench): Promise<Outcome>;
}

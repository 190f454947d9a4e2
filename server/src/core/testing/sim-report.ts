/** What a schedule is asked for, and what came of it. */
export interface SimOptions {
  readonly seed: number;
  /** Random actions before the lane is left to finish. */
  readonly actions?: number;
  /** Of all steps, how many are asked what a crash there would leave. */
  readonly probes?: number;
  readonly onStep?: (line: string) => void;
}

export interface SimReport {
  readonly seed: number;
  readonly steps: number;
  readonly accepted: number;
  readonly ended: { readonly [state: string]: number };
  readonly grants: number;
  readonly pauses: number;
  readonly deferrals: number;
  readonly chunks: number;
  readonly crashes: number;
  /** Steps at which it was looked what a crash would leave. */
  readonly probes: number;
  /** Entries of the journal that crashes have taken back. */
  readonly lost: number;
}

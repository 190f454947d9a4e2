// How long to wait before the next try to connect: full jitter between a floor and a ceiling that doubles.

export interface BackoffOptions {
  min_ms: number;
  max_ms: number;
  /** From 0 up to and without 1. */
  random: () => number;
}

export class Backoff {
  private attempt = 0;
  private readonly options: BackoffOptions;

  constructor(options: BackoffOptions) {
    this.options = options;
  }

  /** Milliseconds within [min_ms, max_ms]; spread already at the first try, so that a crowd does not come back at once. */
  next(): number {
    const { min_ms, max_ms, random } = this.options;
    const ceiling = Math.min(max_ms, min_ms * 2 ** this.attempt);
    this.attempt += 1;
    return Math.min(max_ms, Math.round(min_ms + random() * ceiling));
  }

  reset(): void {
    this.attempt = 0;
  }
}

/**
 * A token bucket for one connection, and when its owner is to be closed for good. Pure: time comes in.
 * What counts as a request is decided by the caller.
 */
export interface RateLimitOptions {
  /** 0 for no limit. */
  readonly requests_per_s: number;
  readonly requests_burst: number;
  /** How long being limited may go on. */
  readonly rate_limited_close_ms: number;
}

export type RateVerdict =
  | { readonly kind: 'pass' }
  /** `flood`: a whole burst was refused since it began, so reading may slow down. */
  | { readonly kind: 'limited'; readonly retry_after_ms: number; readonly flood: boolean }
  | { readonly kind: 'close' };

const PASS: RateVerdict = { kind: 'pass' };

/** When nothing was asked too early for so long, being limited is over. */
const CALM_MS = 1_000;

export class RateLimit {
  readonly #options: RateLimitOptions;
  #tokens: number;
  #at: number;
  #limited_since = 0;
  /** When one came last that had been told to wait, and did not. */
  #early_at = -Infinity;
  #refused = 0;
  /** Told when to try again, and not passed since: who waits as told passes. */
  #told = false;

  constructor(options: RateLimitOptions, now_ms: number) {
    this.#options = options;
    this.#tokens = options.requests_burst;
    this.#at = now_ms;
  }

  /** One request at `now_ms`. */
  take(now_ms: number): RateVerdict {
    const { requests_per_s, requests_burst, rate_limited_close_ms } = this.#options;
    if (requests_per_s === 0) return PASS;
    this.#tokens = Math.min(requests_burst, this.#tokens + ((now_ms - this.#at) * requests_per_s) / 1_000);
    this.#at = now_ms;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      this.#told = false;
      return PASS;
    }
    if (this.#told) {
      if (now_ms - this.#early_at > CALM_MS) {
        this.#limited_since = now_ms;
        this.#refused = 0;
      }
      this.#early_at = now_ms;
      this.#refused += 1;
      if (now_ms - this.#limited_since >= rate_limited_close_ms) return { kind: 'close' };
    }
    this.#told = true;
    return {
      kind: 'limited',
      retry_after_ms: Math.max(1, Math.ceil(((1 - this.#tokens) * 1_000) / requests_per_s)),
      flood: this.#refused > requests_burst,
    };
  }
}

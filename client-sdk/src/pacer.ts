// A token bucket in front of the hub's own: requests leave no faster than the hub said it takes them,
// so a client that comes back with a thousand questions is not refused, and never closed with 4429.

/** We stay this far below what the hub told: its clock and the network may bunch what we spaced. */
const SHARE = 0.8;

export class Pacer {
  private rate_per_ms = Number.POSITIVE_INFINITY;
  private burst = Number.POSITIVE_INFINITY;
  private tokens = Number.POSITIVE_INFINITY;
  private at = 0;
  private blockedUntil = 0;

  /** A new connection starts with a full bucket. A rate of 0 or none means no limit. */
  reset(limits: { readonly [name: string]: number }, now_ms: number): void {
    const rate = limits['requests_per_s'] ?? 0;
    this.rate_per_ms = rate > 0 ? (rate * SHARE) / 1_000 : Number.POSITIVE_INFINITY;
    this.burst =
      rate > 0 ? Math.max(1, Math.floor((limits['requests_burst'] ?? rate) * SHARE)) : Number.POSITIVE_INFINITY;
    this.tokens = this.burst;
    this.at = now_ms;
    this.blockedUntil = 0;
  }

  /** Takes one token: 0 when there was one, else the milliseconds until there is. */
  take(now_ms: number): number {
    if (now_ms < this.blockedUntil) return this.blockedUntil - now_ms;
    if (this.burst === Number.POSITIVE_INFINITY) return 0;
    this.tokens = Math.min(this.burst, this.tokens + (now_ms - this.at) * this.rate_per_ms);
    this.at = now_ms;
    if (this.tokens < 1) return Math.ceil((1 - this.tokens) / this.rate_per_ms);
    this.tokens -= 1;
    return 0;
  }

  /** The hub refused all the same: nothing more until then. */
  block(until_ms: number): void {
    this.blockedUntil = Math.max(this.blockedUntil, until_ms);
    this.tokens = Math.min(this.tokens, 1);
  }
}

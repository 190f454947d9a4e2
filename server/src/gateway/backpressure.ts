/**
 * When a reader is too slow (PROTOCOL §6). Pure: figures in, a verdict out. States:
 *
 *   live ──(more than unsent_high_bytes)──► lagging ──(less than unsent_low_bytes)──► live, after a gap and a snapshot
 *   live, lagging ──(more than unsent_hard_bytes, or behind for unsent_behind_ms)──► dropped
 */
export interface BackpressureLimits {
  readonly unsent_low_bytes: number;
  readonly unsent_high_bytes: number;
  readonly unsent_hard_bytes: number;
  readonly unsent_behind_ms: number;
}

export type Pace = 'live' | 'lagging' | 'dropped';

export interface Unsent {
  readonly unsent_bytes: number;
  /** How long the oldest unsent frame has waited. */
  readonly behind_ms: number;
}

export function paceOf(
  pace: 'live' | 'lagging',
  { unsent_bytes, behind_ms }: Unsent,
  limits: BackpressureLimits,
): Pace {
  if (unsent_bytes > limits.unsent_hard_bytes || behind_ms > limits.unsent_behind_ms) return 'dropped';
  if (unsent_bytes > limits.unsent_high_bytes) return 'lagging';
  if (pace === 'lagging' && unsent_bytes >= limits.unsent_low_bytes) return 'lagging';
  return 'live';
}

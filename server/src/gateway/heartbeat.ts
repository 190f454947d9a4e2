/** When to ping and when to give a silent client up (PROTOCOL §3). Pure: times in, what to do out. */
export interface HeartbeatTimes {
  readonly heartbeat_ms: number;
  readonly silence_close_ms: number;
}

export type Beat =
  | { readonly kind: 'close' }
  | { readonly kind: 'ping'; readonly next_ms: number }
  | { readonly kind: 'wait'; readonly next_ms: number };

/** What is due at `now_ms`; `next_ms` is how long until the next look. */
export function beat(now_ms: number, heard_at: number, pinged_at: number, times: HeartbeatTimes): Beat {
  const silent_ms = now_ms - heard_at;
  if (silent_ms >= times.silence_close_ms) return { kind: 'close' };
  const close_in_ms = times.silence_close_ms - silent_ms;
  const ping_in_ms = pinged_at + times.heartbeat_ms - now_ms;
  if (ping_in_ms <= 0) return { kind: 'ping', next_ms: Math.min(times.heartbeat_ms, close_in_ms) };
  return { kind: 'wait', next_ms: Math.min(ping_in_ms, close_in_ms) };
}

/** Error codes and close codes: the two tables that tell a client what went wrong and whether to try again. */

/** `retryable`: the same request may succeed later without a change. `http`: the status the HTTP API answers with. */
export const ERROR_CODES = {
  invalid_message: { retryable: false, http: 400 },
  unknown_type: { retryable: false, http: 400 },
  too_large: { retryable: false, http: 413 },
  encoding_unsupported: { retryable: false, http: 400 },
  unauthenticated: { retryable: false, http: 401 },
  forbidden: { retryable: false, http: 403 },
  not_found: { retryable: false, http: 404 },
  already_said_hello: { retryable: false, http: 409 },
  too_many_lanes: { retryable: false, http: 409 },
  too_many_subscriptions: { retryable: false, http: 409 },
  too_many_names: { retryable: false, http: 409 },
  queue_full: { retryable: true, http: 429 },
  rate_limited: { retryable: true, http: 429 },
  journal_unavailable: { retryable: true, http: 503 },
  shutting_down: { retryable: true, http: 503 },
  idempotency_conflict: { retryable: false, http: 409 },
  stale_epoch: { retryable: false, http: 409 },
  seq_gap: { retryable: false, http: 409 },
  stream_not_open: { retryable: false, http: 409 },
  not_pausing: { retryable: false, http: 409 },
  not_cancelling: { retryable: false, http: 409 },
  preempting: { retryable: true, http: 409 },
  hold_not_found: { retryable: false, http: 404 },
  internal: { retryable: true, http: 500 },
} as const satisfies Record<string, { retryable: boolean; http: number }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** One place where a message is wrong: `path` is dotted from the message's root, as in `task.priority`. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** WebSocket close codes by name. 4000–4499: reconnect; 4500–4999: do not. */
export const CLOSE_CODES = {
  internal: 4400,
  token_ended: 4401,
  no_hello: 4402,
  slow_consumer: 4408,
  heartbeat: 4415,
  rate: 4429,
  undecodable: 4500,
  not_authenticated: 4501,
  forbidden: 4503,
  wrong_encoding: 4504,
  version: 4505,
  not_said_hello: 4507,
  session_taken_over: 4509,
  removed: 4510,
  going_away: 1012,
} as const;

export type CloseCodeName = keyof typeof CLOSE_CODES;

/** Whether a client that was closed with `code` should connect again. Codes below 4000 are the network's: yes. */
export function shouldReconnect(code: number): boolean {
  return code < 4500 || code > 4999;
}

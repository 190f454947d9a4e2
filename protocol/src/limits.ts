/**
 * Every bound and every default duration of the protocol, each with a name and a unit.
 * What is configurable is configured in the server; these are the defaults it starts from.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  /** Largest inbound frame. Past it the socket is closed with 1009. */
  frame_bytes_max: 256 * KIB,
  args_bytes_max: 64 * KIB,
  checkpoint_bytes_max: 64 * KIB,
  /** `result` and `error` of an end; not in the contract's list, bounded by the frame anyway. */
  result_bytes_max: 128 * KIB,
  meta_bytes_max: 16 * KIB,
  subscriptions_max: 128,
  worker_names_max: 64,
  requests_per_s: 100,
  requests_burst: 200,
  /** A connection that is rate limited for this long is closed with 4429. */
  rate_limited_close_ms: 10_000,
  lanes_max: 1_000,
  queue_items_per_level_max: 5_000,
  queue_bytes_max: 64 * MIB,
  holds_per_task_max: 64,
  streams_per_task_max: 32,
  sinks_per_stream_max: 64,
  holding_max: 256,
  list_items_max: 500,
  list_items_default: 100,
  fact_ring_ms: 5 * 60_000,
  fact_ring_items_max: 10_000,
  fact_ring_bytes_max: 16 * MIB,
  text_kept_bytes_max: MIB,
  audio_kept_bytes_max: 8 * MIB,
  /** How long the chunks of a task are kept after its end. */
  chunks_kept_ms: 60_000,
  snapshot_bytes_max: 256 * KIB,
  snapshot_text_bytes_max: 64 * KIB,
  snapshot_queue_items_max: 100,
  text_batch_bytes: 64 * KIB,
  text_batch_ms: 1_000,
  unsent_low_bytes: 256 * KIB,
  unsent_high_bytes: MIB,
  unsent_hard_bytes: 4 * MIB,
  unsent_behind_ms: 15_000,
  /** Ended tasks that stay readable in memory, a lane. */
  ended_tasks_max: 10_000,
  /** How deep a payload may nest: `[[1]]` is 2 deep. */
  json_depth_max: 128,
  /** Names in one `worker.register`; how many a connection may hold is `worker_names_max`. */
  names_per_message_max: 1_024,
  topics_per_message_max: 16,
  attempts_max: 100,
} as const;

/** The limits as a server is configured with them: the same names, other numbers. */
export type Limits = { readonly [name in keyof typeof LIMITS]: number };

/** Longest texts, in UTF-16 code units (what `length` says in JavaScript). */
export const TEXT_LIMITS = {
  request_id_chars_max: 64,
  task_id_chars_max: 64,
  session_id_chars_max: 128,
  token_chars_max: 8_192,
  client_name_chars_max: 128,
  client_kind_chars_max: 64,
  client_version_chars_max: 64,
  key_chars_max: 256,
  reason_chars_max: 512,
  note_chars_max: 1_024,
  content_type_chars_max: 128,
  sink_chars_max: 128,
  error_code_chars_max: 128,
  error_message_chars_max: 16 * KIB,
} as const;

export const DURATIONS = {
  hello_timeout_ms: 10_000,
  heartbeat_ms: 20_000,
  /** The hub closes a client that said nothing for this long with 4415. */
  silence_close_ms: 45_000,
  session_ttl_ms: 30_000,
  pause_grace_default_ms: 250,
  pause_grace_max_ms: 5_000,
  finish_grace_ms: 3_000,
  timeout_default_ms: 10 * 60_000,
  hold_default_ms: 30_000,
  hold_max_ms: 5 * 60_000,
  retry_delay_ms: 1_000,
  idempotency_ms: 10 * 60_000,
  progress_interval_ms: 100,
} as const;

/** Highest duration a client may ask for in a task: 30 days. */
export const DURATION_MAX_MS = 30 * 24 * 60 * 60_000;

/** Names of lanes are keys of the maps that lane `*` is answered with, so `__proto__` is not one. */
export const NAME_PATTERN = /^(?!__proto__$)[A-Za-z0-9_-]{1,64}$/;
/** Task names: what workers register for. Any printable text without `*`, which registrations use as a wildcard at the end. */
export const TASK_NAME_PATTERN = /^[^*\u0000-\u001f\u007f]{1,128}$/;
export const WORKER_NAME_PATTERN = /^(?:[^*\u0000-\u001f\u007f]{1,128}|[^*\u0000-\u001f\u007f]{0,127}\*)$/;
/** Stream names are keys of the position maps on the wire, so `__proto__` is not one. */
export const STREAM_NAME_PATTERN = /^(?!__proto__$)[A-Za-z0-9_.:-]{1,64}$/;

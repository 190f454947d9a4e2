/**
 * `@cuehub/protocol`: the wire contract without zod, for browsers and Node. Types, words, limits, error and close
 * codes, and the two codecs. The schemas are the other entry, `@cuehub/protocol/schemas`.
 */
export type * from './client-messages.js';
export { type Codec, codecFor, type Encoding, jsonCodec, msgpackCodec } from './codec.js';
export { CLOSE_CODES, type CloseCodeName, ERROR_CODES, type ErrorCode, type Issue, shouldReconnect } from './errors.js';
export type * from './hub-messages.js';
export { checkJson, isWellFormed, type JsonProblem } from './json-value.js';
export {
  DURATION_MAX_MS,
  DURATIONS,
  LIMITS,
  type Limits,
  NAME_PATTERN,
  STREAM_NAME_PATTERN,
  TASK_NAME_PATTERN,
  TEXT_LIMITS,
  WORKER_NAME_PATTERN,
} from './limits.js';
export { resolveTask, TASK_DEFAULTS, taskRuleIssues } from './resolve-task.js';
export type * from './task.js';
export * from './words.js';

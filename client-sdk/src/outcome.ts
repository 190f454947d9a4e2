// How a run ends: what a handler's return or error becomes on the wire.
import type { Json, TaskError } from '@cuehub/protocol';
import { type CuehubError, TaskFailure } from './errors.js';

export type Outcome =
  | { type: 'task.complete'; result?: Json }
  | { type: 'task.fail'; error: TaskError; retryable?: boolean };

/** A handler's error: its own `code` if it has one, and for a `TaskFailure` whether another attempt may help. */
export function failureOf(error: unknown): Outcome {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code !== ''
      ? error.code
      : 'handler_error';
  const message = error instanceof Error ? error.message : String(error);
  const failure: Outcome = { type: 'task.fail', error: { code, message: message || code } };
  if (error instanceof TaskFailure) failure.retryable = error.retryable;
  return failure;
}

/** The hub does not take the result, for instance because it is too large: the task fails instead of hanging. */
export function refusedResult({ code, message }: CuehubError): Outcome {
  return { type: 'task.fail', error: { code, message: `the result was refused: ${message}` } };
}

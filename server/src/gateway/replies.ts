/** The two answers to a request: `ok` and `error`. */
import { ERROR_CODES, type ErrorMessage, type OkMessage, type RequestId } from '@cuehub/protocol';
import type { RequestError } from '../hub/port.js';

export function okMessage(re: RequestId, fields: Readonly<Record<string, unknown>>): OkMessage {
  // In this order: a spread at the front makes an object that is slow to build and slow to encode.
  return { type: 'ok', re, ...fields };
}

export function errorMessage(
  re: RequestId | undefined,
  { code, message, retry_after_ms, issues, expected }: RequestError,
  run?: { readonly task_id: string; readonly epoch: number },
): ErrorMessage {
  return {
    type: 'error',
    ...(re === undefined ? {} : { re }),
    code,
    message,
    retryable: ERROR_CODES[code].retryable,
    ...(retry_after_ms === undefined ? {} : { retry_after_ms }),
    ...(issues === undefined || issues.length === 0 ? {} : { issues: [...issues] }),
    ...(expected === undefined ? {} : { expected }),
    ...(run === undefined ? {} : { task_id: run.task_id, epoch: run.epoch }),
  };
}

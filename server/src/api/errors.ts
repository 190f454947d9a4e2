/**
 * What a refused HTTP request looks like: `{"error":{code,message,issues?}}` and the status of the code.
 * The codes and their statuses are the protocol's; this adds the headers HTTP asks for.
 */
import { ERROR_CODES } from '@cuehub/protocol';
import type { RequestError } from '../hub/port.js';

/** `Retry-After` when the hub names no time. */
const RETRY_AFTER_DEFAULT_MS = 1_000;

export interface Failure extends RequestError {
  /** Overrides the status of the code, where HTTP has a finer word (405). */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function failure(error: Failure): Response {
  const status = error.status ?? ERROR_CODES[error.code].http;
  const headers: Record<string, string> = { 'Cache-Control': 'no-store', ...error.headers };
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer realm="cuehub"';
  if (status === 429 || status === 503) {
    headers['Retry-After'] = String(Math.max(1, Math.ceil((error.retry_after_ms ?? RETRY_AFTER_DEFAULT_MS) / 1_000)));
  }
  const { code, message, issues } = error;
  const body = issues === undefined || issues.length === 0 ? { code, message } : { code, message, issues };
  return Response.json({ error: body }, { status, headers });
}

/** A request that says something wrong in one named place. */
export function invalid(path: string, message: string): Response {
  return failure({ code: 'invalid_message', message: `${path}: ${message}`, issues: [{ path, message }] });
}

/**
 * Requests a second and connection over HTTP: the same bucket as on the WebSocket. A connection is a TCP connection;
 * requests that come without one (an app in the same process) are not counted.
 */
import type { MiddlewareHandler } from 'hono';
import { RateLimit, type RateLimitOptions } from '../auth/rate-limit.js';
import { failure } from './errors.js';

export function rateLimit(options: RateLimitOptions): MiddlewareHandler {
  const limits = new WeakMap<object, RateLimit>();
  return async (c, next) => {
    const connection = (c.env as { incoming?: { socket?: object } } | undefined)?.incoming?.socket;
    if (connection === undefined) return next();
    const now_ms = performance.now();
    let limit = limits.get(connection);
    if (limit === undefined) limits.set(connection, (limit = new RateLimit(options, now_ms)));
    const verdict = limit.take(now_ms);
    if (verdict.kind === 'pass') return next();
    const message = `more than ${options.requests_per_s} requests a second on this connection`;
    if (verdict.kind === 'limited') {
      return failure({ code: 'rate_limited', message, retry_after_ms: verdict.retry_after_ms });
    }
    return failure({ code: 'rate_limited', message, retry_after_ms: 1_000, headers: { Connection: 'close' } });
  };
}

/**
 * The headers every answer carries, and the rule about pages of other sites. There is no CORS here: a page of another
 * origin cannot read an answer, and may not change anything either.
 */
import type { MiddlewareHandler } from 'hono';
import { failure } from './errors.js';

/**
 * Scripts and styles of our own origin only. `connect-src` names the WebSocket schemes because 'self' does not cover
 * them in Chromium 103, the browser inside OBS.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    c.header('Referrer-Policy', 'no-referrer');
    c.header('X-Content-Type-Options', 'nosniff');
  };
}

/** Refuses what changes something and was sent by a page that `allowed` does not know. No `Origin`: no page. */
export function originGuard(
  allowed: (origin: string | undefined, host: string | undefined) => boolean,
): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    if (allowed(c.req.header('Origin'), c.req.header('Host'))) return next();
    return failure({ code: 'forbidden', message: 'a page of another origin may not do this' });
  };
}

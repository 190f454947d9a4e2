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
function policy(style_src: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${style_src}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "connect-src 'self' ws: wss:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

export const CONTENT_SECURITY_POLICY = policy("'self'");

/**
 * OBS puts what a streamer writes as Custom CSS into the page itself: as a `<style>`, or as a link to a `data:`
 * stylesheet. The overlay alone allows it: it has no form, and takes no markup from anybody. Scripts and connections
 * are as strict as everywhere.
 */
export const OVERLAY_SECURITY_POLICY = policy("'self' 'unsafe-inline' data:");

const OVERLAY_PATHS: ReadonlySet<string> = new Set(['/overlay', '/overlay.html', '/overlay/index.html']);

export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const isOverlay = OVERLAY_PATHS.has(c.req.path);
    c.header('Content-Security-Policy', isOverlay ? OVERLAY_SECURITY_POLICY : CONTENT_SECURITY_POLICY);
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

/**
 * Which pages may open a socket. A browser tells the page's origin and cannot lie about it; other clients send none.
 * The token is what protects the hub; this protects a browser that holds one from other sites' pages.
 */

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Absent passes, the hub's own origin (`host` is the request's Host header) and loopback pass, and what is listed.
 * `null`, which sandboxed frames and files send, does not.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return false;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  return (host !== undefined && url.host === host.toLowerCase()) || LOOPBACK.test(url.hostname);
}

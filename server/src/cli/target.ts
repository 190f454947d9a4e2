/** Which hub a client command talks to, and with which token. */
import { CliError } from './cli-error.js';
import { findToken } from './token-file.js';

export const DEFAULT_URL = 'http://127.0.0.1:8787';

export interface Target {
  /** `http://HOST:PORT`, without a slash at the end. */
  readonly url: string;
  readonly ws_url: string;
  readonly token: string | undefined;
}

export interface TargetOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

/** Options win over the environment; a token that a local hub left for us is the last resort. */
export function resolveTarget(options: TargetOptions, env: Readonly<Record<string, string | undefined>>): Target {
  const given = options.url ?? env['CUEHUB_URL'] ?? DEFAULT_URL;
  let url: URL;
  try {
    url = new URL(given.includes('://') ? given : `http://${given}`);
  } catch {
    throw new CliError(`${JSON.stringify(given)} is not the URL of a hub, as in ${DEFAULT_URL}`);
  }
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  if (!secure && url.protocol !== 'http:' && url.protocol !== 'ws:') {
    throw new CliError(`the URL of a hub begins with http:// or https://, not ${url.protocol}//`);
  }
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  // A token of this machine's hub is not for whoever listens on the same port elsewhere.
  const local = isLoopback(url.hostname) ? findToken(port, env) : undefined;
  return {
    url: `${secure ? 'https' : 'http'}://${url.host}`,
    ws_url: `${secure ? 'wss' : 'ws'}://${url.host}/ws`,
    token: options.token ?? (env['CUEHUB_TOKEN'] || undefined) ?? local,
  };
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

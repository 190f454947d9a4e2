/** Asks the API as a client with the right token would; `null` for the token sends none. */
import { createApi, type ApiOptions } from '../index.js';
import { FakeHub, TOKEN } from './fake-hub.js';

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of all shapes.
  readonly body: ReturnType<typeof JSON.parse>;
}

export interface AskOptions {
  readonly method?: string;
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export function makeApi(options: Partial<ApiOptions> = {}) {
  const hub = new FakeHub();
  const errors: object[] = [];
  const app = createApi(hub, { logger: { error: (fields) => errors.push(fields) }, ...options });

  const fetch = (path: string, { method = 'GET', token = TOKEN, body, headers = {}, signal }: AskOptions = {}) =>
    Promise.resolve(
      app.request(path, {
        method,
        headers: { ...(token === null ? {} : { Authorization: `Bearer ${token}` }), ...headers },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );

  const ask = async (path: string, options?: AskOptions): Promise<Asked> => {
    const response = await fetch(path, options);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  return { hub, app, errors, fetch, ask };
}

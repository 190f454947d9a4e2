/**
 * The HTTP API as one hono app: PROTOCOL §7's table, the pages and their headers. It calls the hub through `HubPort`
 * and opens no socket; who listens gives requests to `app.fetch`.
 */
import { LIMITS, type Limits } from '@cuehub/protocol';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { isOriginAllowed } from '../auth/origin.js';
import type { HubPort } from '../hub/port.js';
import { bearer } from './bearer.js';
import { docEndpoints } from './docs.js';
import { type ApiEnv, type Endpoint, mount } from './endpoint.js';
import { failure } from './errors.js';
import { eventEndpoints } from './events.js';
import { originGuard, securityHeaders } from './headers.js';
import { type HealthOptions, healthEndpoints } from './health.js';
import { historyEndpoints } from './history.js';
import { laneEndpoints } from './lanes.js';
import { createMetrics } from './metrics.js';
import { KNOWN_PAGES, Pages, besideSlash } from './pages.js';
import { rateLimit } from './rate.js';
import { taskEndpoints } from './tasks.js';
import { watchTokenEndpoint } from './watch-token.js';

/** The one thing the API has to say about itself. A pino logger fits. */
export interface ApiLogger {
  error(fields: object, message: string): void;
}

export interface ApiOptions extends HealthOptions {
  /** Where the built pages lie; without it, or when it is empty, their addresses say that they are not built. */
  readonly pages_dir?: string;
  /** `requests_per_s` 0: no limit on requests. */
  readonly limits?: Limits;
  /** Origins beside our own and loopback whose pages may change things. */
  readonly allowed_origins?: readonly string[];
  /** What `/v1/watch-token` tells; undefined where the hub has none. */
  readonly watch_token?: string | undefined;
  readonly logger: ApiLogger;
}

export type { ApiEnv } from './endpoint.js';

export function createApi(hub: HubPort, options: ApiOptions): Hono<ApiEnv> {
  const limits = options.limits ?? LIMITS;
  const pages = new Pages(options.pages_dir);
  const described: readonly Endpoint[] = [
    ...laneEndpoints,
    ...taskEndpoints(limits),
    ...historyEndpoints,
    ...eventEndpoints,
    watchTokenEndpoint(options.watch_token),
    ...healthEndpoints({ ...options, metrics: options.metrics ?? createMetrics(hub) }),
  ];
  const endpoints = [...described, ...docEndpoints(described, limits)];
  const openPaths = new Set(endpoints.filter(({ spec }) => spec.open === true).map(({ spec }) => spec.path));
  const isPage = (path: string): boolean => pages.has(path) || KNOWN_PAGES.includes(path);

  const app = new Hono<ApiEnv>({ strict: false });
  app.use(securityHeaders());
  app.use(originGuard((origin, host) => isOriginAllowed(origin, host, options.allowed_origins ?? [])));
  app.use(bearer(hub, (path) => openPaths.has(path) || isPage(path) || !isApiPath(path)));
  app.use(rateLimit(limits));
  app.use(
    bodyLimit({
      maxSize: limits.frame_bytes_max,
      onError: () => failure({ code: 'too_large', message: `the body is larger than ${limits.frame_bytes_max} bytes` }),
    }),
  );
  mount(app, hub, endpoints);
  app.get('*', (c, next) => {
    const url = new URL(c.req.url);
    if (url.pathname.length > 1 && url.pathname.endsWith('/') && isPage(c.req.path)) {
      return c.redirect(besideSlash(c.req.path) + url.search, 308);
    }
    const page = pages.respond(c.req.path, c.req.header('If-None-Match'));
    return page === null ? next() : page;
  });
  app.notFound((c) => {
    const { path } = c.req;
    const message = isPage(path) ? `${path} is not built: run \`npm run build\`` : `there is nothing at ${path}`;
    return failure({ code: 'not_found', message });
  });
  app.onError((error, c) => {
    // The path alone: query strings and headers may hold what people should not have put there.
    options.logger.error({ err: error, method: c.req.method, path: c.req.path }, 'an HTTP request failed');
    return failure({ code: 'internal', message: 'the hub made a mistake; it is in its log' });
  });
  return app;
}

/** What asks for a token before it says whether it exists. Other unknown paths are a plain 404. */
function isApiPath(path: string): boolean {
  return path === '/metrics' || /^\/(?:v1|clone)(?:\/|$)/.test(path);
}

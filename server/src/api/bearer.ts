/**
 * Who is asking: the bearer token of the `Authorization` header, and nothing else. A token in a query string would
 * end up in logs and histories, so it is not even looked for.
 */
import type { MiddlewareHandler } from 'hono';
import { bearerToken } from '../auth/bearer.js';
import type { HubPort } from '../hub/port.js';
import type { ApiEnv } from './endpoint.js';
import { failure } from './errors.js';

/** Puts the caller's access into the context; refuses with 401 unless the path is open to all. */
export function bearer(hub: HubPort, isOpen: (path: string) => boolean): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set('access', null);
    if (isOpen(c.req.path)) return next();
    const header = c.req.header('Authorization');
    const token = bearerToken(header);
    const access = header !== undefined && token === undefined ? null : hub.authenticate(token);
    if (access === null) {
      const message =
        header === undefined
          ? 'a token is needed: send the header `Authorization: Bearer TOKEN`'
          : token === undefined
            ? 'the Authorization header is not `Bearer TOKEN`'
            : 'this token is not known here';
      return failure({ code: 'unauthenticated', message });
    }
    c.set('access', access);
    return next();
  };
}

/** The token for what is shown in public: it watches, and does nothing else. Told to who may do more than that anyway. */
import { ALL_LANES } from '@cuehub/protocol';
import * as z from 'zod';
import { hasRole, mayUseLane } from '../auth/access.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { failure } from './errors.js';
import { json } from './params.js';

/** `watch_token`: undefined where the hub has none. */
export function watchTokenEndpoint(watch_token: string | undefined): Endpoint {
  return endpoint(
    {
      method: 'get',
      path: '/v1/watch-token',
      id: 'watchToken',
      tag: 'hub',
      summary: 'The watch-only token of this hub, for operators of all lanes: what belongs into an address in OBS',
      answers: {
        200: { description: 'There is one.', name: 'WatchToken', schema: z.object({ token: z.string() }) },
      },
      errors: [403, 404],
    },
    ({ access }) => {
      if (!hasRole(access, 'operator') || !mayUseLane(access, ALL_LANES)) {
        return failure({
          code: 'forbidden',
          message: 'the watch-only token is told to operators of all lanes; ask who runs the hub for it',
        });
      }
      if (watch_token === undefined) {
        return failure({
          code: 'not_found',
          message: 'this hub has no watch-only token: give it one with --watch-token',
        });
      }
      const response = json({ token: watch_token });
      response.headers.set('Cache-Control', 'no-store');
      return response;
    },
  );
}

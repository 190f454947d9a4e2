/** The two machine-readable contracts: `/openapi.json` for HTTP, `/asyncapi.json` for the WebSocket. */
import { type Endpoint, endpoint } from './endpoint.js';
import { json } from './params.js';
import { openApiPage } from './openapi.js';

export function docEndpoints(described: readonly Endpoint[]): readonly Endpoint[] {
  const spec = { method: 'get', tag: 'hub', open: true, answers: { 200: { description: 'The page.' } } } as const;
  return [
    endpoint({ ...spec, path: '/openapi.json', id: 'openapi', summary: 'This API for machines' }, ({ hub }) =>
      json(openApiPage(described, hub.info)),
    ),
  ];
}

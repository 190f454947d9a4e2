/** The two machine-readable contracts: `/openapi.json` for HTTP, `/asyncapi.json` for the WebSocket. */
import { asyncApiDocument } from '@cuehub/protocol/schemas';
import type { Limits } from '@cuehub/protocol';
import { type Endpoint, endpoint } from './endpoint.js';
import { openApiPage } from './openapi.js';

/** Made at the first question, and once: they are open to all, and turning the schemas takes a while. */
function document(make: (version: string) => object): (version: string) => Response {
  let text: string | undefined;
  return (version) => {
    text ??= JSON.stringify(make(version));
    return new Response(text, { headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' } });
  };
}

export function docEndpoints(described: readonly Endpoint[], limits: Limits): readonly Endpoint[] {
  const answers = { 200: { description: 'The document.', content_type: 'application/json' } } as const;
  const spec = { method: 'get', tag: 'hub', open: true, answers } as const;
  const openapi = document((version) => openApiPage([...described, ...documents], { version }));
  const asyncapi = document((version) => asyncApiDocument({ version, limits }));
  const documents = [
    endpoint({ ...spec, path: '/openapi.json', id: 'openapi', summary: 'This API for machines' }, ({ hub }) =>
      openapi(hub.info.version),
    ),
    endpoint({ ...spec, path: '/asyncapi.json', id: 'asyncapi', summary: 'The WebSocket for machines' }, ({ hub }) =>
      asyncapi(hub.info.version),
    ),
  ];
  return documents;
}

/** The WebSocket side as an AsyncAPI 3.0 document, for `/asyncapi.json`. Built from the JSON Schemas. */
import type { Limits } from '../limits.js';
import { SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK } from '../words.js';
import { type JsonSchema, jsonSchemas } from './json-schemas.js';

export interface AsyncApiInfo {
  readonly title?: string;
  /** Of the hub, as in `welcome.hub.version`. */
  readonly version: string;
  /** Where the hub is, as `host:port`; without it the document names no server. */
  readonly host?: string;
  readonly secure?: boolean;
  readonly limits?: Limits;
}

/** `receive` and `send` are the hub's: it receives what clients send. */
export function asyncApiDocument(info: AsyncApiInfo): JsonSchema {
  const { client, hub, definitions } = jsonSchemas('#/components/schemas/', info.limits);
  const named = [
    ...Object.entries(client).map(([type, schema]) => ({ id: `client.${type}`, type, schema })),
    ...Object.entries(hub).map(([type, schema]) => ({ id: `hub.${type}`, type, schema })),
  ];
  const refs = (prefix: string) =>
    named.filter(({ id }) => id.startsWith(prefix)).map(({ id }) => ({ $ref: `#/channels/ws/messages/${id}` }));
  return {
    asyncapi: '3.0.0',
    info: {
      title: info.title ?? 'cuehub',
      version: info.version,
      description:
        'One message a frame on one WebSocket. The first is `hello`, or the hub closes the socket. Unknown fields are ignored by both sides.',
      license: { name: 'MIT' },
    },
    ...(info.host !== undefined && {
      servers: { hub: { host: info.host, protocol: info.secure === true ? 'wss' : 'ws', pathname: '/ws' } },
    }),
    defaultContentType: 'application/json',
    channels: {
      ws: {
        address: '/ws',
        description: `Subprotocol \`${SUBPROTOCOL_JSON}\` (text frames, the default) or \`${SUBPROTOCOL_MSGPACK}\` (binary frames).`,
        messages: Object.fromEntries(named.map(({ id }) => [id, { $ref: `#/components/messages/${id}` }])),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      from_clients: { action: 'receive', channel: { $ref: '#/channels/ws' }, messages: refs('client.') },
      to_clients: { action: 'send', channel: { $ref: '#/channels/ws' }, messages: refs('hub.') },
    },
    components: {
      messages: Object.fromEntries(
        named.map(({ id, type, schema }) => [
          id,
          { name: type, summary: schema['description'], payload: { $ref: `#/components/schemas/${id}` } },
        ]),
      ),
      schemas: { ...definitions, ...Object.fromEntries(named.map(({ id, schema }) => [id, schema])) },
    },
  };
}

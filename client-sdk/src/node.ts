// `@cuehub/client` in Node: the client over `ws`.
import { WebSocket } from 'ws';
import type { CueHub } from './client.js';
import { createClient } from './core.js';
import type { ConnectOptions } from './options.js';
import { SocketLink, type SocketLike } from './socket-link.js';
import type { AnyTasks, TaskMap } from './task-map.js';
import type { Transport } from './transport.js';

export * from './core.js';

const transport: Transport = {
  connect: (url, subprotocols) =>
    new SocketLink(new WebSocket(url, [...subprotocols], { perMessageDeflate: false }) as unknown as SocketLike),
};

/** Connects to a hub, `ws(s)://HOST/ws`. Returns at once; `ready` tells when it is connected, and it stays so by itself. */
export function connect<Tasks extends TaskMap<Tasks> = AnyTasks>(
  url: string,
  options: ConnectOptions = {},
): CueHub<Tasks> {
  return createClient<Tasks>({ ...options, url, transport });
}

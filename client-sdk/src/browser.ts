// `@cuehub/client` in browsers (and wherever else there is a global WebSocket).
import type { CueHub } from './client.js';
import { createClient } from './core.js';
import type { ConnectOptions } from './options.js';
import { SocketLink, type SocketLike } from './socket-link.js';
import type { AnyTasks, TaskMap } from './task-map.js';
import type { Transport } from './transport.js';

export * from './core.js';

const transport: Transport = {
  connect: (url, subprotocols) => {
    const socket = new WebSocket(url, [...subprotocols]);
    socket.binaryType = 'arraybuffer';
    return new SocketLink(socket as unknown as SocketLike);
  },
  // Workers have no document, other runtimes no events at all.
  onWake: (listener) => {
    const shown = (): void => {
      if (document.visibilityState === 'visible') listener();
    };
    const page = typeof document === 'undefined' ? undefined : document;
    globalThis.addEventListener?.('online', listener);
    page?.addEventListener('visibilitychange', shown);
    return () => {
      globalThis.removeEventListener?.('online', listener);
      page?.removeEventListener('visibilitychange', shown);
    };
  },
};

/** Connects to a hub, `ws(s)://HOST/ws`. Returns at once; `ready` tells when it is connected, and it stays so by itself. */
export function connect<Tasks extends TaskMap<Tasks> = AnyTasks>(
  url: string,
  options: ConnectOptions = {},
): CueHub<Tasks> {
  return createClient<Tasks>({ ...options, url, transport });
}

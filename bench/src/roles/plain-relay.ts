// A plain `ws` server that does nothing but pass frames on: what a switch would cost if the hub were free, and what an
// answer costs at all.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveRole } from '../role.js';

/** Who gets what a client of this path sends: submit → pause, paused → dispatch. */
const NEXT: Readonly<Record<string, string>> = { '/producer': '/talker', '/talker': '/voice' };

const clients = new Map<string, WebSocket>();

serveRole({
  async listen(): Promise<string> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    server.on('connection', (ws, { url = '/' }) => {
      clients.set(url, ws);
      const next = NEXT[url];
      ws.on('message', (data: Buffer, binary) => {
        const to = next === undefined ? ws : clients.get(next);
        to?.send(data, { binary });
      });
    });
    await once(server, 'listening');
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});

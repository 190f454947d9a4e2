// A plain `ws` server that sends what its producer says to everybody else: the yardstick of fan-out.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveRole } from '../role.js';

const watchers = new Set<WebSocket>();

serveRole({
  async listen(): Promise<number> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    server.on('connection', (ws, { url }) => {
      if (url !== '/producer') {
        watchers.add(ws);
        ws.on('close', () => watchers.delete(ws));
        return;
      }
      ws.on('message', (data: Buffer) => {
        const text = data.toString();
        for (const watcher of watchers) watcher.send(text);
      });
    });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
});

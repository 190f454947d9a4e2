// Socket.IO, WebSockets alone: what its producer says is emitted to everybody.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { serveRole } from '../role.js';

serveRole({
  async listen(): Promise<number> {
    const http = createServer();
    const io = new Server(http, { transports: ['websocket'], serveClient: false });
    io.on('connection', (socket) => {
      socket.on('chunk', (chunk: object) => void io.emit('chunk', chunk));
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return (http.address() as AddressInfo).port;
  },
});

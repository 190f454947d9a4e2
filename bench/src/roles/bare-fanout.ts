// The floor of fan-out: the frames of its producer, which come ready to be sent, are written to everybody else with a
// bare `socket.write` each. No ws and no protocol: what this costs is Node's way to the system call, and the kernel.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { serveRole } from '../role.js';

/** RFC 6455 §1.3. */
const acceptGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const watchers = new Set<Socket>();

serveRole({
  async listen(): Promise<number> {
    const server = createServer();
    server.on('upgrade', ({ url, headers }, duplex) => {
      const socket = duplex as Socket;
      socket.setNoDelay(true);
      socket.on('error', () => {});
      const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${acceptGuid}`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      if (url === '/producer') {
        // One write of the producer is one read here: it is much smaller than what Node reads at once.
        socket.on('data', (frames: Buffer) => {
          for (const watcher of watchers) watcher.write(frames);
        });
        return;
      }
      watchers.add(socket);
      socket.on('close', () => watchers.delete(socket));
      socket.resume();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
});

// The floor of lifecycles: a plain `ws` server that hands one task after the other to its worker, first come, first served,
// and answers as the hub does. No levels, nothing checked, nobody told, nothing kept; what is left are the same frames
// between the same processes.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveRole } from '../role.js';

interface Frame {
  readonly type: string;
  readonly id?: number;
  readonly lane?: string;
  readonly task?: object;
}

const idOf = (n: number): string => n.toString(36).padStart(26, '0');

/** What one piece of input brings leaves in one write, as from the hub. */
function send(ws: WebSocket, message: object): void {
  const { _socket: socket } = ws as unknown as { _socket: Socket };
  if (socket.writableCorked === 0) {
    socket.cork();
    process.nextTick(() => socket.uncork());
  }
  ws.send(JSON.stringify(message));
}

serveRole({
  async listen(): Promise<string> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    const waiting: object[] = [];
    let worker: WebSocket | undefined;
    let running = false;
    let submitted = 0;
    let epoch = 0;
    const grant = (): void => {
      const task = waiting.shift();
      running = task !== undefined && worker !== undefined;
      if (task === undefined || worker === undefined) return;
      epoch += 1;
      send(worker, { type: 'task.dispatch', task, epoch, attempt: 1, resume: null });
    };
    const hear = (ws: WebSocket, { type, id, lane, task }: Frame): void => {
      const ok = { type: 'ok', re: id };
      if (type === 'hello') send(ws, { type: 'welcome' });
      else if (type === 'task.submit') {
        submitted += 1;
        const task_id = idOf(submitted);
        waiting.push({ task_id, lane, ...task, state: 'running', submitted_at: Date.now() });
        send(ws, { ...ok, task_id, lane, state: 'queued', position: waiting.length, duplicate: false });
        if (!running) grant();
      } else {
        if (type === 'worker.register') worker = ws;
        send(ws, ok);
        if (type === 'task.complete') grant();
      }
    };
    server.on('connection', (ws) => {
      ws.on('message', (data: Buffer) => hear(ws, JSON.parse(data.toString()) as Frame));
    });
    await once(server, 'listening');
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});

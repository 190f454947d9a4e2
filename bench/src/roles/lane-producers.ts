// Workers that stream on many lanes at a steady rate, each chunk with the time at which it was sent.
import { stamp } from '../clock.js';
import { maskedFrames } from '../light-socket.js';
import { serveRole } from '../role.js';
import { type Run, runOf, Socket } from '../socket.js';

interface Stream {
  readonly socket: Socket;
  readonly run: Run;
  seq: number;
}

const lanesPerWorker = 10;
const tickMs = 5;
const text = ' and then the cat looked up, yawned, and said';

let streams: Stream[] = [];

function sendTo(socket: Socket, frames: readonly string[]): void {
  // In one write, as a client that has several things to say does.
  (socket.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(maskedFrames(frames));
}

serveRole({
  async open(url: string, lanes: readonly string[]): Promise<void> {
    for (let from = 0; from < lanes.length; from += lanesPerWorker) {
      const socket = await Socket.open(url, `worker-${from}`);
      for (const lane of lanes.slice(from, from + lanesPerWorker)) {
        await socket.ask({ type: 'worker.register', lane, names: ['talk'] });
        const dispatched = socket.next('task.dispatch');
        await socket.ask({ type: 'task.submit', lane, task: { name: 'talk' } });
        const run = runOf(await dispatched);
        await socket.ask({ type: 'stream.open', ...run });
        streams.push({ socket, run, seq: 0 });
      }
    }
  },

  /** Chunks of every lane, `per_s` a second, spread evenly. Resolves with how many were sent and how long it took. */
  async stream(per_s: number, seconds: number): Promise<{ sent: number; seconds: number }> {
    const total = Math.round(streams.length * per_s * seconds);
    const started = performance.now();
    let sent = 0;
    while (sent < total) {
      await new Promise((resolve) => setTimeout(resolve, tickMs));
      const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * streams.length * per_s));
      const bySocket = new Map<Socket, string[]>();
      for (; sent < due; sent += 1) {
        const stream = streams[sent % streams.length];
        if (stream === undefined) throw new Error('open comes first');
        const frames = bySocket.get(stream.socket) ?? [];
        const data = `${stamp()}${text}`;
        frames.push(JSON.stringify({ type: 'stream.chunk', ...stream.run, seq: stream.seq, data }));
        stream.seq += 1;
        bySocket.set(stream.socket, frames);
      }
      for (const [socket, frames] of bySocket) sendTo(socket, frames);
    }
    return { sent, seconds: (performance.now() - started) / 1000 };
  },

  close(): void {
    for (const { socket } of streams) socket.ws.terminate();
    streams = [];
  },
});

// Owns: clients of a plain `ws` server, the yardstick.
import { once } from 'node:events';
import { WebSocket } from 'ws';

export class PlainSocket {
  readonly ws: WebSocket;
  #take: (message: Record<string, unknown>) => void = () => {};

  private constructor(ws: WebSocket) {
    this.ws = ws;
    // Parsed, as the hub's clients do.
    ws.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Record<string, unknown>));
  }

  static async open(url: string): Promise<PlainSocket> {
    const ws = new WebSocket(url, { perMessageDeflate: false });
    await once(ws, 'open');
    return new PlainSocket(ws);
  }

  on(take: (message: Record<string, unknown>) => void): void {
    this.#take = take;
  }

  send(message: object): void {
    this.ws.send(JSON.stringify(message));
  }

  close(): void {
    this.ws.terminate();
  }
}

/** How many answers a second come from an echo that is asked again when it has answered. */
export async function sequentialEchoes(url: string, count: number, message: object): Promise<number> {
  const socket = await PlainSocket.open(url);
  const started = performance.now();
  await new Promise<void>((resolve) => {
    let left = count;
    socket.on(() => {
      left -= 1;
      if (left === 0) resolve();
      else socket.send(message);
    });
    socket.send(message);
  });
  const seconds = (performance.now() - started) / 1000;
  socket.close();
  return count / seconds;
}

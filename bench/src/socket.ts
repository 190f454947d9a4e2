// Owns: the thinnest client that can measure the hub, so that what is measured is the hub. JSON only.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type Hub, token } from './hub.js';

/** A frame as it comes; the fields that measurements look at. */
export interface Frame {
  type: string;
  re?: number;
  at?: number;
  task_id?: string;
  epoch?: number;
  task?: { task_id: string; name: string };
}

const replyTimeoutMs = 20_000;

export class Socket {
  /** How many chunks came. */
  chunks = 0;
  readonly #socket: WebSocket;
  readonly #waiters = new Set<{ fits: (frame: Frame) => boolean; take: (frame: Frame) => void }>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      // Watchers count without parsing: parsing would cost more than the hub's whole share.
      if (data.includes('"type":"chunk"')) {
        this.chunks += 1;
        return;
      }
      const frame = JSON.parse(data.toString()) as Frame;
      if (frame.type === 'ping') this.send({ type: 'pong', at: frame.at });
      for (const waiter of [...this.#waiters]) if (waiter.fits(frame)) waiter.take(frame);
    });
  }

  static async open(hub: Hub, name: string): Promise<Socket> {
    const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/ws`, 'cuehub.v1.json');
    await once(socket, 'open');
    const client = new Socket(socket);
    const welcome = client.next('welcome');
    client.send({ type: 'hello', client: { name, kind: 'bench' }, token });
    await welcome;
    return client;
  }

  send(message: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends a request and waits for its `ok`; its error is thrown. */
  async ask(message: Record<string, unknown>): Promise<Frame> {
    this.#lastId += 1;
    const id = this.#lastId;
    const reply = this.#when((frame) => frame.re === id, `the reply to ${String(message['type'])}`);
    this.send({ ...message, id });
    const frame = await reply;
    if (frame.type === 'error') throw new Error(JSON.stringify(frame));
    return frame;
  }

  /** The next frame of a type, from now on; of one task when that is given. */
  next(type: string, taskName?: string): Promise<Frame> {
    return this.#when(
      (frame) => frame.type === type && (taskName === undefined || frame.task?.name === taskName),
      type,
    );
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close(1000);
    await closed;
  }

  #when(fits: (frame: Frame) => boolean, what: string): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const waiter = {
        fits,
        take: (frame: Frame) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(frame);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`${what} did not come`));
      }, replyTimeoutMs);
      this.#waiters.add(waiter);
    });
  }
}

// Owns: the thinnest client that can measure the hub, so that what is measured is the hub. JSON only.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { token } from './hub.js';

/** A frame as it comes; the fields that measurements look at. */
export interface Frame {
  type: string;
  re?: number;
  at?: number;
  task_id?: string;
  epoch?: number;
  state?: string;
  task?: { task_id: string; name: string; lane: string };
}

/** What an executor's frames begin with. */
export interface Run {
  readonly task_id: string;
  readonly epoch: number;
}

const replyTimeoutMs = 20_000;

export class Socket {
  /** How many chunks came. */
  chunks = 0;
  readonly ws: WebSocket;
  readonly #waiters = new Set<{ fits: (frame: Frame) => boolean; take: (frame: Frame) => void }>();
  readonly #replies = new Map<number, (frame: Frame) => void>();
  readonly #handlers = new Map<string, (frame: Frame) => void>();
  #lastId = 0;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data: Buffer) => {
      // Watchers count without parsing: parsing would cost more than the hub's whole share.
      if (data.includes('"type":"chunk"')) {
        this.chunks += 1;
        return;
      }
      this.#take(JSON.parse(data.toString()) as Frame);
    });
  }

  static async open(url: string, name: string): Promise<Socket> {
    const ws = new WebSocket(url, 'cuehub.v1.json');
    await once(ws, 'open');
    const socket = new Socket(ws);
    const welcome = socket.next('welcome');
    socket.send({ type: 'hello', client: { name, kind: 'bench' }, token });
    await welcome;
    return socket;
  }

  /** Calls this for every frame of the type, in the turn in which it comes. */
  on(type: string, handler: (frame: Frame) => void): void {
    this.#handlers.set(type, handler);
  }

  /** What is sent while one piece of input is dealt with leaves in one write, so that the client is not what is measured. */
  send(message: object): void {
    const { _socket: socket } = this.ws as unknown as { _socket?: Duplex };
    if (socket !== undefined && socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    this.ws.send(JSON.stringify(message));
  }

  /** Sends a request; `reply` is called with its answer, whichever it is. */
  request(message: object, reply: (frame: Frame) => void): void {
    this.#lastId += 1;
    this.#replies.set(this.#lastId, reply);
    this.send({ ...message, id: this.#lastId });
  }

  /** Sends a request and waits for its `ok`; its error is thrown. */
  ask(message: object): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.request(message, (frame) => {
        if (frame.type === 'error') reject(new Error(JSON.stringify(frame)));
        else resolve(frame);
      });
    });
  }

  /** The next frame of a type, from now on; of one task when that is given. */
  next(type: string, taskName?: string): Promise<Frame> {
    const fits = (frame: Frame): boolean =>
      frame.type === type && (taskName === undefined || frame.task?.name === taskName);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`${type} did not come`));
      }, replyTimeoutMs);
      const waiter = {
        fits,
        take: (frame: Frame) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(frame);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  async close(): Promise<void> {
    const closed = once(this.ws, 'close');
    this.ws.close(1000);
    await closed;
  }

  #take(frame: Frame): void {
    if (frame.type === 'ping') this.send({ type: 'pong', at: frame.at });
    if (frame.re !== undefined) {
      const reply = this.#replies.get(frame.re);
      this.#replies.delete(frame.re);
      reply?.(frame);
      return;
    }
    this.#handlers.get(frame.type)?.(frame);
    if (this.#waiters.size > 0) for (const waiter of [...this.#waiters]) if (waiter.fits(frame)) waiter.take(frame);
  }
}

/** The run that a dispatch or a resume gives. */
export function runOf(frame: Frame): Run {
  const task_id = frame.task?.task_id ?? frame.task_id;
  if (task_id === undefined || frame.epoch === undefined) throw new Error(`no run in ${JSON.stringify(frame)}`);
  return { task_id, epoch: frame.epoch };
}

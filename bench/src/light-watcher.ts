// Owns: a light client of the hub: says hello, subscribes, answers pings, and hands on what it watches.
import { token } from './hub.js';
import { LightSocket } from './light-socket.js';

export interface LightWatcherOptions {
  readonly port: number;
  readonly localAddress?: string;
  readonly topics: readonly string[];
  readonly lanes: readonly string[];
  /** Of `subscribe`, by lane. */
  readonly since?: Readonly<Record<string, object>>;
  /** Every frame that is no answer and no ping; parse what you need. */
  readonly onFrame: (payload: Buffer) => void;
  readonly onClose?: (code: number) => void;
}

export interface Subscribed {
  readonly lane: string;
  readonly log: string;
  readonly seq: number;
  readonly recovered: boolean;
}

const welcomeMark = Buffer.from('{"type":"welcome"');
const okMark = Buffer.from('{"type":"ok"');
const errorMark = Buffer.from('{"type":"error"');
const pingMark = Buffer.from('{"type":"ping"');

const begins = (payload: Buffer, mark: Buffer): boolean => mark.compare(payload, 0, mark.length) === 0;

export class LightWatcher {
  readonly socket: LightSocket;
  readonly subscribed: readonly Subscribed[];

  private constructor(socket: LightSocket, subscribed: readonly Subscribed[]) {
    this.socket = socket;
    this.subscribed = subscribed;
  }

  /** Resolves when all of its lanes are subscribed to. */
  static async open(options: LightWatcherOptions): Promise<LightWatcher> {
    const { port, localAddress, topics, lanes, since = {}, onFrame, onClose } = options;
    const subscribed: Subscribed[] = [];
    let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
    const onText = (payload: Buffer): void => {
      if (begins(payload, pingMark)) socket.send('{"type":"pong"}');
      else if (settle === undefined) onFrame(payload);
      else if (begins(payload, welcomeMark)) {
        lanes.forEach((lane, id) => {
          const from = since[lane] === undefined ? {} : { since: since[lane] };
          socket.send(JSON.stringify({ type: 'subscribe', id, lane, topics, ...from }));
        });
      } else if (begins(payload, okMark)) {
        subscribed.push(JSON.parse(payload.toString()) as Subscribed);
        if (subscribed.length === lanes.length) settle.resolve();
      } else if (begins(payload, errorMark)) settle.reject(new Error(payload.toString()));
      else onFrame(payload);
    };
    const socket = await LightSocket.open({
      port,
      path: '/ws',
      protocol: 'cuehub.v1.json',
      ...(localAddress === undefined ? {} : { localAddress }),
      onText,
      onClose: (code) => {
        settle?.reject(new Error(`closed with ${code}`));
        onClose?.(code);
      },
    });
    const ready = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    socket.send(JSON.stringify({ type: 'hello', client: { name: 'watcher', kind: 'bench' }, token }));
    await ready;
    return new LightWatcher(socket, subscribed);
  }
}

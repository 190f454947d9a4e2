/** A plain WebSocket client for tests: sends what it is told, remembers what came, waits for what is expected. */
import { type Codec, codecFor, type Encoding, type WelcomeMessage } from '@cuehub/protocol';
import { WebSocket } from 'ws';

// Tests look into messages of every type.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyMessage = any;

interface Waiter {
  readonly matches: (message: AnyMessage) => boolean;
  readonly resolve: (message: AnyMessage) => void;
}

export interface RawOptions {
  readonly encoding?: Encoding;
  readonly subprotocol?: string | null;
  readonly headers?: Record<string, string>;
  /** Answer the hub's pings. */
  readonly pong?: boolean;
}

export class RawClient {
  readonly ws: WebSocket;
  readonly codec: Codec;
  /** Everything that came, in order; `next` and `request` leave it untouched. */
  readonly received: AnyMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #waiters: Waiter[] = [];
  #seen = 0;
  #id = 0;

  private constructor(url: string, { encoding = 'json', subprotocol, headers, pong = true }: RawOptions) {
    this.codec = codecFor(encoding);
    const protocols = subprotocol === null ? [] : [subprotocol ?? this.codec.subprotocol];
    this.ws = new WebSocket(url, protocols, { headers: headers ?? {} });
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.ws.on('error', () => {});
    this.ws.on('message', (data, binary) => {
      const message = this.codec.decode(binary ? (data as Buffer) : (data as Buffer).toString('utf8')) as AnyMessage;
      if (message.type === 'ping' && pong) this.send({ type: 'pong', at: message.at });
      this.received.push(message);
      for (const waiter of this.#waiters.filter((one) => one.matches(message))) {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        waiter.resolve(message);
      }
    });
  }

  static async open(url: string, options: RawOptions = {}): Promise<RawClient> {
    const client = new RawClient(url, options);
    await new Promise<void>((resolve, reject) => {
      client.ws.once('open', resolve);
      client.ws.once('error', reject);
    });
    return client;
  }

  /** Connects and says hello. */
  static async hello(
    url: string,
    token: string,
    hello: Record<string, unknown> = {},
    options: RawOptions = {},
  ): Promise<RawClient & { welcome: WelcomeMessage }> {
    const client = await RawClient.open(url, options);
    client.send({ type: 'hello', client: { name: 'test', kind: 'test' }, token, ...hello });
    const welcome = (await client.next('welcome')) as WelcomeMessage;
    return Object.assign(client, { welcome });
  }

  send(message: object): void {
    this.ws.send(this.codec.encode(message));
  }

  raw(data: string | Buffer): void {
    this.ws.send(data);
  }

  /** The next message that matches, from the first that no `next` has returned yet. */
  next(wanted: string | ((message: AnyMessage) => boolean)): Promise<AnyMessage> {
    const matches = typeof wanted === 'string' ? (message: AnyMessage) => message.type === wanted : wanted;
    for (let at = this.#seen; at < this.received.length; at++) {
      if (!matches(this.received[at])) continue;
      this.#seen = at + 1;
      return Promise.resolve(this.received[at]);
    }
    return new Promise((resolve) => {
      this.#waiters.push({
        matches,
        resolve: (message) => {
          this.#seen = this.received.length;
          resolve(message);
        },
      });
    });
  }

  /** Sends with an `id` and waits for the one answer. */
  request(message: object): Promise<AnyMessage> {
    const id = ++this.#id;
    const known = this.received.length;
    this.send({ ...message, id });
    const here = this.received.slice(known).find((one) => one.re === id);
    if (here !== undefined) return Promise.resolve(here);
    return new Promise((resolve) => {
      this.#waiters.push({ matches: (one) => one.re === id, resolve });
    });
  }

  /** Everything that was sent before has been taken, and everything that came of it has arrived. */
  async settle(): Promise<void> {
    await this.request({ type: 'ping' });
  }

  of(type: string): AnyMessage[] {
    return this.received.filter((message) => message.type === type);
  }

  events(): string[] {
    return this.of('event').map((message) => message.event);
  }

  async close(code?: number): Promise<void> {
    if (code === undefined) this.ws.close();
    else this.ws.close(code);
    await this.closed;
  }

  /** As when the network goes: no goodbye. */
  async drop(): Promise<void> {
    this.ws.terminate();
    await this.closed;
  }
}

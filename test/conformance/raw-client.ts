// Owns: one plain WebSocket to the hub in either encoding: send a frame, ask and get the one reply, wait for a frame with
// a bound, learn the close code. It also keeps the promises that hold for *every* frame of *every* test: one reply a
// request, the encoding's own frame kind, facts without gaps, chunks in order (see `violations`).
// Leaves to others: what a test means by its frames. No package of the hub is used: this is a stranger's client.
import { inspect } from 'node:util';
import { Packr } from 'msgpackr';
import { WebSocket } from 'ws';
import { type Codec, type Fields, fits, type Frame, type Id, type Pattern } from './frames.js';
import { type Hub, TOKEN } from './hub-process.js';
import { Order } from './order-keeper.js';

/** Longer than anything here takes; a test that waits for a timer of the hub says so with its own bound. */
export const WITHIN_MS = 5_000;

const packr = new Packr({ useRecords: false });

export interface OpenOptions {
  codec?: Codec;
  /** Subprotocols to offer; the codec's own by default, [] for none. */
  protocols?: string[];
  headers?: Record<string, string>;
  origin?: string;
  /** Appended to the socket's address, e.g. `?token=…`. */
  query?: string;
  /** Whether the hub's pings are answered. */
  pongs?: boolean;
}

export interface JoinOptions extends OpenOptions {
  name?: string;
  /** null sends no token in `hello`. */
  token?: string | null;
  resume?: { session_id: string; resume_token: string };
  holding?: { task_id: string; epoch: number }[];
}

export interface Close {
  code: number;
  reason: string;
}

interface Waiter {
  pattern: Pattern;
  resolve: (frame: Frame) => void;
  reject: (error: Error) => void;
}

export class RawClient {
  readonly codec: Codec;
  readonly closed: Promise<Close>;
  /** Everything that came, in order. */
  readonly frames: Frame[] = [];
  /** Broken promises that need no question: a test ends with none. */
  readonly violations: string[] = [];
  welcome: Frame | undefined;

  readonly #socket: WebSocket;
  readonly #order = new Order();
  readonly #untaken: Frame[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #asked = new Map<Id, { resolve: (frame: Frame) => void; reject: (error: Error) => void; sent: Fields }>();
  readonly #answered = new Set<Id>();
  readonly #pongs: boolean;
  #closedWith: Close | undefined;
  #lastId = 0;

  constructor(socket: WebSocket, codec: Codec, pongs: boolean) {
    this.#socket = socket;
    this.codec = codec;
    this.#pongs = pongs;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        const close = { code, reason: reason.toString() };
        this.#closedWith = close;
        for (const { reject } of [...this.#waiters, ...this.#asked.values()]) reject(this.#gone());
        resolve(close);
      });
    });
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
  }

  get socket(): WebSocket {
    return this.#socket;
  }

  get isOpen(): boolean {
    return this.#closedWith === undefined;
  }

  get sessionId(): string {
    if (this.welcome === undefined) throw new Error('not welcomed yet');
    return this.welcome.session_id;
  }

  /** What `hello.resume` needs to get this session back. */
  get claim(): { session_id: string; resume_token: string } {
    if (this.welcome === undefined) throw new Error('not welcomed yet');
    return { session_id: this.welcome.session_id, resume_token: this.welcome.resume_token };
  }

  // --- sending

  encode(message: unknown): string | Uint8Array {
    return this.codec === 'json' ? JSON.stringify(message) : packr.pack(message);
  }

  send(type: string, fields: Fields = {}): void {
    this.sendRaw(this.encode({ type, ...fields }));
  }

  sendRaw(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  /** A request; resolves with its reply, `ok` or `error`. */
  async request(type: string, fields: Fields = {}, within_ms = WITHIN_MS): Promise<Frame> {
    if (this.#closedWith !== undefined) throw this.#gone();
    this.#lastId += 1;
    const id = this.#lastId;
    const reply = new Promise<Frame>((resolve, reject) => {
      this.#asked.set(id, { resolve, reject, sent: { type, ...fields } });
    });
    this.send(type, { id, ...fields });
    return this.#bounded(reply, within_ms, `the reply to ${type} ${brief(fields)}`);
  }

  /** A request that must succeed. */
  async ok(type: string, fields: Fields = {}, within_ms = WITHIN_MS): Promise<Frame> {
    const reply = await this.request(type, fields, within_ms);
    if (reply.type !== 'ok') throw new Error(`${type} was refused: ${brief(reply)}`);
    return reply;
  }

  /** A request that must be refused with this code. */
  async refused(type: string, fields: Fields, code: string): Promise<Frame> {
    const reply = await this.request(type, fields);
    if (reply.type !== 'error' || reply.code !== code) {
      throw new Error(`${type} should be refused with ${code}: ${brief(reply)}`);
    }
    return reply;
  }

  /** Returns when the hub has handled everything sent before, and all it sent us for it has arrived. */
  async fence(): Promise<void> {
    await this.ok('ping');
  }

  // --- receiving

  /** The first frame not taken yet that fits, now or within the bound. Each frame is given out once. */
  expectFrame(pattern: Pattern, within_ms = WITHIN_MS): Promise<Frame> {
    const at = this.#untaken.findIndex((frame) => fits(frame, pattern));
    const found = this.#untaken[at];
    if (found !== undefined) {
      this.#untaken.splice(at, 1);
      return Promise.resolve(found);
    }
    if (this.#closedWith !== undefined) return Promise.reject(this.#gone());
    const waiter: Waiter = { pattern, resolve: () => {}, reject: () => {} };
    const frame = new Promise<Frame>((resolve, reject) => {
      waiter.resolve = resolve;
      waiter.reject = reject;
    });
    this.#waiters.add(waiter);
    const what = typeof pattern === 'function' ? pattern.toString() : brief(pattern);
    return this.#bounded(frame, within_ms, what).finally(() => this.#waiters.delete(waiter));
  }

  /** All that came so far and fits, taken or not. */
  seen(pattern: Pattern): Frame[] {
    return this.frames.filter((frame) => fits(frame, pattern));
  }

  // --- the socket

  /** Ends the session too: 1000 says that it is on purpose. */
  close(code?: number): Promise<Close> {
    this.#socket.resume();
    if (code === undefined) this.#socket.close();
    else this.#socket.close(code);
    return this.closed;
  }

  /** The cable is cut: no close frame. */
  vanish(): Promise<Close> {
    this.#socket.resume();
    this.#socket.terminate();
    return this.closed;
  }

  /** The code that the hub closes with, within a bound. */
  async closeCode(within_ms = WITHIN_MS): Promise<number> {
    return (await this.#bounded(this.closed, within_ms, 'the close of the socket')).code;
  }

  stopReading(): void {
    this.#socket.pause();
  }

  readOn(): void {
    this.#socket.resume();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary !== (this.codec === 'msgpack')) this.violations.push(`a ${isBinary ? 'binary' : 'text'} frame came`);
    const frame = (this.codec === 'json' ? JSON.parse(data.toString()) : packr.unpack(data)) as Frame;
    this.frames.push(frame);
    if (frame.type === 'ping' && this.#pongs) this.send('pong', { at: frame.at });
    const asked = this.#asked.get(frame.re);
    this.violations.push(...this.#order.check(frame, asked?.sent));
    if (asked !== undefined) {
      this.#asked.delete(frame.re);
      this.#answered.add(frame.re);
      asked.resolve(frame);
      return;
    }
    if (this.#answered.has(frame.re)) this.violations.push(`a second reply to one request: ${brief(frame)}`);
    for (const waiter of this.#waiters) {
      if (!fits(frame, waiter.pattern)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(frame);
      return;
    }
    this.#untaken.push(frame);
  }

  async #bounded<T>(promise: Promise<T>, within_ms: number, what: string): Promise<T> {
    let late: NodeJS.Timeout | undefined;
    const bound = new Promise<never>((_, reject) => {
      late = setTimeout(() => {
        reject(new Error(`not within ${within_ms} ms: ${what}\nlast frames:\n${this.#tail()}`));
      }, within_ms);
    });
    try {
      return await Promise.race([promise, bound]);
    } finally {
      clearTimeout(late);
    }
  }

  #tail(): string {
    return this.frames
      .slice(-12)
      .map((frame) => `  ${brief(frame)}`)
      .join('\n');
  }

  #gone(): Error {
    const { code, reason } = this.#closedWith ?? { code: 0, reason: '' };
    return new Error(`the socket closed with ${code} ${reason}\nlast frames:\n${this.#tail()}`);
  }
}

/** One line about any value, BigInts and bytes included. */
function brief(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80 }).slice(0, 300);
}

/** Opens a socket and says nothing yet. */
export async function openSocket(hub: Hub, options: OpenOptions = {}): Promise<RawClient> {
  const { codec = 'json', pongs = true } = options;
  const protocols = options.protocols ?? [`cuehub.v1.${codec}`];
  const socket = new WebSocket(hub.socketUrl + (options.query ?? ''), protocols, {
    headers: options.headers ?? {},
    ...(options.origin === undefined ? {} : { origin: options.origin }),
  });
  const client = new RawClient(socket, codec, pongs);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return client;
}

/** What a client says first. */
export function helloFields(options: JoinOptions = {}): Fields {
  const { name = 'tester', token = TOKEN } = options;
  return {
    client: { name, kind: 'test', version: '1.0.0' },
    ...(token === null ? {} : { token }),
    ...(options.resume === undefined ? {} : { resume: options.resume }),
    ...(options.holding === undefined ? {} : { holding: options.holding }),
  };
}

/** Opens a socket, says hello and waits for the welcome. */
export async function joinHub(hub: Hub, options: JoinOptions = {}, within_ms = WITHIN_MS): Promise<RawClient> {
  const client = await openSocket(hub, options);
  client.send('hello', helloFields(options));
  client.welcome = await client.expectFrame({ type: 'welcome' }, within_ms);
  return client;
}

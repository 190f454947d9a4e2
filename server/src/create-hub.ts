/**
 * A hub to embed: the parts wired together, with a way in for others (`listen`) and one for the same process
 * (`client`). The `cuehub` command is a user of this like any other.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type AnyTasks,
  type ConnectOptions,
  createClient,
  type CueHub,
  type TaskMap,
  type Transport,
} from '@cuehub/client/core';
import { getRequestListener } from '@hono/node-server';
import { createApi } from './api/index.js';
import { createMetrics } from './api/metrics.js';
import { type HubConfig, type HubOptions, resolveConfig } from './config/config.js';
import { Gateway, WS_PATH } from './gateway/gateway.js';
import { memoryTransport } from './gateway/memory-link.js';
import { Hub } from './hub/hub.js';
import type { HubPort } from './hub/port.js';
import { MemoryJournal } from './journal/memory.js';
import type { Journal } from './journal/port.js';

export interface CreateHubOptions extends HubOptions {
  /** What keeps the hub's state; in memory by default, so that it ends with the process. */
  readonly journal?: Journal | undefined;
  /** Where the built pages lie. */
  readonly pages_dir?: string | undefined;
  /** Prometheus may scrape `/metrics` without a token. */
  readonly metrics_open?: boolean | undefined;
}

export interface ListenOptions {
  readonly host?: string | undefined;
  /** 0 takes a free one. */
  readonly port?: number | undefined;
}

export interface Listening {
  /** `http://127.0.0.1:8787`, without a slash at the end. */
  readonly url: string;
  /** `ws://127.0.0.1:8787/ws`. */
  readonly ws_url: string;
  readonly host: string;
  readonly port: number;
}

export interface CloseOptions {
  /** False cuts everybody off at once. By default clients are told to come back, and get a second to hear it. */
  readonly graceful?: boolean | undefined;
}

/** Where the build puts the pages, seen from the sources and from the build. */
const PAGES_DIR = fileURLToPath(new URL('../dist/pages', import.meta.url));

interface PageOptions {
  readonly pages_dir: string;
  readonly metrics_open: boolean;
}

const TOO_LARGE = 413;

/** For messages; a link in memory has no address. */
const MEMORY_URL = 'memory:cuehub';

export class HubServer {
  readonly #config: HubConfig;
  readonly #hub: Hub;
  readonly #gateway: Gateway;
  readonly #pages: PageOptions;
  readonly #transport: Transport;
  readonly #clients = new Set<{ close(): void }>();
  #server: Server | null = null;
  #listening: Listening | null = null;
  #closed: Promise<void> | null = null;

  constructor(config: HubConfig, hub: Hub, { pages_dir, metrics_open }: PageOptions) {
    this.#config = config;
    this.#hub = hub;
    this.#gateway = new Gateway(hub);
    this.#pages = { pages_dir, metrics_open };
    this.#transport = memoryTransport((wire) => (hub.stopping ? null : this.#gateway.connect(wire)));
  }

  /** What the HTTP API is built on: requests, watching, readiness and figures without a socket. */
  get port(): HubPort {
    return this.#hub;
  }

  /** The first of its tokens: the one that was made at random when none was given. Not for logs. */
  get token(): string {
    return this.#config.tokens[0]?.token ?? '';
  }

  /** Null before `listen`. */
  get listening(): Listening | null {
    return this.#listening;
  }

  /** Null before `listen`. */
  get url(): string | null {
    return this.#listening?.url ?? null;
  }

  /** Opens the hub to others: HTTP and WebSocket on one port. Rejects with the system's error when it is taken. */
  async listen({ host = this.#config.host, port = this.#config.port }: ListenOptions = {}): Promise<Listening> {
    if (this.#closed !== null) throw new Error('this hub is closed');
    if (this.#server !== null) throw new Error('this hub listens already');
    const { limits, allowed_origins, logger, watch_token } = this.#config;
    const metrics = createMetrics(this.#hub);
    const api = createApi(this.#hub, { ...this.#pages, limits, allowed_origins, logger, metrics, watch_token });
    // `env` has the connection: what the API counts requests by, and what it cuts when a reader of events is stuck.
    const fetch = async (request: Request, env: object): Promise<Response> => {
      const response = await api.fetch(plainRequest(request), env);
      // The rest of that body is not read, so the connection is cut soon; nobody should send another request on it.
      if (response.status === TOO_LARGE) response.headers.set('Connection', 'close');
      return response;
    };
    // An embedding app's globals are its own.
    const respond = getRequestListener(fetch, { overrideGlobalObjects: false });
    const server = createServer((request, response) => void respond(request, response));
    this.#gateway.attach(server);
    this.#server = server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, () => {
          server.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      this.#server = null;
      throw error;
    }
    server.on('error', (error) => logger.error({ err: error }, 'the server failed'));
    const address = server.address() as AddressInfo;
    const authority = `${urlHost(host)}:${address.port}`;
    this.#listening = { url: `http://${authority}`, ws_url: `ws://${authority}${WS_PATH}`, host, port: address.port };
    return this.#listening;
  }

  /**
   * A client in this process, without a socket: the same object as `connect` gives. It speaks with the hub's first token
   * unless it is given another, and is closed with the hub.
   */
  client<Tasks extends TaskMap<Tasks> = AnyTasks>(options: ConnectOptions = {}): CueHub<Tasks> {
    if (this.#closed !== null) throw new Error('this hub is closed');
    const client = createClient<Tasks>({ token: this.token, ...options, url: MEMORY_URL, transport: this.#transport });
    this.#clients.add(client);
    client.on('closed', () => this.#clients.delete(client));
    return client;
  }

  /** Ends the hub. Calling it again waits for the same end. */
  close({ graceful = true }: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(graceful);
    return this.#closed;
  }

  async #close(graceful: boolean): Promise<void> {
    // Those in this process go on purpose: nobody is there for them to come back to.
    for (const client of [...this.#clients]) client.close();
    this.#hub.stop();
    const server = this.#server;
    const ended = server === null ? Promise.resolve() : new Promise<void>((resolve) => server.close(() => resolve()));
    if (graceful) await this.#gateway.close('shutdown');
    else this.#gateway.terminate();
    await this.#hub.close();
    server?.closeIdleConnections();
    // Streams of events have ended with the hub; whoever still holds a connection has had its time.
    server?.closeAllConnections();
    await ended;
    this.#listening = null;
  }
}

/** Makes a hub that is ready for `client` and `listen`. Throws `ConfigError` when an option is wrong. */
export async function createHub(options: CreateHubOptions = {}): Promise<HubServer> {
  const { journal = new MemoryJournal(), pages_dir = PAGES_DIR, metrics_open = false, ...rest } = options;
  const config = resolveConfig(rest);
  return new HubServer(config, await Hub.open(config, journal), { pages_dir, metrics_open });
}

/**
 * Without its own globals the adapter's request is no real `Request`, and `new Request(request)`, which middleware does to
 * bodies it has looked into, throws.
 */
function plainRequest(request: Request): Request {
  const { method, headers, signal } = request;
  if (method === 'GET' || method === 'HEAD') return new Request(request.url, { method, headers, signal });
  return new Request(request.url, { method, headers, signal, body: request.body, duplex: 'half' });
}

/** An address as it stands in a URL; one that means every interface is reached over loopback. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

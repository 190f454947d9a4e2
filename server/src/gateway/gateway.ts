/**
 * WebSockets at `/ws`: who gets an upgrade, and all connections together, with their last hour. One connection's life
 * is `connection.ts`.
 */
import { randomInt } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE_CODES, SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK } from '@cuehub/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { bearerToken } from '../auth/bearer.js';
import { isOriginAllowed } from '../auth/origin.js';
import type { Timer } from '../config/clock.js';
import type { Hub } from '../hub/hub.js';
import { Admission } from './admission.js';
import { Connection } from './connection.js';
import { SocketWire } from './socket-wire.js';
import type { Wire } from './wire.js';

export const WS_PATH = '/ws';

/** How long a closed socket may take for its own goodbye before it is cut off. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Slow readers that nothing is sent to are looked at this often. */
const SWEEP_MS = 1_000;
/** Clients of a hub that goes away come back spread over this range, so that they do not come all at once. */
const RECONNECT_AFTER_MS = { min: 250, max: 2_500 } as const;
/** What the sockets get to take their last frames. */
const FAREWELL_MS = 1_000;

const SUBPROTOCOLS: ReadonlySet<string> = new Set([SUBPROTOCOL_JSON, SUBPROTOCOL_MSGPACK]);

export class Gateway {
  readonly #hub: Hub;
  readonly #server: WebSocketServer;
  readonly #admission: Admission;
  readonly #connections = new Set<Connection>();
  /** Sockets that are not quite gone, their connections perhaps ended before. */
  readonly #sockets = new Set<WebSocket>();
  #sweep: Timer | null = null;
  #emptied: (() => void) | null = null;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#admission = new Admission(hub.turn);
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: hub.config.limits.frame_bytes_max,
      // Ours to judge: what is no UTF-8 cannot be decoded, and that has its own close code.
      skipUTF8Validation: true,
      handleProtocols: (offered) => {
        for (const name of offered) if (SUBPROTOCOLS.has(name)) return name;
        return false;
      },
      // In ws since 8.19, not yet in its types.
      ...({ closeTimeout: CLOSE_TIMEOUT_MS } as object),
    });
    hub.countConnections(() => this.#connections.size);
  }

  /** Takes the upgrades of this server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get size(): number {
    return this.#connections.size;
  }

  /** A connection on any wire. Listen to the wire with what this returns. */
  connect(wire: Wire, token?: string): Connection {
    const connection = new Connection({ hub: this.#hub, wire, token, ended: (ended) => this.#ended(ended) });
    this.#connections.add(connection);
    this.#armSweep();
    return connection;
  }

  /** Tells everybody and closes with 1012; cuts off whoever takes too long. */
  async close(reason: string): Promise<void> {
    this.#hub.watching.flush();
    const connections = [...this.#connections];
    for (const connection of connections) {
      const reconnect_after_ms = randomInt(RECONNECT_AFTER_MS.min, RECONNECT_AFTER_MS.max);
      connection.send({ type: 'going_away', reason, reconnect_after_ms });
    }
    for (const connection of connections) connection.close('going_away', reason);
    const { clock } = this.#hub.config;
    await new Promise<void>((resolve) => {
      const timer = clock.after(FAREWELL_MS, resolve);
      this.#emptied = () => {
        timer.cancel();
        resolve();
      };
      if (this.#sockets.size === 0) this.#emptied();
    });
    this.terminate();
  }

  /** Ends all at once. */
  terminate(): void {
    this.#admission.close();
    for (const connection of [...this.#connections]) connection.terminate();
    for (const ws of [...this.#sockets]) ws.terminate();
    this.#sweep?.cancel();
    this.#server.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Before anything else: a socket that fails with nobody listening takes the process with it.
    socket.on('error', () => socket.destroy());
    const path = (request.url ?? '').split('?', 1)[0];
    if (path !== WS_PATH) return refuse(socket, 404, 'Not Found', `WebSockets are at ${WS_PATH}`);
    if (this.#hub.stopping) return refuse(socket, 503, 'Service Unavailable', 'the hub is going away');
    if (this.#connections.size + this.#admission.size >= this.#hub.config.connections_max) {
      return refuse(socket, 503, 'Service Unavailable', 'too many connections');
    }
    const offered = request.headers['sec-websocket-protocol'];
    if (offered !== undefined && !offered.split(',').some((name) => SUBPROTOCOLS.has(name.trim()))) {
      return refuse(socket, 400, 'Bad Request', `the subprotocol is ${SUBPROTOCOL_JSON} or ${SUBPROTOCOL_MSGPACK}`);
    }
    this.#admission.ask(socket, () => {
      if (this.#hub.stopping) return refuse(socket, 503, 'Service Unavailable', 'the hub is going away');
      this.#server.handleUpgrade(request, socket, head, (ws) => this.#open(ws, request));
    });
  }

  #open(ws: WebSocket, request: IncomingMessage): void {
    const { logger, allowed_origins } = this.#hub.config;
    const { origin, host, authorization } = request.headers;
    this.#sockets.add(ws);
    ws.on('close', () => {
      this.#sockets.delete(ws);
      if (this.#sockets.size === 0) this.#emptied?.();
    });
    if (!isOriginAllowed(origin, host, allowed_origins)) {
      // Refused after the upgrade: a browser tells its page nothing about an HTTP 403.
      ws.on('error', () => {});
      logger.warn({ origin }, 'a page of a foreign origin was turned away');
      ws.close(CLOSE_CODES.forbidden, 'this origin may not connect');
      return;
    }
    const wire = new SocketWire(ws);
    const connection = this.connect(wire, bearerToken(authorization));
    wire.listen(connection, (error) => logger.debug({ err: error }, 'a socket failed'));
  }

  #ended(connection: Connection): void {
    this.#connections.delete(connection);
  }

  #armSweep(): void {
    if (this.#sweep !== null || this.#connections.size === 0) return;
    this.#sweep = this.#hub.config.clock.after(SWEEP_MS, () => {
      this.#sweep = null;
      for (const connection of this.#connections) if (!connection.outbox.idle) connection.watcher.check();
      this.#armSweep();
    });
  }
}

function refuse(socket: Duplex, status: number, text: string, body: string): void {
  const bytes = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${bytes}\r\n\r\n${body}`,
  );
}

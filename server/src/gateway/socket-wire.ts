/** A WebSocket as a wire. */
import { EventEmitter } from 'node:events';
import { type Codec, codecFor, SUBPROTOCOL_MSGPACK } from '@cuehub/protocol';
import type { WebSocket } from 'ws';
import type { Packet } from '../hub/packet.js';
import { type PacketWriter, packetWriter } from './frame-writer.js';
import type { Wire, WireListener } from './wire.js';

export class SocketWire implements Wire {
  readonly codec: Codec;
  readonly #ws: WebSocket;
  readonly #writer: PacketWriter;
  /** Nothing is to be written any more. */
  #over = false;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    this.codec = codecFor(ws.protocol === SUBPROTOCOL_MSGPACK ? 'msgpack' : 'json');
    this.#writer = packetWriter(ws, this.codec.binary);
  }

  listen(listener: WireListener, failed: (error: Error) => void): void {
    const ws = this.#ws;
    ws.on('message', (data, binary) => {
      if (Buffer.isBuffer(data)) listener.frame(data, binary);
      else if (Array.isArray(data)) listener.frame(Buffer.concat(data), binary);
      else listener.frame(new Uint8Array(data), binary);
    });
    ws.on('ping', () => listener.alive());
    ws.on('pong', () => listener.alive());
    const ended = (code: number): void => {
      this.#over = true;
      listener.ended(code);
    };
    ws.on('close', ended);
    // ws tells `close` when the socket is gone, a round trip after the goodbye arrived (or never, from a client that does
    // not hang up). Until then others would be given tasks to run that nobody runs. What is told twice is heard once.
    receiverOf(ws)?.on('conclude', ended);
    // ws closes such a socket itself, with the code that fits (1009, 1002 …).
    ws.on('error', (error) => {
      this.#over = true;
      failed(error);
    });
  }

  write(packet: Packet, done: () => void): boolean {
    return !this.#over && this.#writer.write(packet, done);
  }

  close(code: number, reason: string): void {
    this.#over = true;
    this.#ws.close(code, reason);
    // A paused socket would not see the answer to its goodbye.
    this.#ws.resume();
  }

  terminate(): void {
    this.#over = true;
    this.#ws.terminate();
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }
}

/** The part of ws that sees the other side's close frame. Private: without it the end is heard a little later. */
function receiverOf(ws: WebSocket): EventEmitter | null {
  const { _receiver } = ws as unknown as { _receiver?: unknown };
  return _receiver instanceof EventEmitter ? _receiver : null;
}

/**
 * The one place that knows ws from inside. A frame is built once for everybody who gets it, and all frames for a socket
 * go out in one write: the system call is what fan-out costs. Where this version of ws does not offer what that needs,
 * each frame goes through its public `send`.
 */
import type { Duplex } from 'node:stream';
import type { Codec } from '@cuehub/protocol';
import * as wsModule from 'ws';
import type { WebSocket } from 'ws';
import type { EncodedFrame, Packet } from '../hub/packet.js';
import { type DirectWriter, directWriter } from './direct-write.js';

const OPCODE_TEXT = 1;
const OPCODE_BINARY = 2;
const FINAL = 0x80;
/** In place of a length: it follows, in 2 bytes or in 8. */
const LENGTH_IN_2 = 126;
const LENGTH_IN_8 = 127;
const LENGTH_IN_2_MAX = 0xffff;
/** Several packets up to this are copied into one, which costs less than a list of them. */
const COPIED_BYTES_MAX = 16 * 1024;
const NOTHING = Buffer.alloc(0);

interface FrameOptions {
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly mask: boolean;
  readonly readOnly: boolean;
}

/** Exported by ws 8.23, absent from its types. */
type FrameFunction = (data: Buffer, options: FrameOptions) => readonly Buffer[];

const senderFrame = findFrameFunction();

/** Whether frames can be built beforehand; false means every message goes through `send`. */
export const canPreframe: boolean = senderFrame !== null;

function findFrameFunction(): FrameFunction | null {
  const { Sender } = wsModule as unknown as { Sender?: { frame?: FrameFunction } };
  const frame = Sender?.frame?.bind(Sender);
  if (frame === undefined) return null;
  try {
    const built = Buffer.concat(frame(Buffer.from('ok'), frameOptions(OPCODE_TEXT)));
    return built.equals(Buffer.from([0x81, 2, 0x6f, 0x6b])) ? frame : null;
  } catch {
    return null;
  }
}

function frameOptions(opcode: number): FrameOptions {
  return { fin: true, rsv1: false, opcode, mask: false, readOnly: true };
}

export function encodeFrame(codec: Codec, message: object): EncodedFrame {
  const encoded = codec.encode(message);
  if (typeof encoded === 'string' && senderFrame !== null) return textFrame(encoded);
  const payload = typeof encoded === 'string' ? Buffer.from(encoded) : asBuffer(encoded);
  if (senderFrame === null) return { framed: payload, header_bytes: 0 };
  const framed = Buffer.concat(senderFrame(payload, frameOptions(codec.binary ? OPCODE_BINARY : OPCODE_TEXT)));
  return { framed, header_bytes: framed.length - payload.length };
}

/** What `senderFrame` makes of a text, in one piece of memory: most frames are these, and go to one reader. */
function textFrame(text: string): EncodedFrame {
  const bytes = Buffer.byteLength(text);
  const header_bytes = bytes < LENGTH_IN_2 ? 2 : bytes <= LENGTH_IN_2_MAX ? 4 : 10;
  const framed = Buffer.allocUnsafe(header_bytes + bytes);
  framed[0] = FINAL | OPCODE_TEXT;
  if (header_bytes === 2) framed[1] = bytes;
  else if (header_bytes === 4) {
    framed[1] = LENGTH_IN_2;
    framed.writeUInt16BE(bytes, 2);
  } else {
    framed[1] = LENGTH_IN_8;
    framed.writeUInt16BE(0, 2);
    framed.writeUIntBE(bytes, 4, 6);
  }
  framed.write(text, header_bytes);
  return { framed, header_bytes };
}

/** The message alone, without the WebSocket's header. */
export function payloadOf({ framed, header_bytes }: EncodedFrame): Buffer {
  return header_bytes === 0 ? framed : framed.subarray(header_bytes);
}

export function packetOf(frames: readonly EncodedFrame[], parts: readonly Packet[] | null = null): Packet {
  let bytes = 0;
  for (const { framed } of frames) bytes += framed.length;
  return { frames, bytes, parts, joined: null };
}

/** One packet of several, in order. */
export function packetOfPackets(parts: readonly Packet[]): Packet {
  return packetOf(
    parts.flatMap(({ frames }) => frames),
    parts,
  );
}

/** Writes packets to one open WebSocket. */
export interface PacketWriter {
  /** True when the system took it at once; else `done` comes when it has, or never when the socket died. */
  write(packet: Packet, done: () => void): boolean;
}

export function packetWriter(ws: WebSocket, binary: boolean): PacketWriter {
  const socket = rawSocket(ws);
  return socket === null ? new SendingWriter(ws, binary) : new RawWriter(socket);
}

class RawWriter implements PacketWriter {
  readonly #socket: Duplex;
  readonly #direct: DirectWriter | null;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#direct = directWriter(socket);
  }

  write(packet: Packet, done: () => void): boolean {
    const socket = this.#socket;
    const { parts } = packet;
    const whole = parts === null || packet.bytes <= COPIED_BYTES_MAX;
    if (whole && this.#direct?.ready === true) return this.#direct.write(joined(packet), done);
    if (whole) socket.write(joined(packet));
    else {
      // One system call all the same, without copying what others are sent too.
      socket.cork();
      for (const part of parts) socket.write(joined(part));
      socket.uncork();
    }
    // A socket hands over what it can within `write`; what is left is what the system had no room for. A callback for
    // each write would cost every reader, this costs those that are behind.
    if (socket.writableLength === 0) return true;
    socket.write(NOTHING, () => done());
    return false;
  }
}

/** Message by message, in the public way of ws. */
class SendingWriter implements PacketWriter {
  readonly #ws: WebSocket;
  readonly #options: { readonly binary: boolean };

  constructor(ws: WebSocket, binary: boolean) {
    this.#ws = ws;
    this.#options = { binary };
  }

  write({ frames }: Packet, done: () => void): boolean {
    const last = frames.length - 1;
    frames.forEach((frame, index) => {
      this.#ws.send(payloadOf(frame), this.#options, index === last ? () => done() : undefined);
    });
    return false;
  }
}

/** The bytes of a packet in one piece, made once for all the sockets that get it. */
function joined(packet: Packet): Buffer {
  const { frames, bytes } = packet;
  packet.joined ??=
    frames.length === 1 && frames[0] !== undefined
      ? frames[0].framed
      : Buffer.concat(
          frames.map(({ framed }) => framed),
          bytes,
        );
  return packet.joined;
}

/**
 * The socket below, where frames may be written to it as they are: not with an extension, since permessage-deflate has a
 * queue of its own, which this would overtake.
 */
function rawSocket(ws: WebSocket): Duplex | null {
  if (senderFrame === null) return null;
  const { _socket } = ws as unknown as { _socket?: Duplex | null };
  if (_socket === undefined || _socket === null || typeof _socket.write !== 'function') return null;
  return ws.extensions === '' ? _socket : null;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

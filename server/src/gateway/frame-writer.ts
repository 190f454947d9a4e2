/**
 * The one place that knows ws from inside. A frame is built once for everybody who gets it, and all frames for a socket
 * go out in one write: the system call is what fan-out costs. Where this version of ws does not offer what that needs,
 * each frame goes through its public `send`.
 */
import type { Duplex } from 'node:stream';
import type { Codec } from '@cuehub/protocol';
import * as wsModule from 'ws';
import type { WebSocket } from 'ws';
import type { EncodedFrame } from '../hub/broadcast.js';

const OPCODE_TEXT = 1;
const OPCODE_BINARY = 2;

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
  const payload = typeof encoded === 'string' ? Buffer.from(encoded) : asBuffer(encoded);
  if (senderFrame === null) return { framed: payload, header_bytes: 0 };
  const framed = Buffer.concat(senderFrame(payload, frameOptions(codec.binary ? OPCODE_BINARY : OPCODE_TEXT)));
  return { framed, header_bytes: framed.length - payload.length };
}

/** The message alone, without the WebSocket's header. */
export function payloadOf({ framed, header_bytes }: EncodedFrame): Buffer {
  return header_bytes === 0 ? framed : framed.subarray(header_bytes);
}

/**
 * Writes the frames in order; `done` comes when they have left this process, or never when the socket died.
 * Only for an open socket without extensions (permessage-deflate has a queue of its own, which this would overtake).
 */
export function writeFrames(ws: WebSocket, frames: readonly EncodedFrame[], binary: boolean, done: () => void): void {
  const socket = rawSocket(ws);
  const framed = frames.every(({ header_bytes }) => header_bytes > 0);
  if (socket !== null && framed) {
    socket.write(join(frames), () => done());
    return;
  }
  const last = frames.length - 1;
  frames.forEach((frame, index) => {
    ws.send(payloadOf(frame), { binary }, index === last ? () => done() : undefined);
  });
}

function rawSocket(ws: WebSocket): Duplex | null {
  const { _socket } = ws as unknown as { _socket?: Duplex | null };
  if (_socket === undefined || _socket === null || typeof _socket.write !== 'function') return null;
  return ws.extensions === '' ? _socket : null;
}

// Sockets that watch the same lane get the same frames in one turn: the joined buffer of the last one serves the next.
let joinedFrames: readonly EncodedFrame[] = [];
let joinedBuffer: Buffer = Buffer.alloc(0);
/** Longer joins are not kept for the next socket, so that nothing large outlives its turn. */
const JOIN_KEPT_BYTES_MAX = 64 * 1024;

function join(frames: readonly EncodedFrame[]): Buffer {
  const only = frames[0];
  if (only !== undefined && frames.length === 1) return only.framed;
  if (frames.length === joinedFrames.length && frames.every((frame, index) => frame === joinedFrames[index])) {
    return joinedBuffer;
  }
  const buffer = Buffer.concat(frames.map(({ framed }) => framed));
  if (buffer.length <= JOIN_KEPT_BYTES_MAX) {
    joinedFrames = frames;
    joinedBuffer = buffer;
  }
  return buffer;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

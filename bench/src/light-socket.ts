// Owns: a WebSocket client that costs as little as one can, so that thousands of them leave the machine to what is
// measured. It finds where frames end and hands their bytes on; it neither parses nor checks. Small unmasked frames in,
// masked frames out (the mask is zero: what a mask protects against is not on this machine).
import { connect, type Socket as NetSocket } from 'node:net';

const opcodeText = 1;
const opcodeClose = 8;
const opcodePing = 9;
const maskBit = 0x80;
const maskBytes = 4;

export interface LightSocketOptions {
  readonly port: number;
  readonly path: string;
  readonly protocol?: string;
  /** One of 127.0.0.1 … 127.0.0.254: each has ports of its own. */
  readonly localAddress?: string;
  /** Called for every frame of text; the bytes are only good until it returns. */
  readonly onText: (payload: Buffer) => void;
  readonly onClose?: (code: number) => void;
}

export class LightSocket {
  readonly raw: NetSocket;
  readonly #options: LightSocketOptions;
  #rest: Buffer | null = null;
  #closeCode = 1006;

  private constructor(raw: NetSocket, options: LightSocketOptions) {
    this.raw = raw;
    this.#options = options;
  }

  /** Rejects when the server does not let it in. */
  static open(options: LightSocketOptions): Promise<LightSocket> {
    const { port, path, protocol, localAddress } = options;
    return new Promise((resolve, reject) => {
      const raw = connect({ port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) });
      const socket = new LightSocket(raw, options);
      raw.setNoDelay(true);
      raw.on('error', reject);
      raw.on('close', () => {
        reject(new Error('the server hung up'));
        options.onClose?.(socket.#closeCode);
      });
      raw.on('connect', () => {
        const offered = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
        raw.write(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${offered}\r\n`,
        );
      });
      let head = '';
      const greet = (data: Buffer): void => {
        head += data.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        raw.off('data', greet);
        if (!head.startsWith('HTTP/1.1 101')) {
          reject(new Error(head.split('\r\n', 1)[0]));
          raw.destroy();
          return;
        }
        resolve(socket);
        raw.on('data', (bytes: Buffer) => socket.#take(bytes));
        if (head.length > end + 4) socket.#take(Buffer.from(head.slice(end + 4), 'latin1'));
      };
      raw.on('data', greet);
    });
  }

  send(text: string): void {
    this.raw.write(maskedFrames([text]));
  }

  /** Gone without a word. */
  drop(): void {
    this.raw.destroy();
  }

  #take(bytes: Buffer): void {
    const data = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = null;
    let at = 0;
    while (at + 2 <= data.length) {
      const opcode = data.readUInt8(at) & 0x0f;
      let length = data.readUInt8(at + 1) & 0x7f;
      let header = 2;
      if (length === 126) {
        header = 4;
        if (at + header > data.length) break;
        length = data.readUInt16BE(at + 2);
      } else if (length === 127) {
        header = 10;
        if (at + header > data.length) break;
        length = Number(data.readBigUInt64BE(at + 2));
      }
      const end = at + header + length;
      if (end > data.length) break;
      const payload = data.subarray(at + header, end);
      if (opcode === opcodeText) this.#options.onText(payload);
      else if (opcode === opcodeClose && length >= 2) this.#closeCode = payload.readUInt16BE(0);
      else if (opcode === opcodePing) this.raw.write(Buffer.from([0x8a, maskBit, 0, 0, 0, 0]));
      at = end;
    }
    if (at < data.length) this.#rest = Buffer.from(data.subarray(at));
  }
}

/** Frames that one write carries: a burst arrives as one. */
export function maskedFrames(texts: readonly string[]): Buffer {
  return Buffer.concat(texts.map((text) => frameOf(text, maskBit)));
}

/** The same as a server sends them. */
export function serverFrames(texts: readonly string[]): Buffer {
  return Buffer.concat(texts.map((text) => frameOf(text, 0)));
}

function frameOf(text: string, mask: 0 | typeof maskBit): Buffer {
  const length = Buffer.byteLength(text);
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = 2 + extended + (mask === 0 ? 0 : maskBytes);
  const frame = Buffer.alloc(header + length);
  frame[0] = 0x80 | opcodeText;
  if (extended === 0) frame[1] = mask | length;
  else if (extended === 2) {
    frame[1] = mask | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = mask | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header);
  return frame;
}

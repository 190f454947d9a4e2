// A `Link` over anything that has the API of a browser's WebSocket; `ws` has it too.
import type { Frame, Link } from './transport.js';

export interface SocketLike {
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
}

export class SocketLink implements Link {
  onOpen: (() => void) | undefined;
  onMessage: ((frame: Frame) => void) | undefined;
  onClose: ((code: number, reason: string) => void) | undefined;
  private readonly socket: SocketLike;

  constructor(socket: SocketLike) {
    this.socket = socket;
    socket.onopen = () => this.onOpen?.();
    socket.onmessage = ({ data }) =>
      this.onMessage?.(data instanceof ArrayBuffer ? new Uint8Array(data) : (data as Frame));
    socket.onclose = ({ code, reason }) => this.onClose?.(code, reason);
    // A close always follows, and says more.
    socket.onerror = () => {};
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  send(frame: Frame): void {
    this.socket.send(frame as string | Uint8Array);
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }
}

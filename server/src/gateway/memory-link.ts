/**
 * A connection inside one process: the client's link and the hub's wire back to back. Messages are encoded as on a
 * socket, so neither side can reach into the other's objects, and everything the gateway does holds here too.
 */
import { msgpackCodec } from '@cuehub/protocol';
import type { Frame, Link, Transport } from '@cuehub/client/core';
import type { Packet } from '../hub/packet.js';
import { payloadOf } from './frame-writer.js';
import type { Wire, WireListener } from './wire.js';

/** What a socket tells when nobody closed it properly. */
const ABNORMAL = 1006;
const NO_CODE = 1005;

/** `accept` takes the hub's end of each link and says who listens to it; null when the hub takes none any more. */
export function memoryTransport(accept: (wire: Wire) => WireListener | null): Transport {
  return {
    codec: { ...msgpackCodec, decode: decodeBytes },
    connect: () => {
      const pipe = new MemoryPipe(accept);
      return pipe.link;
    },
  };
}

function decodeBytes(frame: Frame): unknown {
  if (!(frame instanceof Uint8Array)) throw new TypeError('a link in memory carries bytes');
  return msgpackCodec.decode(frame);
}

/** Both ends. Whatever crosses arrives in a microtask of its own: nobody is called back while calling. */
class MemoryPipe {
  readonly link: Link;
  readonly #wire: Wire;
  #listener: WireListener | null = null;
  #open = false;
  #over = false;
  /** Frames for the hub while it does not read; null while it does. */
  #unread: Uint8Array[] | null = null;

  constructor(accept: (wire: Wire) => WireListener | null) {
    this.link = {
      onOpen: undefined,
      onMessage: undefined,
      onClose: undefined,
      bufferedAmount: 0,
      send: (frame) => this.#toHub(frame),
      close: (code) => this.#closedByClient(code),
    };
    this.#wire = {
      codec: msgpackCodec,
      write: (packet, done) => this.#toClient(packet, done),
      close: (code, reason) => this.#closedByHub(code, reason),
      terminate: () => this.#closedByHub(ABNORMAL, ''),
      pause: () => {
        this.#unread ??= [];
      },
      resume: () => {
        const unread = this.#unread ?? [];
        this.#unread = null;
        for (const frame of unread) this.#toHub(frame);
      },
    };
    queueMicrotask(() => {
      if (this.#over) return;
      this.#listener = accept(this.#wire);
      if (this.#listener === null) return this.#closedByHub(ABNORMAL, 'the hub is closed');
      this.#open = true;
      this.link.onOpen?.();
    });
  }

  #toHub(frame: Frame): void {
    if (!this.#open || !(frame instanceof Uint8Array)) return;
    if (this.#unread !== null) {
      this.#unread.push(frame);
      return;
    }
    queueMicrotask(() => {
      if (this.#open) this.#listener?.frame(frame, true);
    });
  }

  #toClient({ frames }: Packet, done: () => void): boolean {
    for (const frame of frames) {
      // Decoded bytes are views into the frame, and this frame may be on its way to others.
      const bytes = Uint8Array.from(payloadOf(frame));
      queueMicrotask(() => {
        if (!this.#over) this.link.onMessage?.(bytes);
      });
    }
    queueMicrotask(done);
    return false;
  }

  #closedByClient(code: number): void {
    if (this.#over) return;
    this.#over = true;
    queueMicrotask(() => {
      this.#open = false;
      this.#listener?.ended(code === 0 ? NO_CODE : code);
      this.link.onClose?.(code, '');
    });
  }

  #closedByHub(code: number, reason: string): void {
    if (this.#over) return;
    this.#open = false;
    queueMicrotask(() => {
      if (this.#over) return;
      this.#over = true;
      this.link.onClose?.(code, reason);
    });
  }
}

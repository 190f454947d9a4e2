/**
 * Bytes to the system past Node's Writable, which for fan-out costs as much as all that the hub itself does for a socket.
 * The one place that knows Node's TCP handle from inside: where this Node does not offer what that needs, or a socket is
 * of another kind, there is no direct writer, and whoever asks for one writes in the ordinary way.
 *
 * Direct and ordinary writes may be mixed: libuv keeps the order of all that it was handed. A direct write is only
 * possible while the Writable holds nothing that is still to be handed over.
 */
import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** Node's request of a write. It gets a native side only when the system cannot take all bytes at once. */
interface WriteRequest {
  oncomplete?: (this: WriteRequest, status: number) => void;
  /** Keeps the bytes while the system reads them. */
  buffer?: Buffer;
  getAsyncId(): number;
}

interface Handle {
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
}

/** Requests for all sockets. `spare` serves every write that the system takes at once, and goes with one that it does not. */
interface Requests {
  readonly Request: new () => WriteRequest;
  spare: WriteRequest;
}

/** What `getAsyncId` says of a request without a native side. */
const UNUSED = -1;

const requests = findRequests();

/** Whether this Node lets sockets be written to directly; false means everything goes through `socket.write`. */
export const canWriteDirectly: boolean = requests !== null;

/** Learned from an ordinary write, to a socket that leads nowhere: to ask Node for the class by its name is deprecated. */
function findRequests(): Requests | null {
  let seen: unknown;
  const handle = {
    writeBuffer: (request: object): number => {
      seen = request.constructor;
      return 0;
    },
    close: (closed?: () => void): void => closed?.(),
  };
  try {
    const socket = new Socket({ handle, readable: false, writable: true } as object);
    socket.on('error', () => {});
    socket.write(Buffer.from('x'));
    socket.destroy();
    const Request = seen as Requests['Request'];
    const spare = new Request();
    return spare.getAsyncId() === UNUSED ? { Request, spare } : null;
  } catch {
    return null;
  }
}

/** Null where the socket is to be written to in the ordinary way. */
export function directWriter(socket: object): DirectWriter | null {
  if (requests === null || !(socket instanceof Socket)) return null;
  const { _handle: handle } = socket as unknown as { _handle?: (Handle & { constructor: { name: string } }) | null };
  if (handle === undefined || handle === null || handle.constructor.name !== 'TCP') return null;
  return typeof handle.writeBuffer === 'function' ? new DirectWriter(socket, handle, requests) : null;
}

export class DirectWriter {
  readonly #socket: Socket;
  readonly #handle: Handle;
  readonly #requests: Requests;
  /** Writes that the system has not taken all of. */
  #under_way = 0;

  constructor(socket: Socket, handle: Handle, all: Requests) {
    this.#socket = socket;
    this.#handle = handle;
    this.#requests = all;
  }

  /** Whether a write now is one that Node would pass on at once. The ordinary way takes it else, and keeps the order. */
  get ready(): boolean {
    const socket = this.#socket;
    return (
      this.#under_way === 0 &&
      socket.writable &&
      socket.writableLength === 0 &&
      socket.writableCorked === 0 &&
      !socket.connecting &&
      // Its timer is Node's to wind up.
      !socket.timeout
    );
  }

  /** Only when `ready`. True when the system took it at once; else `done` comes when it has, or never when the socket died. */
  write(bytes: Buffer, done: () => void): boolean {
    const all = this.#requests;
    const request = all.spare;
    const status = this.#handle.writeBuffer(request, bytes);
    // The handle's `writeQueueSize` would not do to tell: libuv may get rid of the rest at its second attempt, within
    // `writeBuffer`, and still says so later.
    if (status === 0 && request.getAsyncId() === UNUSED) return true;
    all.spare = new all.Request();
    if (status !== 0) {
      this.#socket.destroy(writeError(status));
      return false;
    }
    this.#under_way += 1;
    request.buffer = bytes;
    request.oncomplete = (completed) => this.#completed(completed, done);
    return false;
  }

  #completed(status: number, done: () => void): void {
    this.#under_way -= 1;
    if (this.#socket.destroyed) return;
    if (status < 0) this.#socket.destroy(writeError(status));
    else done();
  }
}

/** As Node tells it of an ordinary write. */
function writeError(status: number): NodeJS.ErrnoException {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), { errno: status, code, syscall: 'write' });
}

/**
 * Node as a version would be whose requests do not tell whether the system took everything at once. The project
 * `gateway-write` of the tests starts with this, so that what the gateway promises is tested on `socket.write` too.
 */
import { Socket } from 'node:net';

const handle = {
  writeBuffer: (request: object): number => {
    Object.assign(Object.getPrototypeOf(request) as object, { getAsyncId: undefined });
    return 0;
  },
  close: (closed?: () => void): void => closed?.(),
};
const socket = new Socket({ handle, readable: false, writable: true } as object);
socket.write(Buffer.from('x'));
socket.destroy();

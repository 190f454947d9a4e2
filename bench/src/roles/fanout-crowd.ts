// A crowd that counts frames, of the hub or of a peer, in a process of its own.
import { LightSocket } from '../light-socket.js';
import { LightWatcher } from '../light-watcher.js';
import { serveRole } from '../role.js';

let counted = 0;
let wanted = Infinity;
let reached: () => void = () => {};

function count(): void {
  counted += 1;
  if (counted === wanted) reached();
}

const isChunk = (payload: Buffer): boolean => payload.includes('"chunk"');

serveRole({
  async hub(port: number, lane: string, watchers: number): Promise<void> {
    for (let n = 0; n < watchers; n += 1) {
      const onFrame = (payload: Buffer): void => {
        if (isChunk(payload)) count();
      };
      await LightWatcher.open({ port, topics: ['text'], lanes: [lane], onFrame });
    }
  },

  async plain(port: number, watchers: number): Promise<void> {
    for (let n = 0; n < watchers; n += 1) await LightSocket.open({ port, path: '/watcher', onText: count });
  },

  async socketio(port: number, watchers: number): Promise<void> {
    for (let n = 0; n < watchers; n += 1) {
      await new Promise<void>((resolve, reject) => {
        const opening = LightSocket.open({
          port,
          path: '/socket.io/?EIO=4&transport=websocket',
          onText: (payload) => {
            // Engine.IO: 0 open, 2 ping, 4 message; Socket.IO within a message: 0 connected, 2 event.
            const text = payload.toString('latin1', 0, 2);
            if (text === '42') count();
            else if (text.startsWith('0')) opening.then((socket) => socket.send('40'), reject);
            else if (text.startsWith('2')) opening.then((socket) => socket.send('3'), reject);
            else if (text === '40') resolve();
          },
        });
        opening.catch(reject);
      });
    }
  },

  ready(): void {},

  /** Resolves when so many more frames have come, all watchers together. */
  expect(frames: number): Promise<void> {
    counted = 0;
    wanted = frames;
    return new Promise((resolve) => {
      reached = resolve;
    });
  },
});

// A crowd that watches one lane of a hub and counts the chunks that come.
import { serveRole } from '../role.js';
import { Socket } from '../socket.js';

const audience: Socket[] = [];

serveRole({
  async open(url: string, lane: string, count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const watcher = await Socket.open(url, `watcher-${n}`);
      await watcher.ask({ type: 'subscribe', lane, topics: ['text'] });
      audience.push(watcher);
    }
  },

  /** Returns when everybody has so many chunks. */
  async until(chunks: number): Promise<void> {
    while (audience.some((watcher) => watcher.chunks < chunks)) await new Promise(setImmediate);
  },
});

/** The thread that writes: takes orders one after the other, and waits for the disk so that nobody else has to. */
import { parentPort, workerData } from 'node:worker_threads';
import { LmdbFile } from './lmdb-file.js';
import { writing } from './store-gate.js';
import type { Answer, Order, ThreadData } from './store.js';

const port = parentPort;
if (port === null) throw new Error('this is started by the journal');
const { options, gate } = workerData as ThreadData;
const file = new LmdbFile(options);

port.on('message', (order: Order) => {
  const answer = (told: Omit<Answer, 'id'>, handed_back: readonly ArrayBuffer[] = []): void =>
    port.postMessage({ id: order.id, ...told }, handed_back);
  try {
    if (order.kind === 'commit') {
      writing(gate, () => file.commit(order.groups));
      const { groups } = order;
      answer(
        { groups },
        groups.map(({ buffer }) => buffer),
      );
    } else if (order.kind === 'trim') answer({ result: writing(gate, () => file.trim(order.request)) });
    else
      void file.close().then(
        () => answer({}),
        (error: unknown) => answer({ error: String(error) }),
      );
  } catch (error) {
    const groups = order.kind === 'commit' ? order.groups : undefined;
    const message = error instanceof Error ? error.message : String(error);
    if (groups === undefined) answer({ error: message });
    else
      answer(
        { error: message, groups },
        groups.map(({ buffer }) => buffer),
      );
  }
});

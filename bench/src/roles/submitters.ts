// Producers of the hub: submit with many in flight, and count what is acknowledged; and pass whole tasks through.
import { serveRole } from '../role.js';
import { type Frame, runOf, Socket } from '../socket.js';

const priorities = [1, 2, 3, 4, 5];
/** As a bot would submit them: a command with a few words. */
const args = { command: 'say', text: 'the lights are on and the door is closed', user: 'somebody' };

let sockets: readonly Socket[] = [];

function opened(): readonly Socket[] {
  if (sockets.length === 0) throw new Error('open comes first');
  return sockets;
}

serveRole({
  async open(url: string, producers: number): Promise<void> {
    sockets = await Promise.all(Array.from({ length: producers }, (_, n) => Socket.open(url, `producer-${n}`)));
  },

  /** Submits that were acknowledged a second: `count` of them to a lane, so many in flight. They stay waiting there. */
  async submit(lane: string, count: number, inFlight: number): Promise<number> {
    const producers = opened();
    let sent = 0;
    let acknowledged = 0;
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      const submit = (): void => {
        if (sent === count) return;
        const task = { name: 'bench', priority: priorities[sent % priorities.length], args };
        const producer = producers[sent % producers.length];
        sent += 1;
        producer?.request({ type: 'task.submit', lane, task }, (frame) => {
          if (frame.type === 'error') return reject(new Error(JSON.stringify(frame)));
          acknowledged += 1;
          if (acknowledged === count) resolve();
          else submit();
        });
      };
      for (let n = 0; n < inFlight; n += 1) submit();
    });
    return (count * 1000) / (performance.now() - started);
  },

  /** So many tasks from their submission to an acknowledged end, over some lanes. Resolves with the seconds it took. */
  async pass(lanes: readonly string[], count: number, ahead: number): Promise<number> {
    const [producer, worker = producer] = opened();
    if (producer === undefined || worker === undefined) throw new Error('two sockets');
    for (const lane of lanes) await worker.ask({ type: 'worker.register', lane, names: ['bench'] });
    let sent = 0;
    let ended = 0;
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      const failed = (frame: Frame): boolean => {
        if (frame.type === 'error') reject(new Error(JSON.stringify(frame)));
        return frame.type === 'error';
      };
      const submit = (lane: string): void => {
        if (sent === count) return;
        sent += 1;
        producer.request({ type: 'task.submit', lane, task: { name: 'bench', args } }, failed);
      };
      worker.on('task.dispatch', (frame) => {
        worker.request({ type: 'task.complete', ...runOf(frame), result: 'ok' }, (ok) => {
          if (failed(ok)) return;
          ended += 1;
          if (ended === count) resolve();
          else submit(frame.task?.lane ?? '');
        });
      });
      for (let n = 0; n < ahead; n += 1) for (const lane of lanes) submit(lane);
    });
    return (performance.now() - started) / 1000;
  },
});

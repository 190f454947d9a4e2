// BullMQ on a Redis without persistence: a queue and a worker of concurrency 1, in one process as the hub's clients are.
import { type Job, Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { serveRole } from '../role.js';

const name = 'bench';

let queue: Queue | undefined;
let onJob: (job: Job) => void = () => {};
let onCompleted: () => void = () => {};

function opened(): Queue {
  if (queue === undefined) throw new Error('open comes first');
  return queue;
}

serveRole({
  async open(path: string): Promise<void> {
    const connection = (): Redis => new Redis({ path, maxRetriesPerRequest: null });
    queue = new Queue(name, { connection: connection() });
    const worker = new Worker(
      name,
      async (job: Job) => {
        onJob(job);
        return {};
      },
      { connection: connection(), concurrency: 1, removeOnComplete: { count: 0 } },
    );
    worker.on('completed', () => onCompleted());
    const events = new QueueEvents(name, { connection: connection() });
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady(), events.waitUntilReady()]);
  },

  /** From adding a job to its start, one at a time: ms each. */
  async addToStart(rounds: number): Promise<number[]> {
    const durations: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const completed = new Promise<void>((resolve) => {
        onCompleted = resolve;
      });
      const addedAt = performance.now();
      onJob = () => durations.push(performance.now() - addedAt);
      await opened().add('command', { round });
      await completed;
    }
    return durations;
  },

  /** Jobs added, run and completed a second, `ahead` of them waiting at a time. */
  async lifecycles(count: number, ahead: number): Promise<number> {
    onJob = () => {};
    let completed = 0;
    let added = 0;
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      const add = (): void => {
        if (added === count) return;
        added += 1;
        opened().add('command', { round: added }).catch(reject);
      };
      onCompleted = () => {
        completed += 1;
        if (completed === count) resolve();
        else add();
      };
      for (let n = 0; n < ahead; n += 1) add();
    });
    return (count * 1000) / (performance.now() - started);
  },
});

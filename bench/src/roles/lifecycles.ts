// Producers and a worker of the hub: keeps each lane supplied, and counts a lifecycle when its end is acknowledged.
import { serveRole } from '../role.js';
import { type Frame, runOf, Socket } from '../socket.js';

interface Crew {
  readonly producer: Socket;
  readonly worker: Socket;
  readonly lanes: readonly string[];
}

let crew: Crew | undefined;
/** Acknowledged so far. */
let ends = 0;

serveRole({
  async open(url: string, lanes: readonly string[]): Promise<void> {
    const producer = await Socket.open(url, 'producer');
    const worker = await Socket.open(url, 'worker');
    await Promise.all(lanes.map((lane) => worker.ask({ type: 'worker.register', lane, names: ['echo'] })));
    crew = { producer, worker, lanes };
  },

  ends: (): number => ends,

  /** Lifecycles a second over `ms`, up to `ahead` tasks of a lane on their way at a time. Before that it runs for `warm_ms`. */
  async run(ms: number, ahead: number, warm_ms: number): Promise<number> {
    if (crew === undefined) throw new Error('open comes first');
    const { producer, worker, lanes } = crew;
    let open = true;
    let running = 0;
    let counted = 0;
    let failed: Error | undefined;
    let idle: () => void = () => {};
    const over = (frame: Frame): void => {
      if (frame.type === 'error') failed = new Error(JSON.stringify(frame));
      running -= 1;
      ends += 1;
      if (open) counted += 1;
      if (running === 0 && !open) idle();
    };
    const submit = (lane: string): void => {
      running += 1;
      producer.request({ type: 'task.submit', lane, task: { name: 'echo', args: { said: 'and then' } } }, (frame) => {
        if (frame.type === 'error') over(frame);
      });
    };
    worker.on('task.dispatch', (frame) => {
      worker.request({ type: 'task.complete', ...runOf(frame), result: 'ok' }, (ok) => {
        over(ok);
        const lane = frame.task?.lane;
        if (open && lane !== undefined) submit(lane);
      });
    });
    for (const lane of lanes) for (let n = 0; n < ahead; n += 1) submit(lane);
    await new Promise((resolve) => setTimeout(resolve, warm_ms));
    counted = 0;
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, ms));
    const seconds = (performance.now() - started) / 1000;
    open = false;
    const rate = counted / seconds;
    if (running > 0) await new Promise<void>((resolve) => (idle = resolve));
    if (failed !== undefined) throw failed;
    return rate;
  },

  /** From submitting a task to its end being acknowledged, one at a time: ms each. */
  async oneByOne(rounds: number): Promise<number[]> {
    if (crew === undefined) throw new Error('open comes first');
    const { producer, worker, lanes } = crew;
    const lane = lanes[0];
    const durations: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now();
      const ended = new Promise<Frame>((resolve) => {
        worker.on('task.dispatch', (frame) => {
          worker.request({ type: 'task.complete', ...runOf(frame), result: round }, resolve);
        });
      });
      await Promise.all([producer.ask({ type: 'task.submit', lane, task: { name: 'echo', args: { round } } }), ended]);
      durations.push(performance.now() - startedAt);
    }
    return durations;
  },
});

// A stream of text to many watchers.
import { rounded } from '../measure.js';
import type { Scenario } from '../scenario.js';
import { runOf, Socket } from '../socket.js';

const lane = 'bench-fan-out';
const full = { watchers: 200, waves: 150 };
const quick = { watchers: 200, waves: 30 };
const chunksPerWave = 20;
const chunkText = 'and then the cat looked up, yawned, and said nothing at all for a while. ';

export const scenario: Scenario = {
  about: 'chunks of a stream to many watchers',
  async run(bench) {
    const { watchers, waves } = bench.quick ? quick : full;
    const hub = await bench.hub();
    const crowd = await bench.helper('watchers');
    const worker = await Socket.open(hub.socketUrl, 'worker');
    bench.after(() => worker.close());
    await worker.ask({ type: 'worker.register', lane, names: ['talk'] });
    await crowd.call('open', hub.socketUrl, lane, watchers);
    const dispatched = worker.next('task.dispatch');
    await worker.ask({ type: 'task.submit', lane, task: { name: 'talk' } });
    const run = runOf(await dispatched);
    await worker.ask({ type: 'stream.open', ...run });
    const cpuBefore = hub.cpuMs() ?? Number.NaN;
    const started = performance.now();
    let seq = 0;
    for (let wave = 0; wave < waves; wave += 1) {
      for (let n = 0; n < chunksPerWave; n += 1) {
        worker.send({ type: 'stream.chunk', ...run, seq, data: chunkText });
        seq += 1;
      }
      await crowd.call('until', seq);
    }
    const seconds = (performance.now() - started) / 1000;
    const cpu = (hub.cpuMs() ?? Number.NaN) - cpuBefore;
    await worker.ask({ type: 'task.complete', ...run });
    const deliveries = seq * watchers;
    const figures = {
      deliveries_per_s: rounded(deliveries / seconds),
      hub_cpu_us_per_delivery: rounded((cpu * 1000) / deliveries),
    };
    return {
      tables: [
        {
          title: `${deliveries} deliveries to ${watchers} watchers`,
          columns: ['deliveries a second', 'hub CPU µs a delivery'],
          rows: [[figures.deliveries_per_s, figures.hub_cpu_us_per_delivery]],
        },
      ],
      figures,
      ratios: {},
      goals: [],
    };
  },
};

// Many lanes that stream at once, each with its watchers: does every chunk come, and how late are the last of them?
import { rest } from '../blocks.js';
import type { Helper } from '../helper.js';
import { Histogram } from '../histogram.js';
import { ratio, rounded } from '../measure.js';
import type { Bench, Scenario } from '../scenario.js';

interface Size {
  readonly lanes: number;
  readonly watchersPerLane: number;
  readonly lanesPerSocket: number;
  readonly per_s: number;
  readonly seconds: number;
  /** Streamed beforehand and not counted. */
  readonly warm_s: number;
  /** After the last chunk was sent, so that what is late is counted too. */
  readonly drain_ms: number;
}

const many = { lanes: 500, watchersPerLane: 20, per_s: 20, warm_s: 2, drain_ms: 2_000 };
const full: readonly Size[] = [
  { ...many, lanesPerSocket: 10, seconds: 60 },
  { ...many, lanesPerSocket: 1, seconds: 10 },
];
const few = { ...many, lanes: 50, warm_s: 1, drain_ms: 500 };
const quick: readonly Size[] = [{ ...few, lanesPerSocket: 10, seconds: 2 }];
const processes = 2;

interface Held {
  readonly size: Size;
  readonly sockets: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  readonly per_s: number;
  readonly missing: number;
  readonly cores: number;
  readonly cpu_us: number;
}

async function hold(bench: Bench, size: Size): Promise<Held> {
  const { lanes, watchersPerLane, lanesPerSocket, per_s, seconds, warm_s, drain_ms } = size;
  const hub = await bench.hub();
  const names = Array.from({ length: lanes }, (_, index) => `bench-lane-${index}`);
  const sockets = (lanes * watchersPerLane) / lanesPerSocket;
  // Watcher after watcher takes the next few lanes, round and round.
  const watched = Array.from({ length: sockets }, (_, socket) =>
    Array.from({ length: lanesPerSocket }, (__, n) => names[(socket * lanesPerSocket + n) % lanes] ?? ''),
  );
  const producers = await bench.helper('lane-producers');
  await producers.call('open', hub.socketUrl, names);
  const crowds: Helper[] = [];
  const share = Math.ceil(sockets / processes);
  for (let index = 0; index < processes; index += 1) {
    const helper = await bench.helper('crowd');
    const mine = watched.slice(index * share, (index + 1) * share);
    const port = Number(new URL(hub.url).port);
    await helper.call('open', { port, address: `127.0.0.${index + 2}`, topics: ['text'], lanes: mine });
    crowds.push(helper);
  }
  await producers.call('stream', per_s, warm_s);
  await rest(drain_ms);
  await Promise.all(crowds.map((crowd) => crowd.call('reset')));
  const cpuBefore = hub.cpuMs() ?? Number.NaN;
  const streamed = await producers.call<{ sent: number; seconds: number }>('stream', per_s, seconds);
  const cpu = (hub.cpuMs() ?? Number.NaN) - cpuBefore;
  await rest(drain_ms);
  const ages = new Histogram();
  let came = 0;
  for (const crowd of crowds) {
    const figures = await crowd.call<{ counts: Uint32Array; chunks: number }>('figures');
    ages.merge(figures.counts);
    came += figures.chunks;
  }
  await Promise.all([...crowds, producers].map((helper) => helper.stop()));
  await hub.stop();
  return {
    size,
    sockets,
    p50_ms: ages.percentile(0.5),
    p99_ms: ages.percentile(0.99),
    max_ms: ages.percentile(1),
    per_s: rounded(came / streamed.seconds),
    missing: streamed.sent * watchersPerLane - came,
    cores: rounded(cpu / 1000 / streamed.seconds),
    cpu_us: rounded((cpu * 1000) / came),
  };
}

export const scenario: Scenario = {
  about: '500 lanes with 20 watchers each at 20 chunks a second, for a minute',
  async run(bench) {
    const held: Held[] = [];
    for (const size of bench.quick ? quick : full) {
      held.push(await hold(bench, size));
      bench.say(`${held.at(-1)?.sockets} sockets: p99 ${held.at(-1)?.p99_ms} ms`);
    }
    const [main] = held;
    if (main === undefined) throw new Error('nothing was measured');
    const { lanes, watchersPerLane, per_s, seconds } = main.size;
    const wanted = lanes * watchersPerLane * per_s;
    const figures = Object.assign(
      {},
      ...held.map(({ sockets, p50_ms, p99_ms, max_ms, missing, cores, cpu_us, per_s: rate }) => ({
        [`sockets_${sockets}_p50_ms`]: p50_ms,
        [`sockets_${sockets}_p99_ms`]: p99_ms,
        [`sockets_${sockets}_max_ms`]: max_ms,
        [`sockets_${sockets}_deliveries_per_s`]: rate,
        [`sockets_${sockets}_missing`]: missing,
        [`sockets_${sockets}_hub_cores`]: cores,
        [`sockets_${sockets}_hub_cpu_us_per_delivery`]: cpu_us,
      })),
    ) as Record<string, number>;
    return {
      tables: [
        {
          title: `${lanes} lanes, ${watchersPerLane} watchers each, ${per_s} chunks a second a lane: ${wanted} deliveries a second`,
          columns: ['watchers', 'seconds', 'p50 ms', 'p99 ms', 'max ms', 'a second', 'missing', 'hub cores', 'µs each'],
          rows: held.map(({ size, sockets, p50_ms, p99_ms, max_ms, per_s: rate, missing, cores, cpu_us }) => [
            `${sockets} sockets of ${size.lanesPerSocket} lanes`,
            size.seconds,
            p50_ms,
            p99_ms,
            max_ms,
            rate,
            missing,
            cores,
            cpu_us,
          ]),
        },
      ],
      figures,
      ratios: { rate_to_wanted: ratio(main.per_s, wanted) },
      goals: [
        { what: `p99 of a delivery over ${seconds} s, ${main.sockets} sockets, ms`, value: main.p99_ms, at_most: 50 },
        { what: 'chunks that did not come', value: main.missing, at_most: 0 },
      ],
      notes: [
        'From the send at the worker to the read at the watcher, over the clock that all processes share.',
        'A socket that watches one lane alone gets a write for each chunk: then the system calls of hub and watchers are all there is.',
      ],
    };
  },
};

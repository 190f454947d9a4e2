// Ten thousand who watch and wait: what each costs, how fast a fact reaches all of them, and how long it takes when all
// of them come back at once.
import { rest } from '../blocks.js';
import { machineMs } from '../clock.js';
import type { Helper } from '../helper.js';
import { median, percentile, rounded } from '../measure.js';
import type { Scenario } from '../scenario.js';
import { Socket } from '../socket.js';

const lane = 'bench-connections';
const full = { watchers: 10_000, processes: 4, facts: 20, settle_ms: 5_000 };
const quick = { watchers: 2_000, processes: 2, facts: 5, settle_ms: 500 };
const missed = 5;
const kibibyte = 1024;
const warmUp = 200;

export const scenario: Scenario = {
  about: '10 000 idle watchers: memory each, a fact to all of them, all of them coming back at once',
  async run(bench) {
    const { watchers, processes, facts, settle_ms } = bench.quick ? quick : full;
    const hub = await bench.hub();
    const port = Number(new URL(hub.url).port);
    const producer = await Socket.open(hub.socketUrl, 'producer');
    bench.after(() => producer.close());
    const tell = async (): Promise<void> => {
      await producer.ask({ type: 'task.submit', lane, task: { name: 'nobody' } });
    };
    await tell();
    const crowd = async (count: number, index: number): Promise<Helper> => {
      const helper = await bench.helper('crowd');
      const lanes = Array.from({ length: count }, () => [lane]);
      await helper.call('open', { port, address: `127.0.0.${index + 2}`, topics: ['state', 'task'], lanes });
      return helper;
    };
    // What the hub needs for the first of its watchers is not counted with the others.
    const first = await crowd(warmUp, processes);
    await first.call('drop');
    await rest(settle_ms);
    const emptyBytes = hub.rssBytes() ?? Number.NaN;
    const opening = performance.now();
    const crowds = await Promise.all(
      Array.from({ length: processes }, (_, index) => crowd(watchers / processes, index)),
    );
    const opened_s = (performance.now() - opening) / 1000;
    await rest(settle_ms);
    const kibEach = ((hub.rssBytes() ?? Number.NaN) - emptyBytes) / watchers / kibibyte;
    bench.say(`${watchers} watch, ${rounded(kibEach)} KiB each`);

    const all = <T>(name: string, ...args: unknown[]): Promise<T[]> =>
      Promise.all(crowds.map((one) => one.call<T>(name, ...args)));
    const reach: number[] = [];
    const cpuBefore = hub.cpuMs() ?? Number.NaN;
    for (let n = 0; n < facts; n += 1) {
      await all('reset');
      const heard = all<number>('facts', watchers / processes);
      const saidAt = machineMs();
      await tell();
      reach.push(Math.max(...(await heard)) - saidAt);
      await rest(100);
    }
    const cpu = ((hub.cpuMs() ?? Number.NaN) - cpuBefore) / facts;

    await all('reset');
    const goneAt = machineMs();
    await all('drop');
    for (let n = 0; n < missed; n += 1) await tell();
    const caughtUp = all<number>('facts', (missed * watchers) / processes);
    const backAt = Math.max(...(await all<number>('comeBack')));
    await caughtUp;
    const back_s = (backAt - goneAt) / 1000;
    const present = (await all<number>('present', 1 + facts + missed)).reduce((sum, count) => sum + count, 0);
    const gaps = (await all<{ gaps: number }>('figures')).reduce((sum, one) => sum + one.gaps, 0);

    const figures = {
      hub_kib_each: rounded(kibEach),
      fact_to_all_p50_ms: rounded(median(reach)),
      fact_to_all_max_ms: rounded(percentile(reach, 1)),
      fact_hub_cpu_ms: rounded(cpu),
      opened_s: rounded(opened_s),
      back_s: rounded(back_s),
      lost: watchers - present,
      gaps,
    };
    return {
      tables: [
        {
          title: `${watchers} idle watchers on one hub`,
          columns: ['what', 'figure'],
          rows: [
            ['hub memory each, KiB', figures.hub_kib_each],
            ['a fact at the last of them, median of the facts, ms', figures.fact_to_all_p50_ms],
            ['a fact at the last of them, worst fact, ms', figures.fact_to_all_max_ms],
            ['hub CPU for such a fact, ms', figures.fact_hub_cpu_ms],
            ['all gone at once → all back and watching, s', figures.back_s],
            ['of them lost, or without a fact that they missed', figures.lost],
          ],
        },
      ],
      figures,
      ratios: {},
      goals: [
        { what: `hub memory for each of ${watchers} idle watchers, KiB`, value: figures.hub_kib_each, at_most: 15 },
        { what: `a fact at the last of ${watchers} watchers, ms`, value: figures.fact_to_all_max_ms, at_most: 400 },
        { what: `${watchers} reconnect at once, until all watch again, s`, value: figures.back_s, at_most: 20 },
        { what: 'watchers lost, or facts lost or doubled, by that', value: figures.lost + gaps, at_most: 0 },
      ],
      notes: [
        'Memory is what the system counts for the process of the hub (RSS), garbage not collected yet included.',
        'Clients come back as the SDK does: after 0.5 to 1 s at random, later for those that are not let in.',
      ],
    };
  },
};

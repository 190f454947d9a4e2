// submit → dispatch → complete → acknowledged, the journal on. What one lane can do is bound by the way to its worker
// and back, so it is held against echoes of a plain server, one after the other, and beside a plain server that does no
// more than hand tasks on.
import { alternate } from '../blocks.js';
import { dataFolder } from '../data-folder.js';
import type { Helper } from '../helper.js';
import type { Hub } from '../hub.js';
import { median, ratio, rounded, spread, spreadFigures } from '../measure.js';
import { sequentialEchoes } from '../plain-socket.js';
import { noRedis, startRedis } from '../redis.js';
import type { Bench, Scenario } from '../scenario.js';

const full = { rounds: 7, warm_ms: 500, block_ms: 1_500, rest_ms: 300, echoes: 15_000, oneByOne: 500, jobs: 3_000 };
const quick = { rounds: 1, warm_ms: 300, block_ms: 300, rest_ms: 50, echoes: 2_000, oneByOne: 50, jobs: 300 };
const many = 32;
/** Tasks on their way, over all lanes: a lane must not wait for a producer while ends wait for the disk. */
const ahead = { one: 512, many: 2_048, bullmq: 64 };

async function crew(bench: Bench, url: string, lanes: number): Promise<Helper> {
  const helper = await bench.helper('lifecycles');
  const names = Array.from({ length: lanes }, (_, index) => `bench-life-${lanes}-${index}`);
  await helper.call('open', url, names);
  return helper;
}

async function openBullmq(bench: Bench): Promise<Helper | null> {
  const redis = await startRedis(bench);
  if (redis === null) return null;
  const helper = await bench.helper('bullmq');
  await helper.call('open', redis);
  return helper;
}

/** What a lifecycle costs the hub, its threads included, from the first submission to the last end: µs. */
async function cpuOfEach(hub: Hub, crewOfAll: Helper, block_ms: number): Promise<number> {
  const before = hub.cpuMs() ?? Number.NaN;
  const ends = await crewOfAll.call<number>('ends');
  await crewOfAll.call('run', block_ms, ahead.many / many, 0);
  const counted = (await crewOfAll.call<number>('ends')) - ends;
  return (((hub.cpuMs() ?? Number.NaN) - before) * 1000) / counted;
}

export const scenario: Scenario = {
  about: 'submit → dispatch → complete → acknowledged with the journal on: one lane, and 32',
  async run(bench) {
    const { rounds, warm_ms, block_ms, rest_ms, echoes, oneByOne, jobs } = bench.quick ? quick : full;
    const echo = await (await bench.helper('plain-relay')).call<string>('listen');
    const hub = await bench.hub({ data: dataFolder(bench) });
    const inMemory = await crew(bench, (await bench.hub()).socketUrl, 1);
    const plain = await crew(bench, await (await bench.helper('plain-lane')).call<string>('listen'), 1);
    const one = await crew(bench, hub.socketUrl, 1);
    const all = await crew(bench, hub.socketUrl, many);
    const bullmq = await openBullmq(bench);
    const answer = { type: 'ok', re: 1, task_id: '00000000-0000-0000-0000-000000000000', state: 'queued', position: 1 };
    const rates = await alternate(
      [
        { name: 'echo', block: () => sequentialEchoes(`${echo}/echo`, echoes, answer) },
        { name: 'plain', block: () => plain.call<number>('run', block_ms, ahead.one, warm_ms) },
        { name: 'memory', block: () => inMemory.call<number>('run', block_ms, ahead.one, warm_ms) },
        { name: 'one', block: () => one.call<number>('run', block_ms, ahead.one, warm_ms) },
        { name: 'many', block: () => all.call<number>('run', block_ms, ahead.many / many, warm_ms) },
        ...(bullmq === null
          ? []
          : [{ name: 'bullmq', block: () => bullmq.call<number>('lifecycles', jobs, ahead.bullmq) }]),
      ],
      { rounds, rest_ms },
    );
    const single = spread(await one.call<number[]>('oneByOne', oneByOne));
    const cpuEach = await cpuOfEach(hub, all, block_ms);
    const rate = (name: string): number => rounded(median(rates.get(name) ?? []));
    const figures = {
      echoes_per_s: rate('echo'),
      plain_per_s: rate('plain'),
      one_lane_in_memory_per_s: rate('memory'),
      one_lane_per_s: rate('one'),
      many_lanes_per_s: rate('many'),
      many_lanes_hub_cpu_us_per_lifecycle: rounded(cpuEach),
      ...spreadFigures('one_by_one', single),
      ...(bullmq === null ? {} : { bullmq_per_s: rate('bullmq') }),
    };
    const oneToEcho = ratio(figures.one_lane_per_s, figures.echoes_per_s);
    const row = (way: string, per_s: number) => [
      way,
      per_s,
      ratio(per_s, figures.echoes_per_s),
      ratio(per_s, figures.plain_per_s),
    ];
    return {
      tables: [
        {
          title: 'lifecycles a second (median of the blocks)',
          columns: ['way', 'a second', '/ echoes', '/ floor'],
          rows: [
            row('plain ws, echo after echo', figures.echoes_per_s),
            row('plain ws that only hands on, nothing kept', figures.plain_per_s),
            row('cuehub, one lane, in memory', figures.one_lane_in_memory_per_s),
            row('cuehub, one lane', figures.one_lane_per_s),
            row(`cuehub, ${many} lanes`, figures.many_lanes_per_s),
            ...(bullmq === null ? [] : [row('BullMQ, concurrency 1, Redis without persistence', rate('bullmq'))]),
          ],
        },
        {
          title: 'one task at a time: submit → end on disk and acknowledged',
          columns: ['p50 ms', 'p99 ms', 'max ms'],
          rows: [[single.p50, single.p99, single.max]],
        },
      ],
      figures,
      ratios: {
        one_lane_to_echo: oneToEcho,
        one_lane_to_plain: ratio(figures.one_lane_per_s, figures.plain_per_s),
        one_lane_in_memory_to_plain: ratio(figures.one_lane_in_memory_per_s, figures.plain_per_s),
        plain_to_echo: ratio(figures.plain_per_s, figures.echoes_per_s),
      },
      goals: [
        { what: 'lifecycles of one lane / sequential plain echoes', value: oneToEcho, at_least: 0.6 },
        { what: `lifecycles a second of ${many} lanes`, value: figures.many_lanes_per_s, at_least: 20_000 },
      ],
      chart: [
        {
          title: 'Whole tasks, every end on disk before it is acknowledged',
          unit: 'a second',
          better: 'higher',
          bars: [
            { who: `cuehub, ${many} lanes`, value: figures.many_lanes_per_s },
            { who: 'cuehub, one lane', value: figures.one_lane_per_s },
            ...(bullmq === null ? [] : [{ who: 'BullMQ, Redis in memory', value: rate('bullmq') }]),
          ],
        },
      ],
      notes: [
        'The floor: a plain ws server that hands one task after the other to its worker and answers, and does nothing else.',
        ...(bullmq === null ? [noRedis] : []),
      ],
    };
  },
};

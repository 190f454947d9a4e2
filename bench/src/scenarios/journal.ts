// What it costs that nothing acknowledged is lost: submits with many in flight, by what their `ok` waits for.
import { alternate } from '../blocks.js';
import { dataFolder } from '../data-folder.js';
import type { Helper } from '../helper.js';
import type { Hub } from '../hub.js';
import { median, ratio, rounded } from '../measure.js';
import type { Bench, Scenario } from '../scenario.js';

const full = { rounds: 5, count: 15_000, rest_ms: 400 };
const quick = { rounds: 2, count: 3_000, rest_ms: 50 };
const producers = 4;
const inFlight = 2_048;
const ways = ['memory', 'none', 'process', 'disk'] as const;
type Way = (typeof ways)[number];

interface Block {
  readonly per_s: number;
  readonly cpu_us: number;
}

async function openWay(bench: Bench, way: Way): Promise<{ hub: Hub; helper: Helper }> {
  const kept = way === 'memory' ? {} : { data: dataFolder(bench), flags: ['--durability', way] };
  const hub = await bench.hub(kept);
  const helper = await bench.helper('submitters');
  await helper.call('open', hub.socketUrl, producers);
  return { hub, helper };
}

export const scenario: Scenario = {
  about: 'submits acknowledged a second, many in flight: in memory, and by what an ok waits for',
  async run(bench) {
    const { rounds, count, rest_ms } = bench.quick ? quick : full;
    let lanes = 0;
    const contenders = await Promise.all(
      ways.map(async (way) => {
        const { hub, helper } = await openWay(bench, way);
        const block = async (): Promise<Block> => {
          // A lane holds only so many that wait, and what waits is not to be measured: each block has its own.
          lanes += 1;
          const before = hub.cpuMs() ?? Number.NaN;
          const per_s = await helper.call<number>('submit', `bench-journal-${lanes}`, count, inFlight);
          return { per_s, cpu_us: (((hub.cpuMs() ?? Number.NaN) - before) * 1000) / count };
        };
        // The first one is not counted.
        await block();
        return { name: way, block };
      }),
    );
    const blocks = await alternate(contenders, { rounds, rest_ms });
    const per_s = (way: Way): number => rounded(median((blocks.get(way) ?? []).map((block) => block.per_s)));
    const cpu_us = (way: Way): number => rounded(median((blocks.get(way) ?? []).map((block) => block.cpu_us)));
    const names: Readonly<Record<Way, string>> = {
      memory: 'in memory, no journal',
      none: 'journal, ok waits for nothing',
      process: 'journal, ok waits for the system',
      disk: 'journal, ok waits for the disk',
    };
    return {
      tables: [
        {
          title: `submits acknowledged a second, ${inFlight} in flight (median of ${rounds} blocks of ${count})`,
          columns: ['way', 'a second', '/ memory', 'hub CPU µs each'],
          rows: ways.map((way) => [names[way], per_s(way), ratio(per_s(way), per_s('memory')), cpu_us(way)]),
        },
      ],
      figures: Object.fromEntries(
        ways.flatMap((way) => [
          [`${way}_submits_per_s`, per_s(way)],
          [`${way}_hub_cpu_us_per_submit`, cpu_us(way)],
        ]),
      ),
      ratios: { disk_to_memory: ratio(per_s('disk'), per_s('memory')) },
      goals: [
        { what: 'submits on disk acknowledged a second', value: per_s('disk'), at_least: 20_000 },
        // On cores that others share: all of the hub's time for 20 000 of them fits into one second of one core.
        { what: "µs of the hub's CPU for a submit on disk", value: cpu_us('disk'), at_most: 50 },
      ],
      notes: [
        'The hub and its producers share the cores: the CPU time of a submit says what the hub would do with a core of its own.',
      ],
    };
  },
};

// How long a start takes after a kill: with many tasks waiting, held against a start with none.
import { dataFolder } from '../data-folder.js';
import { median, rounded } from '../measure.js';
import type { Scenario } from '../scenario.js';

const full = { waiting: 100_000, starts: 3 };
const quick = { waiting: 20_000, starts: 1 };
/** A lane takes 5 000 of a level, so 25 000. */
const perLane = 20_000;
const inFlight = 2_048;

interface Readiness {
  readonly journal: { readonly recovery?: { readonly tasks: number; readonly duration_ms: number } | null };
}

interface Taken {
  readonly tasks: number;
  readonly start_ms: number;
  readonly cpu_ms: number;
  readonly recovery_ms: number;
  readonly rss_mb: number;
}

export const scenario: Scenario = {
  about: 'a start after a kill, until connections are taken: with tasks waiting, and with none',
  async run(bench) {
    const { waiting, starts } = bench.quick ? quick : full;
    const data = dataFolder(bench);
    const first = await bench.hub({ data });
    const helper = await bench.helper('submitters');
    await helper.call('open', first.socketUrl, 4);
    bench.say(`submitting ${waiting} tasks`);
    for (let n = 0; n * perLane < waiting; n += 1) await helper.call('submit', `bench-${n}`, perLane, inFlight);
    await first.stop('SIGKILL');
    const taken: Taken[] = [];
    const empty: Taken[] = [];
    const start = async (folder: string): Promise<Taken> => {
      const began = performance.now();
      const hub = await bench.hub({ data: folder });
      const start_ms = performance.now() - began;
      const cpu_ms = hub.cpuMs() ?? Number.NaN;
      const { journal } = (await (await fetch(`${hub.url}/readyz`)).json()) as Readiness;
      const { tasks = 0, duration_ms = 0 } = journal.recovery ?? {};
      const rss_mb = (hub.rssBytes() ?? Number.NaN) / 1024 ** 2;
      await hub.stop('SIGKILL');
      return { tasks, start_ms, cpu_ms, recovery_ms: duration_ms, rss_mb };
    };
    for (let n = 0; n < starts; n += 1) {
      const one = await start(data);
      if (one.tasks < waiting) throw new Error(`${one.tasks} of ${waiting} tasks were recovered`);
      taken.push(one);
      empty.push(await start(dataFolder(bench)));
    }
    const of = (rows: readonly Taken[], what: keyof Taken): number => rounded(median(rows.map((row) => row[what])));
    const figures = {
      recovery_ms: of(taken, 'recovery_ms'),
      recovery_cpu_ms: rounded(of(taken, 'cpu_ms') - of(empty, 'cpu_ms')),
      start_ms: of(taken, 'start_ms'),
      empty_start_ms: of(empty, 'start_ms'),
      rss_mb: of(taken, 'rss_mb'),
      empty_rss_mb: of(empty, 'rss_mb'),
    };
    return {
      tables: [
        {
          title: `a start after a kill (median of ${starts})`,
          columns: ['tasks waiting', 'recovery ms', 'CPU ms of it', 'until it listens ms', 'memory MB'],
          rows: [
            [waiting, figures.recovery_ms, figures.recovery_cpu_ms, figures.start_ms, figures.rss_mb],
            [0, 0, 0, figures.empty_start_ms, figures.empty_rss_mb],
          ],
        },
      ],
      figures,
      ratios: {},
      goals: [{ what: `ms to recover ${waiting} waiting tasks`, value: figures.recovery_ms, at_most: 2_000 }],
      notes: [
        'CPU of it: what the whole start took more than one with nothing to recover; on shared cores, the better figure.',
      ],
    };
  },
};

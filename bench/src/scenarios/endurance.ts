// Whether anything grows with what passed: memory and disk of a hub while tasks go through it, with little history kept.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../data-folder.js';
import { ratio, rounded } from '../measure.js';
import type { Scenario } from '../scenario.js';

const full = { marks: [100_000, 250_000, 500_000, 1_000_000] };
const quick = { marks: [5_000, 10_000, 15_000] };
/** Few, so that what a lane keeps of ended tasks (10 000, for ten minutes) is full long before the second mark. */
const lanes = Array.from({ length: 4 }, (_, n) => `bench-pass-${n}`);
const ahead = 128;
/** Of history; the file holds that, what lives, and room for what is written meanwhile. */
const retain_mb = 32;
/** The hub's heap may not be larger: it ends where more is held. */
const heap_mb = 256;

export const scenario: Scenario = {
  about: `memory and disk while tasks pass through, ${retain_mb} MB of history kept`,
  async run(bench) {
    const { marks } = bench.quick ? quick : full;
    const data = dataFolder(bench);
    // Garbage is left for as long as there is room for it; with little room, what grows is what is held.
    const execArgv = [`--max-old-space-size=${heap_mb}`];
    const hub = await bench.hub({ data, flags: ['--retain', `${retain_mb}MB`], execArgv });
    const helper = await bench.helper('submitters');
    await helper.call('open', hub.socketUrl, 2);
    const mb = (bytes: number | undefined): number => rounded((bytes ?? Number.NaN) / 1024 ** 2);
    const rows: { passed: number; rss_mb: number; disk_mb: number; per_s: number }[] = [];
    let passed = 0;
    for (const mark of marks) {
      const seconds = await helper.call<number>('pass', lanes, mark - passed, ahead);
      const per_s = rounded((mark - passed) / seconds);
      passed = mark;
      rows.push({ passed, rss_mb: mb(hub.rssBytes()), disk_mb: mb(statSync(join(data, 'data.mdb')).size), per_s });
      bench.say(`${passed} passed, ${rows.at(-1)?.rss_mb} MB of memory, ${rows.at(-1)?.disk_mb} MB on disk`);
    }
    // At the first mark the heap has not yet taken the room it may have.
    const [, first] = rows;
    const last = rows.at(-1);
    const grown = ratio(last?.rss_mb ?? Number.NaN, first?.rss_mb ?? Number.NaN);
    return {
      tables: [
        {
          title: 'a hub while tasks pass through',
          columns: ['tasks passed', 'memory MB', 'data file MB', 'lifecycles a second'],
          rows: rows.map(({ passed: n, rss_mb, disk_mb, per_s }) => [n, rss_mb, disk_mb, per_s]),
        },
      ],
      figures: Object.fromEntries(
        rows.flatMap(({ passed: n, rss_mb, disk_mb }) => [
          [`after_${n}_rss_mb`, rss_mb],
          [`after_${n}_disk_mb`, disk_mb],
        ]),
      ),
      ratios: { rss_last_to_first: grown },
      // What a lane keeps of what ended is not full after a few thousand.
      goals: bench.quick
        ? []
        : [{ what: `memory after ${last?.passed} tasks / after ${first?.passed}`, value: grown, at_most: 1.25 }],
      notes: [
        `Memory is what the process holds (RSS): its heap of at most ${heap_mb} MB, garbage included, and the data file's pages.`,
      ],
    };
  },
};

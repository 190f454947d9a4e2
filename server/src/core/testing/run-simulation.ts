/** `npm run sim -- --seed N [--count N] [--actions N] [--probes P] [--verbose]`: plays schedules, or one of them again with every step told. */
import { parseArgs } from 'node:util';
import { simulate } from './simulate.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '1' },
    actions: { type: 'string', default: '50' },
    probes: { type: 'string', default: '0.1' },
    verbose: { type: 'boolean', default: false },
  },
});
const first = Number(values.seed);
const count = Number(values.count);
if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
  console.error(
    'usage: npm run sim -- --seed N [--count N] [--actions N] [--probes P] [--verbose], with whole numbers and P from 0 to 1',
  );
  process.exit(2);
}
let steps = 0;
for (let seed = first; seed < first + count; seed += 1) {
  try {
    const report = simulate({
      seed,
      actions: Number(values.actions),
      probes: Number(values.probes),
      ...(values.verbose ? { onStep: (line: string) => console.log(line) } : {}),
    });
    steps += report.steps;
    if (count === 1) console.log(JSON.stringify(report, null, 2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
console.log(`${count} schedules, ${steps} steps, every promise kept`);

// `npm run bench [-- NAME… --quick --json --chart]`: measures hubs of its own on this machine and prints the figures.
import { readdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { chartSvg } from './chart.js';
import { outcomeText } from './report.js';
import { machineNow, readResults, type Result, resultOf, writeResult } from './results.js';
import { runScenario } from './run.js';
import type { Scenario } from './scenario.js';

const scenarioFolder = new URL('./scenarios/', import.meta.url);
const chartPath = fileURLToPath(new URL('../../docs/images/bench.svg', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    chart: { type: 'boolean', default: false },
  },
});

// A file of this folder is a scenario: there is no list to forget one in.
const known = readdirSync(scenarioFolder)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.ts'.length))
  .toSorted();
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no such scenario: ${unknown.join(', ')} (there are ${known.join(', ')})`);
  process.exit(2);
}

async function measure(name: string): Promise<Result | null> {
  const { scenario } = (await import(new URL(`${name}.ts`, scenarioFolder).href)) as { scenario: Scenario };
  const machine = machineNow();
  const say = (line: string): void => console.error(pc.dim(`  ${line}`));
  console.error(`${pc.cyan(name)}  ${scenario.about}`);
  const started = performance.now();
  try {
    const outcome = await runScenario(scenario, { quick: values.quick, say });
    const seconds = (performance.now() - started) / 1000;
    if (!values.json) console.log(`${outcomeText(outcome)}\n`);
    const result = resultOf(name, outcome, { quick: values.quick, machine, seconds });
    writeResult(result);
    return result;
  } catch (error) {
    // The others can be measured all the same.
    console.error(pc.red(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
    process.exitCode = 1;
    return null;
  }
}

async function draw(): Promise<void> {
  const comparisons = readResults().flatMap(({ chart }) => chart);
  writeFileSync(chartPath, await chartSvg(comparisons));
  console.error(`${comparisons.length} comparisons are drawn in ${chartPath}`);
}

// The chart alone is drawn from the last figures, without measuring anew.
const wanted = positionals.length > 0 ? positionals : values.chart ? [] : known;
const results: Result[] = [];
for (const name of wanted) {
  const result = await measure(name);
  if (result !== null) results.push(result);
}
if (values.json) console.log(JSON.stringify(results, null, 2));
if (values.chart) await draw();

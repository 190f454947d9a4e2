// `npm run bench [-- --json]`: measures a hub of its own on this machine and prints the figures.
import { parseArgs } from 'node:util';
import { Hub } from './hub.js';
import type { Figures } from './measure.js';
import { fanOut, interruption, roundTrip } from './scenarios.js';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const hub = await Hub.start();
const results: Figures[] = [];
try {
  for (const scenario of [roundTrip, interruption, fanOut]) {
    const result = await scenario(hub);
    results.push(result);
    if (values.json) continue;
    const figures = Object.entries(result.figures).map(([name, value]) => `${name} ${value}`);
    console.log(`${result.name.padEnd(26)}${figures.join('  ')}`);
  }
} finally {
  await hub.stop();
}
if (values.json) console.log(JSON.stringify({ node: process.version, results }));

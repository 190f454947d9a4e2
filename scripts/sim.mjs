// `npm run sim -- --seed N`: plays schedules of the simulation, straight from the sources.
import './lib/check-node.mjs';
import process from 'node:process';
import { install } from './lib/install.mjs';
import { become, fail, root, runModule } from './lib/run.mjs';

install();
if (!runModule('typescript/bin/tsc', ['-b', 'protocol'])) fail('the build failed (see above)');
become(['--import', 'tsx', `${root}/server/src/core/testing/run-simulation.ts`, ...process.argv.slice(2)]);

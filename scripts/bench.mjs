// `npm run bench`: measures the built hub. Further arguments go to the benchmark.
import './lib/check-node.mjs';
import process from 'node:process';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { become, fail, root } from './lib/run.mjs';

install();
if (!build('all')) fail('the build failed (see above)');
become(['--import', 'tsx', `${root}/bench/src/main.ts`, ...process.argv.slice(2)]);

// `npm test`: from a fresh clone to every test passed. Further arguments go to vitest.
import './lib/check-node.mjs';
import process from 'node:process';
import { build } from './lib/build.mjs';
import { needChromium } from './lib/chromium.mjs';
import { install } from './lib/install.mjs';
import { become, fail, root } from './lib/run.mjs';

install();
if (!build('all')) fail('the build failed (see above)');
const env = { ...process.env, CUEHUB_CHROMIUM: needChromium() };
become([`${root}/node_modules/vitest/vitest.mjs`, 'run', ...process.argv.slice(2)], env);

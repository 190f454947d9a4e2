// `npm start`: from a fresh clone to a running hub. Does only what is still to do; further arguments go to
// `cuehub serve`. What waits and ran is kept in `.cuehub`, unless it is told otherwise.
import './lib/check-node.mjs';
import process from 'node:process';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { become, fail, root } from './lib/run.mjs';

install();
if (!build('hub')) fail('the build failed (see above)');
const args = process.argv.slice(2);
const chosen = 'CUEHUB_DATA' in process.env || args.some((arg) => /^--(memory|data)(=|$)/.test(arg));
become([`${root}/server/bin/cuehub.js`, 'serve', ...(chosen ? [] : ['--data', '.cuehub']), ...args]);

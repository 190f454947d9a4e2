// `npm start`: from a fresh clone to a running hub. Does only what is still to do; further arguments go to
// `cuehub serve`.
import './lib/check-node.mjs';
import process from 'node:process';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { become, fail, root } from './lib/run.mjs';

install();
if (!build('hub')) fail('the build failed (see above)');
become([`${root}/server/bin/cuehub.js`, 'serve', ...process.argv.slice(2)]);

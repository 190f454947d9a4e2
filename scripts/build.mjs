// `npm run build`: every package and the pages, with all types checked.
import './lib/check-node.mjs';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { fail } from './lib/run.mjs';

install();
if (!build('all')) fail('the build failed (see above)');

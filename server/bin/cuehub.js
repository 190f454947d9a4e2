#!/usr/bin/env node
// The `cuehub` command. It exists before the build does, so that npm can link it on install;
// everything it does is in dist/cli/main.js, which runs when it is imported.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('cuehub is not built yet: run `npm run build` first\n');
  process.exitCode = 1;
}

// `npm run check`: everything that must hold and is no test. Every step runs, whatever the ones before it said.
// `npm run check -- lint format` runs only those.
import './lib/check-node.mjs';
import process from 'node:process';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { fail, say } from './lib/run.mjs';

install();
// These need what is installed.
const { checkBrowserBundle } = await import('./lib/browser-bundle.mjs');
const { checkLockfile } = await import('./lib/lockfile.mjs');
const { checkPackages } = await import('./lib/packages.mjs');
const { checkPageBudgets } = await import('./lib/page-budgets.mjs');
const { tool } = await import('./lib/tool.mjs');

/** @type {Record<string, () => import('./lib/tool.mjs').Outcome | Promise<import('./lib/tool.mjs').Outcome>>} */
const steps = {
  // All types are checked here; the others look at what it builds, so it always runs.
  build: () => ({ ok: build('all'), report: 'the packages or the pages do not build' }),
  format: () => tool('@biomejs/biome/bin/biome', ['format', '.']),
  lint: () => tool('oxlint/bin/oxlint', ['--type-aware']),
  exports: () => tool('knip/bin/knip.js', ['--no-progress']),
  lockfile: checkLockfile,
  packages: checkPackages,
  browser: checkBrowserBundle,
  pages: checkPageBudgets,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) fail(`no such check: ${unknown.join(', ')} (there are ${Object.keys(steps).join(', ')})`);

/** @type {string[]} */
const failed = [];
for (const [name, step] of Object.entries(steps)) {
  if (name !== 'build' && wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const { ok, report } = await step();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (!ok) {
    failed.push(name);
    say(report);
  }
  const detail = name === 'browser' || name === 'pages' ? `: ${report.split('\n').at(-1)}` : '';
  say(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)${detail}`);
}
if (failed.length > 0) fail(`npm run check failed: ${failed.join(', ')}`);

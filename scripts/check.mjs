// `npm run check`: everything that must hold and is no test. Every step runs, whatever the ones before it said.
// `npm run check -- lint format` runs only those.
import './lib/check-node.mjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { fail, root, runNpm, say } from './lib/run.mjs';

const published = ['protocol', 'client-sdk', 'server'];

/** @typedef {{ ok: boolean, report: string }} Outcome */

/**
 * @param {string} path of a JavaScript program under node_modules
 * @param {readonly string[]} args
 * @returns {Outcome}
 */
function tool(path, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${root}/node_modules/${path}`, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { ok: status === 0, report: `${stdout}${stderr}`.trim() };
}

/**
 * What would be published: packed as npm does it, and then looked at as a user's resolver would.
 *
 * @returns {Outcome}
 */
function checkPackages() {
  const folder = mkdtempSync(join(tmpdir(), 'cuehub-pack-'));
  try {
    const workspaces = published.flatMap((name) => ['-w', name]);
    if (
      !runNpm(['pack', '--silent', '--pack-destination', folder, ...workspaces], { stdio: ['ignore', 'ignore', 2] })
    ) {
      return { ok: false, report: 'npm pack failed' };
    }
    const outcomes = readdirSync(folder).flatMap((file) => [
      tool('publint/src/cli.js', ['run', join(folder, file), '--strict']),
      tool('@arethetypeswrong/cli/dist/index.js', [join(folder, file), '--profile', 'esm-only', '--no-color']),
    ]);
    return {
      ok: outcomes.length === 2 * published.length && outcomes.every((outcome) => outcome.ok),
      report: outcomes.map((outcome) => outcome.report).join('\n\n'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @type {Record<string, () => Outcome | Promise<Outcome>>} */
const steps = {
  // The others look at what this one builds.
  build: () => ({ ok: build('all'), report: 'the packages or the pages do not build' }),
  format: () => tool('@biomejs/biome/bin/biome', ['format', '.']),
  lint: () => tool('oxlint/bin/oxlint', ['--type-aware']),
  exports: () => tool('knip/bin/knip.js', ['--no-progress']),
  packages: checkPackages,
  browser: async () => (await import('./lib/browser-bundle.mjs')).checkBrowserBundle(),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in steps));
if (unknown.length > 0) fail(`no such check: ${unknown.join(', ')} (there are ${Object.keys(steps).join(', ')})`);

install();

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
  const detail = name === 'browser' ? `: ${report.split('\n').at(-1)}` : '';
  say(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)${detail}`);
}
if (failed.length > 0) fail(`npm run check failed: ${failed.join(', ')}`);

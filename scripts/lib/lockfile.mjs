// Holds package-lock.json to what a clean clone needs of it.
import { readFileSync } from 'node:fs';
import { root, runNpm } from './run.mjs';

/**
 * npm leaves a package out of the lockfile when it cannot look it up (one for another platform, say), installs all the
 * same, and refuses that lockfile on the next clean machine. Nothing else would notice before.
 *
 * @returns {import('./tool.mjs').Outcome}
 */
export function checkLockfile() {
  if (readFileSync(`${root}/package-lock.json`, 'utf8').includes('"resolved": "http')) {
    return { ok: false, report: 'package-lock.json holds addresses: is .npmrc in force?' };
  }
  const flags = ['--dry-run', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return {
    ok: runNpm(['ci', ...flags], { stdio: ['ignore', 'ignore', 2] }),
    report: 'npm ci refuses package-lock.json (see above)',
  };
}

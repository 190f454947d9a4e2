// Brings node_modules in line with package-lock.json, and does nothing when it already is.
import { readFileSync } from 'node:fs';
import { fail, root, runNpm, say } from './run.mjs';

/** @typedef {{ version?: string, link?: boolean, optional?: boolean }} LockedPackage */

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | undefined}
 */
function packagesIn(path) {
  try {
    const lock = /** @type {{ packages?: Record<string, LockedPackage> }} */ (
      JSON.parse(readFileSync(`${root}/${path}`, 'utf8'))
    );
    return lock.packages;
  } catch {
    return undefined;
  }
}

/**
 * npm keeps an account of what it installed beside what it installed. Comparing it with the lockfile needs no stamp of
 * our own, and sees what somebody installed by hand.
 */
function isInstalled() {
  const locked = packagesIn('package-lock.json');
  const installed = packagesIn('node_modules/.package-lock.json');
  if (locked === undefined || installed === undefined) return false;
  return Object.entries(locked).every(([path, { version, link, optional }]) => {
    if (!path.includes('node_modules/')) return true;
    const present = installed[path];
    // An optional package is for one platform: absent on the others.
    if (present === undefined) return optional === true;
    return link === true ? present.link === true : present.version === version;
  });
}

export function install() {
  if (isInstalled()) return;
  say('installing dependencies …');
  const flags = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!runNpm(['ci', ...flags], { stdio: ['ignore', 'ignore', 2] })) {
    fail('npm ci failed (see above)');
  }
}

// Finds a Chromium for the browser tests, and installs Debian's when there is none and that is possible.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fail, run, say } from './run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const otherPlaces = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
const updateTimeoutMs = 3 * 60_000;
const installTimeoutMs = 10 * 60_000;
const versionTimeoutMs = 30_000;

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
function inPath(name) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * The path of a Chromium: `CUEHUB_CHROMIUM` where that is set, else the first one in PATH.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env['CUEHUB_CHROMIUM'];
  if (named !== undefined && named !== '') return isExecutable(named) ? named : undefined;
  for (const name of names) {
    const path = inPath(name);
    if (path !== undefined) return path;
  }
  return otherPlaces.find(isExecutable);
}

/**
 * Some systems have a stand-in there that only tells how to install the real one.
 *
 * @param {string} path
 */
function starts(path) {
  return run(path, ['--version'], { stdio: 'ignore', timeout: versionTimeoutMs });
}

function installFromDebian() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-qq', '-o', 'DPkg::Lock::Timeout=60', '-o', 'Dpkg::Use-Pty=0'];
  say('installing Chromium for the browser tests (apt-get) …');
  return (
    run('apt-get', [...quiet, 'update'], { env, timeout: updateTimeoutMs }) &&
    run('apt-get', [...quiet, 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-liberation'], {
      env,
      stdio: ['ignore', 'ignore', 2],
      timeout: installTimeoutMs,
    })
  );
}

/**
 * A Chromium that starts, or the end of the process: the browser tests are never left out in silence.
 *
 * @returns {string}
 */
export function needChromium() {
  const named = process.env['CUEHUB_CHROMIUM'];
  const found = findChromium();
  if (found !== undefined && starts(found)) return found;
  if (named !== undefined && named !== '') fail(`CUEHUB_CHROMIUM is no program that starts: ${named}`);

  const canInstall = process.getuid?.() === 0 && inPath('apt-get') !== undefined;
  if (canInstall && installFromDebian()) {
    const installed = findChromium();
    if (installed !== undefined && starts(installed)) return installed;
  }
  return fail('the browser tests need Chromium: install it (Debian: apt-get install chromium) or set CUEHUB_CHROMIUM');
}

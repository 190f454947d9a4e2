// Runs one of the checking tools and keeps what it says, for those who only want to read it when something is wrong.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { root } from './run.mjs';

/** @typedef {{ ok: boolean, report: string }} Outcome */

const outputBytesMax = 64 * 1024 * 1024;

/**
 * @param {string} path of a JavaScript program under node_modules
 * @param {readonly string[]} args
 * @returns {Outcome}
 */
export function tool(path, args) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [`${root}/node_modules/${path}`, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: outputBytesMax,
  });
  return { ok: status === 0, report: error?.message ?? `${stdout}${stderr}`.trim() };
}

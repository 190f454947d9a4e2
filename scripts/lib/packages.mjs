// Looks at what would be published: packed as npm does it, then read as a user's resolver would.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNpm } from './run.mjs';
import { tool } from './tool.mjs';

/** What each published workspace must bring, next to what its `exports` name. */
const published = {
  protocol: ['dist/index.js', 'dist/schemas/index.js'],
  'client-sdk': ['dist/browser.js', 'dist/node.js', 'dist/core.js'],
  server: ['bin/cuehub.js', 'dist/index.js', 'dist/cli/main.js', 'dist/core/index.js', 'dist/pages/overlay.html'],
};
const neverPublished = /\.tsbuildinfo$|\.test\.|(^|\/)(testing|fixtures)\//;

/** @typedef {{ filename: string, files: { path: string }[] }} Packed */

/**
 * @param {string} workspace
 * @param {string} folder where the package goes
 * @returns {Packed | undefined}
 */
function pack(workspace, folder) {
  const account = join(folder, `${workspace}.json`);
  const output = openSync(account, 'w');
  const done = runNpm(['pack', '--json', '--loglevel=error', '--pack-destination', folder, '-w', workspace], {
    stdio: ['ignore', output, 2],
  });
  closeSync(output);
  if (!done) return undefined;
  return /** @type {Packed[]} */ (JSON.parse(readFileSync(account, 'utf8')))[0];
}

/**
 * @returns {import('./tool.mjs').Outcome}
 */
export function checkPackages() {
  const folder = mkdtempSync(join(tmpdir(), 'cuehub-pack-'));
  try {
    const outcomes = Object.entries(published).flatMap(([workspace, wanted]) => {
      const packed = pack(workspace, folder);
      if (packed === undefined) return [{ ok: false, report: `npm pack -w ${workspace} failed` }];
      const files = packed.files.map((file) => file.path);
      const wrong = [
        ...wanted.filter((file) => !files.includes(file)).map((file) => `${packed.filename} lacks ${file}`),
        ...files.filter((file) => neverPublished.test(file)).map((file) => `${packed.filename} has ${file}`),
      ];
      const archive = join(folder, packed.filename);
      return [
        { ok: wrong.length === 0, report: wrong.join('\n') },
        tool('publint/src/cli.js', ['run', archive, '--strict']),
        tool('@arethetypeswrong/cli/dist/index.js', [archive, '--profile', 'esm-only', '--no-color']),
      ];
    });
    const failed = outcomes.filter((outcome) => !outcome.ok);
    return { ok: failed.length === 0, report: failed.map((outcome) => outcome.report).join('\n\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

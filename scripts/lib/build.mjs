// Builds what is out of date: the packages with the TypeScript compiler (incremental by itself), the pages with vite
// (skipped while the hash of everything they are made of is unchanged).
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { root, runModule, say } from './run.mjs';

const pagesStamp = `${root}/node_modules/.cache/cuehub/pages`;
const pagesOutput = `${root}/server/dist/pages`;

/**
 * Every file below a folder, in a stable order, as paths relative to the root.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function filesIn(folder) {
  if (!existsSync(`${root}/${folder}`)) return [];
  return readdirSync(`${root}/${folder}`, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]));
}

/**
 * A source that was renamed leaves its old output behind, which would be packed and could still be imported.
 */
function removeOrphans() {
  for (const workspace of ['protocol', 'client-sdk', 'server']) {
    for (const file of filesIn(`${workspace}/dist`)) {
      const output = /^([^/]+)\/dist\/(?!pages\/)(.+?)(\.d\.ts|\.js)(\.map)?$/.exec(file);
      if (output !== null && !existsSync(`${root}/${output[1]}/src/${output[2]}.ts`)) rmSync(`${root}/${file}`);
    }
  }
}

function pagesHash() {
  const hash = createHash('sha256');
  const inputs = [
    'package-lock.json',
    ...filesIn('web'),
    ...[...filesIn('protocol/dist'), ...filesIn('client-sdk/dist')].filter((file) => file.endsWith('.js')),
  ];
  for (const file of inputs)
    hash
      .update(`${file}\0`)
      .update(readFileSync(`${root}/${file}`))
      .update('\0');
  return hash.digest('hex');
}

function buildPages() {
  const hash = pagesHash();
  const built = existsSync(pagesStamp) ? readFileSync(pagesStamp, 'utf8') : '';
  if (built === hash && existsSync(pagesOutput)) return true;
  say('building the pages …');
  if (!runModule('vite/bin/vite.js', ['build', '--logLevel', 'warn'], { cwd: `${root}/web` })) return false;
  mkdirSync(dirname(pagesStamp), { recursive: true });
  writeFileSync(pagesStamp, hash);
  return true;
}

/**
 * @param {'hub' | 'all'} what `hub`: what is needed to run it; `all`: scripts and tests are type-checked too
 * @returns {boolean} whether everything is built and no type is wrong
 */
export function build(what) {
  removeOrphans();
  if (!existsSync(`${root}/server/dist/cli/main.js`)) say('building …');
  const projects = what === 'hub' ? ['server', 'client-sdk/tsconfig.node.json'] : [];
  return runModule('typescript/bin/tsc', ['-b', ...projects]) && buildPages();
}

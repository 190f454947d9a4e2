// What each page costs: the JavaScript that it loads, gzipped, with everything that is imported from there.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './run.mjs';

const KIB = 1024;
const pages = `${root}/server/dist/pages`;

/** Gzipped bytes a page may load; one that is not built yet is not looked at. */
const budgets = {
  'overlay.html': 40 * KIB,
  'console.html': 150 * KIB,
  'voice.html': 60 * KIB,
};

/**
 * The scripts of a page, imported ones included, also those that it only may load later.
 *
 * @param {string} page
 * @returns {Set<string>}
 */
function scriptsOf(page) {
  const html = readFileSync(page, 'utf8');
  /** @type {Set<string>} */
  const found = new Set();
  const next = [...html.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="([^"]+\.js)"/g)].map(([, path = '']) =>
    join(dirname(page), path),
  );
  for (let script = next.pop(); script !== undefined; script = next.pop()) {
    if (found.has(script)) continue;
    found.add(script);
    const code = readFileSync(script, 'utf8');
    for (const [, path = ''] of code.matchAll(/\b(?:from|import)\s*\(?\s*["'`](\.[^"'`]+\.js)["'`]/g)) {
      next.push(join(dirname(script), path));
    }
  }
  return found;
}

/**
 * @returns {{ ok: boolean, report: string }}
 */
export function checkPageBudgets() {
  const lines = [];
  let ok = true;
  for (const [name, allowed] of Object.entries(budgets)) {
    const page = [join(pages, name), join(pages, name.replace('.html', '/index.html'))].find((file) =>
      existsSync(file),
    );
    if (page === undefined) continue;
    const scripts = [...scriptsOf(page)];
    const sizes = scripts.map((script) => gzipSync(readFileSync(script), { level: 9 }).length);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const isNone = scripts.length === 0;
    if (bytes > allowed || isNone) {
      ok = false;
      for (const [index, script] of scripts.entries()) lines.push(`  ${relative(pages, script)} ${sizes[index]} bytes`);
      lines.push(isNone ? `${name} loads no script: is this the right file?` : `${name} is too large`);
    }
    lines.push(`${name} ${(bytes / KIB).toFixed(1)} of ${allowed / KIB} KiB`);
  }
  if (lines.length === 0) return { ok: false, report: 'no page is built' };
  return { ok, report: ok ? lines.join(', ') : lines.join('\n') };
}

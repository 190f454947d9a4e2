// Measures what the client costs a page, and holds its browser entry to what a page can take: no Node, no zod.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './run.mjs';

const bundleGzipBytesMax = 25 * 1024;
/** The browser inside OBS 28–30. */
const target = 'chrome103';

/** @param {number} bytes */
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;

/**
 * @returns {Promise<{ ok: boolean, report: string }>}
 */
export async function checkBrowserBundle() {
  const { outputFiles, metafile, errors } = await build({
    stdin: { contents: "export * from '@cuehub/client';", resolveDir: `${root}/web` },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target,
    // Were a Node module to be reached, it would stay in the output as an import, and be named below.
    external: ['node:*'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  }).catch((/** @type {import('esbuild').BuildFailure} */ failure) => ({
    outputFiles: [],
    metafile: undefined,
    errors: failure.errors,
  }));
  const output = outputFiles[0];
  if (output === undefined || metafile === undefined) {
    return { ok: false, report: errors.map((error) => error.text).join('\n') };
  }

  const inputs = Object.entries(metafile.inputs);
  const wrong = [
    ...inputs.filter(([path]) => /node_modules\/(zod|ws)\//.test(path)).map(([path]) => `the bundle has ${path}`),
    ...inputs.flatMap(([path, input]) =>
      input.imports.filter((to) => to.path.startsWith('node:')).map((to) => `${path} imports ${to.path}`),
    ),
  ];
  const bytes = gzipSync(output.contents, { level: 9 }).length;
  const size = `${kib(bytes)} gzipped of ${kib(bundleGzipBytesMax)} allowed, ${kib(output.contents.length)} minified`;
  if (bytes > bundleGzipBytesMax) wrong.push('the bundle is too large');
  if (!Object.values(metafile.outputs).some((bundle) => bundle.exports.includes('connect'))) {
    wrong.push('the bundle does not export connect');
  }
  return { ok: wrong.length === 0, report: [...new Set(wrong), size].join('\n') };
}

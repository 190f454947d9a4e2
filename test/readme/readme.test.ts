// The README tells the truth: its example is the one that the compiler reads and a test runs, and its curl lines work.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { createHub } from 'cuehub';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const run = promisify(execFile);

/** The block of code that follows a mark in the README. */
function block(mark: string): string {
  const readme = read('README.md');
  const from = readme.indexOf('\n```', readme.indexOf(`<!-- ${mark}`));
  const start = readme.indexOf('\n', from + 1) + 1;
  return readme.slice(start, readme.indexOf('\n```', start));
}

/** The lines between the marks of `example.ts`, without their common indent and what only the test wants. */
function example(): string {
  const source = read('test/readme/example.ts');
  const inside = source.slice(
    source.indexOf('// README: begin') + '// README: begin\n'.length,
    source.indexOf('  // README: end'),
  );
  return `import { connect } from '@cuehub/client';\n\n${inside.replaceAll(/^ {2}/gm, '').trimEnd()}`;
}

test('the example of the README is the one that is compiled and run', () => {
  expect(block('example:')).toBe(example());
});

/**
 * What the lines need of curl, where there is no curl: in Node, with curl's own default for the type of a body.
 * An option that it does not know is an error.
 */
const CURL = `
  const { values, positionals } = require('node:util').parseArgs({ allowPositionals: true, options: {
    silent: { type: 'boolean', short: 's' }, request: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true }, data: { type: 'string', short: 'd' } } });
  const headers = new Headers((values.header ?? []).map((line) => line.split(/: (.*)/).slice(0, 2)));
  if (values.data !== undefined) headers.set('content-type', 'application/x-www-form-urlencoded');
  fetch(positionals[0], { method: values.request ?? 'GET', headers, body: values.data }).then(async (response) => {
    process.stdout.write(await response.text());
    process.exitCode = response.ok ? 0 : 22;
  });`;

test('every curl line of the README works as it stands', async () => {
  const token = 'readme-token';
  const hub = await createHub({ token });
  try {
    const { url } = await hub.listen({ host: '127.0.0.1', port: 0 });
    const commands = block('curl:')
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.startsWith('curl'));
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) {
      const { stdout } = await run('sh', ['-c', `curl() { "$NODE" -e "$CURL" -- "$@"; }\n${command}`], {
        env: { ...process.env, HUB: url, TOKEN: token, NODE: process.execPath, CURL },
      });
      expect(JSON.parse(stdout), command).toBeTypeOf('object');
    }
  } finally {
    await hub.close({ graceful: false });
  }
});

// How the scripts start other programs and talk to the person: short lines on stderr, so that stdout stays free for
// what is run. Knows nothing of what the programs do.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The repository's root, without a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

/** @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Ends the process with a message and a non-zero code.
 *
 * @param {string} line
 * @param {number} [code]
 * @returns {never}
 */
export function fail(line, code = 1) {
  say(line);
  process.exit(code);
}

/**
 * Runs a program to its end; what it prints goes to stderr.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {boolean} whether it ended with code 0
 */
export function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options }).status === 0;
}

/**
 * Runs a JavaScript program of an installed package with this Node.
 *
 * @param {string} path under node_modules
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function runModule(path, args, options) {
  return run(process.execPath, [`${root}/node_modules/${path}`, ...args], options);
}

/**
 * Runs npm: the very one that started this script, where there is one.
 *
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
export function runNpm(args, options) {
  const npm = process.env['npm_execpath'];
  if (npm?.endsWith('.js')) return run(process.execPath, [npm, ...args], options);
  return run('npm', args, { shell: process.platform === 'win32', ...options });
}

const orphanCheckMs = 500;

/**
 * npm runs a script in a shell, and passes SIGTERM to the shell alone: that dies and its child never hears of it. What
 * we can see is that our parent is another one.
 *
 * @param {() => void} onOrphaned
 */
function watchParent(onOrphaned) {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onOrphaned();
  }, orphanCheckMs);
  timer.unref();
}

/**
 * Becomes another Node program: its standard streams, its signals, its exit code.
 *
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function become(args, env = process.env) {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGINT', () => {
    // A terminal gives Ctrl-C to the child as well; said twice, it would mean "at once".
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  watchParent(() => child.kill('SIGTERM'));
  child.on('error', (error) => fail(`cannot start ${args[0]}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}

/**
 * The token that `serve` made, kept for client commands of the same user in another terminal: one file a port, readable
 * by that user alone. A token that the user chose is not written down.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** `$XDG_RUNTIME_DIR/cuehub` where the session has one, else the user's state folder. */
export function stateDir(env: Env): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && statSync(runtime, { throwIfNoEntry: false })?.isDirectory() === true) {
    return join(runtime, 'cuehub');
  }
  if (process.platform === 'win32' && env['LOCALAPPDATA'] !== undefined) return join(env['LOCALAPPDATA'], 'cuehub');
  return join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state'), 'cuehub');
}

function fileOf(port: number, env: Env): string {
  return join(stateDir(env), `token-${port}`);
}

/** Writes the token; returns where. Throws when the folder cannot be written. */
export function keepToken(port: number, token: string, env: Env): string {
  const file = fileOf(port, env);
  mkdirSync(stateDir(env), { recursive: true, mode: 0o700 });
  // Written aside and renamed, so that nobody reads half of one and an older file's mode does not count.
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${token}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, file);
  return file;
}

/** Undefined when there is none, or when others could have read or written it. */
export function findToken(port: number, env: Env): string | undefined {
  const file = fileOf(port, env);
  try {
    const stat = statSync(file);
    const isPrivate = process.platform === 'win32' || (stat.mode & 0o077) === 0;
    const isOurs = process.getuid === undefined || stat.uid === process.getuid();
    return isPrivate && isOurs ? readFileSync(file, 'utf8').trim() || undefined : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the file if it still holds this token: a later hub on the same port may have written its own. */
export function forgetToken(port: number, token: string, env: Env): void {
  if (findToken(port, env) === token) rmSync(fileOf(port, env), { force: true });
}

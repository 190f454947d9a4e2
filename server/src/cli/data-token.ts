/**
 * The tokens of a data directory: made once and kept beside the tasks, readable by that user alone, so that clients and
 * links into OBS still fit when the hub comes back. A token that the user chose is not written down.
 */
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { randomSecret } from '../auth/secrets.js';
import { cannotStart, makeDirectory } from '../journal/disk/options.js';
import { CliError } from './cli-error.js';

/** The file of the token that may do everything, and of the one that only watches. */
type TokenFile = 'token' | 'watch-token';

/** Makes the directory when it is not there. Throws when it cannot be written, or when others may read the token. */
export function tokenOf(dir: string, name: TokenFile = 'token'): string {
  const file = join(dir, name);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat !== undefined) {
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      throw new CliError(`others may read ${file}: make it private (chmod 600), or delete it to get a new token`);
    }
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  }
  const token = randomSecret();
  makeDirectory(resolve(dir));
  try {
    writeFileSync(file, `${token}\n`, { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch (error) {
    throw cannotStart(resolve(dir), error);
  }
  return token;
}

/** Why a hub could not listen, as one line that says what to do. */
import { CliError, oneLine } from '../cli-error.js';

export function listenError(error: unknown, host: string, port: number): CliError {
  switch ((error as { code?: string }).code) {
    case 'EADDRINUSE':
      return new CliError(`port ${port} on ${host} is taken: stop what uses it, or choose another with --port`);
    case 'EACCES':
      return new CliError(`port ${port} may not be used by this user: choose one above 1023 with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CliError(`${host} is not an address of this machine: choose another with --host`);
    default:
      return new CliError(`cannot listen on ${host}:${port}: ${oneLine(error)}`);
  }
}

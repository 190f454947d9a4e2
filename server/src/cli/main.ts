/** The `cuehub` command: runs when it is imported. The last place where an error can end up, and where it becomes one line. */
import { CommanderError } from 'commander';
import { CliError, oneLine } from './cli-error.js';
import { createProgram } from './program.js';

// `cuehub status | head -1` closes the pipe before we are done: that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await createProgram(process).parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`cuehub: ${oneLine(error)}\n`);
    process.exitCode = error instanceof CliError ? error.exit_code : 1;
  }
}

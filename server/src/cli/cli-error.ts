/** What a command ends with when it cannot do its work: one line for a person, and the exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';

  readonly exit_code: number;

  constructor(message: string, exit_code = 1) {
    super(message);
    this.exit_code = exit_code;
  }
}

/** Anything that was thrown, as one line. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim() || 'something went wrong';
}

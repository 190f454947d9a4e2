// Owns: the other end of a helper's calls, inside the helper's process.

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Calls come with the arguments that the scenario gave: both sides are ours. */
type RoleFunction = (...args: never[]) => unknown;

export function serveRole(functions: Readonly<Record<string, RoleFunction>>): void {
  const answer = (message: Answer): void => {
    process.send?.(message);
  };
  process.on('message', (message) => {
    const { id, name, args } = message as Call;
    const run = functions[name] as ((...given: readonly unknown[]) => unknown) | undefined;
    Promise.resolve()
      .then(() => {
        if (run === undefined) throw new Error(`it has no ${name}`);
        return run(...args);
      })
      .then(
        (value) => answer({ id, value }),
        (error: unknown) => answer({ id, error: error instanceof Error ? error.message : String(error) }),
      );
  });
  // Nobody is left to measure for.
  process.on('disconnect', () => process.exit());
  answer({ id: 0 });
}

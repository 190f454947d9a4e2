// The few checks that the client's contract needs, without a test framework, so that it runs in any page.
import type { CuehubError } from '@cuehub/client';

/** Compared as JSON: what crosses the wire is nothing else. */
export function equal(actual: unknown, expected: unknown): void {
  const [is, shall] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== shall) throw new Error(`expected ${shall}, got ${is}`);
}

/** The error that a promise fails with. */
export async function rejection(promise: Promise<unknown>): Promise<CuehubError> {
  try {
    await promise;
  } catch (error) {
    return error as CuehubError;
  }
  throw new Error('expected a failure, but it succeeded');
}

export interface Gate {
  opened: Promise<void>;
  open(): void;
}

/** Something to wait for that somebody else does. */
export function gate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

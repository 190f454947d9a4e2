/** Where a command reads and writes. Tests bring their own. */
import type { Readable } from 'node:stream';
import pc from 'picocolors';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export type Input = Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };

export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours when the output is a terminal and nobody said NO_COLOR; FORCE_COLOR wins over a pipe. */
export function colorsFor(output: Output, env: Io['env']): Colors {
  if (env['NO_COLOR']) return pc.createColors(false);
  if (env['FORCE_COLOR']) return pc.createColors(env['FORCE_COLOR'] !== '0');
  return pc.createColors(output.isTTY === true && env['TERM'] !== 'dumb');
}

/** Where the demo's lines come from: a file, a pipe, a person at the terminal, or the built-in script. */
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CliError } from '../cli-error.js';
import { type DemoLine, parseLine, pauseAfter_ms } from './lines.js';
import { SCRIPT } from './script.js';

export interface LineSourceOptions {
  readonly file?: string | undefined;
  readonly wake: string;
  readonly word_ms: number;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Resolves early when `signal` is aborted. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * One source, or at a terminal two: the script plays, and whatever is typed meanwhile comes between its lines.
 * A file and the script are read at the pace of speech; what a person or a program writes, at once.
 */
export function demoSources(options: LineSourceOptions): readonly AsyncIterable<DemoLine>[] {
  const { file, stdin } = options;
  if (file !== undefined) {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new CliError(`there is no file ${file}`);
    return [paced(linesOf(createReadStream(file, 'utf8'), options.signal), options)];
  }
  return stdin.isTTY === true ? [script(options), written(options)] : [writtenOrScript(options)];
}

function script(options: LineSourceOptions): AsyncIterable<DemoLine> {
  return paced(
    SCRIPT.map((line) => line.replace('{wake}', options.wake || 'fido')),
    options,
  );
}

async function* written({ stdin, wake, signal }: LineSourceOptions): AsyncGenerator<DemoLine> {
  for await (const line of linesOf(stdin, signal)) {
    const parsed = parseLine(line, wake);
    if (parsed !== null) yield parsed;
  }
}

/** A program that is started without input still has something to say. */
async function* writtenOrScript(options: LineSourceOptions): AsyncGenerator<DemoLine> {
  let lines = 0;
  for await (const line of written(options)) {
    lines += 1;
    yield line;
  }
  if (lines === 0) yield* script(options);
}

async function* paced(
  lines: Iterable<string> | AsyncIterable<string>,
  { wake, word_ms, sleep, signal }: LineSourceOptions,
) {
  for await (const line of lines) {
    if (signal.aborted) return;
    const parsed = parseLine(line, wake);
    if (parsed === null) continue;
    yield parsed;
    await sleep(pauseAfter_ms(parsed, word_ms));
  }
}

function linesOf(input: Readable, signal: AbortSignal): AsyncIterable<string> {
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal });
  return reader;
}

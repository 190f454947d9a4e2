/** `--retain 7d,1GiB`: how long and how much, as a person writes it. */
import { InvalidArgumentError } from 'commander';

export interface Retain {
  readonly retain_ms?: number;
  readonly retain_bytes?: number;
}

const MINUTE_MS = 60_000;
const DURATIONS_MS: Readonly<Record<string, number>> = {
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: 24 * 60 * MINUTE_MS,
};
const BYTES: Readonly<Record<string, number>> = {
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
};

/** A duration, a size, or both with a comma between; 0 keeps no history. */
export function retainFlag(text: string): Retain {
  if (text === '0') return { retain_ms: 0, retain_bytes: 0 };
  let retain: Retain = {};
  for (const part of text.split(',')) {
    const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(part.trim()) ?? [];
    const ms = DURATIONS_MS[unit];
    const bytes = BYTES[unit.toLowerCase()];
    if (number !== undefined && ms !== undefined) retain = { ...retain, retain_ms: Math.floor(Number(number) * ms) };
    else if (number !== undefined && bytes !== undefined) {
      retain = { ...retain, retain_bytes: Math.floor(Number(number) * bytes) };
    } else
      throw new InvalidArgumentError(
        'It must be a time as 7d (or m, h), a size as 1GiB (or KiB, MiB), or both: 7d,1GiB.',
      );
  }
  return retain;
}

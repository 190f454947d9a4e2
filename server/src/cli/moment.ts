/** A moment on the command line: a date, Unix milliseconds, or so long ago. */
import { InvalidArgumentError } from 'commander';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As the hub takes it. What is no duration is for the hub to judge, save for what is plainly no moment. */
export function momentFlag(now: () => number): (text: string) => string {
  return (text) => {
    const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
    if (count !== undefined) return String(Math.max(0, now() - Number(count) * (UNITS_MS[unit] ?? 0)));
    if (/^\d{1,15}$/.test(text)) return text;
    const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(date)) return String(date);
    throw new InvalidArgumentError(
      'It must be a time ago as 2h (or s, m, d), a date as 2026-01-31T18:00, or Unix milliseconds.',
    );
  };
}

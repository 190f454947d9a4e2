// Owns: the last figures, as files that are kept with the sources, and on what machine they were taken.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rounded } from './measure.js';
import type { Comparison, Figures, Goal, Outcome } from './scenario.js';

const folder = fileURLToPath(new URL('../results', import.meta.url));

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly date: string;
  /** Over the minute before: what else the machine did. */
  readonly load_average: number;
}

export interface Result {
  readonly scenario: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly seconds: number;
  readonly figures: Figures;
  readonly ratios: Figures;
  readonly goals: readonly (Goal & { readonly met: boolean })[];
  readonly chart: readonly Comparison[];
  readonly notes: readonly string[];
}

export function machineNow(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    date: new Date().toISOString(),
    load_average: rounded(loadavg()[0] ?? 0),
  };
}

export function isMet({ value, at_most = Infinity, at_least = -Infinity }: Goal): boolean {
  return value <= at_most && value >= at_least;
}

export function resultOf(
  scenario: string,
  outcome: Outcome,
  about: { quick: boolean; machine: Machine; seconds: number },
): Result {
  const { figures, ratios, goals, chart = [], notes = [] } = outcome;
  const judged = goals.map((goal) => ({ ...goal, met: isMet(goal) }));
  const { quick, machine, seconds } = about;
  return { scenario, quick, machine, seconds: rounded(seconds), figures, ratios, goals: judged, chart, notes };
}

/** Quick figures are of another kind; they stay out of git, beside the others. */
export function writeResult(result: Result): string {
  const into = result.quick ? join(folder, 'quick') : folder;
  mkdirSync(into, { recursive: true });
  const path = join(into, `${result.scenario}.json`);
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

export function readResults(): Result[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Result);
}

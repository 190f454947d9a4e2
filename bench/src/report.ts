// Owns: how an outcome looks in a terminal.
import CliTable from 'cli-table3';
import pc from 'picocolors';
import { isMet } from './results.js';
import type { Goal, Outcome, Table } from './scenario.js';

export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en').replaceAll(',', ' ') : String(value);
}

export function tableText({ title, columns, rows }: Table): string {
  const table = new CliTable({
    head: columns.map((column) => pc.bold(column)),
    colAligns: columns.map((_, index) => (index === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : cell)));
  return `${pc.bold(title)}\n${table.toString()}`;
}

export function goalText(goal: Goal): string {
  const { what, value, at_most, at_least } = goal;
  const bounds = [
    ...(at_most === undefined ? [] : [`at most ${formatNumber(at_most)}`]),
    ...(at_least === undefined ? [] : [`at least ${formatNumber(at_least)}`]),
  ];
  const mark = isMet(goal) ? pc.green('met    ') : pc.yellow('not met');
  return `${mark} ${what}: ${pc.bold(formatNumber(value))} (${bounds.join(', ')})`;
}

export function outcomeText({ tables, goals, notes = [] }: Outcome): string {
  return [
    ...tables.map(tableText),
    ...(goals.length === 0 ? [] : [goals.map(goalText).join('\n')]),
    ...notes.map((note) => pc.dim(`  ${note}`)),
  ].join('\n');
}

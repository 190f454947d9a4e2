/** `cuehub history`: what passed on a lane, the latest first, for a person or, with --json, for a program. */
import type { TaskView } from '@cuehub/protocol';
import { askHub } from '../http-client.js';
import { type Colors, type Io, colorsFor } from '../io.js';
import type { Target } from '../target.js';

export interface HistoryFlags {
  readonly lane: string;
  readonly state?: string;
  readonly name?: string;
  readonly source?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** What a hub gives in one page. */
const PAGE_ITEMS_MAX = 500;

interface Page {
  readonly tasks: readonly TaskView[];
  readonly cursor?: string;
}

export async function history(flags: HistoryFlags, target: Target, io: Io): Promise<void> {
  const found = await pagesOf(flags, target);
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify(found)}\n`);
    return;
  }
  const colors = colorsFor(io.stdout, io.env);
  for (const task of found.tasks) io.stdout.write(`${taskLine(task, colors)}\n`);
  if (found.tasks.length === 0) io.stdout.write('nothing\n');
  else if (found.cursor !== undefined) io.stdout.write(`${colors.dim('there may be more: see --limit')}\n`);
}

/** A page may be short, even empty, and not the last one. */
async function pagesOf({ lane, limit, ...filters }: HistoryFlags, target: Target): Promise<Page> {
  const tasks: TaskView[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(limit - tasks.length, PAGE_ITEMS_MAX)) });
    for (const name of ['state', 'name', 'source', 'since', 'until'] as const) {
      const value = filters[name];
      if (value !== undefined) query.set(name, value);
    }
    if (cursor !== undefined) query.set('cursor', cursor);
    const page = await askHub<Page>(target, `/v1/lanes/${encodeURIComponent(lane)}/tasks?${query.toString()}`);
    tasks.push(...page.tasks);
    cursor = page.cursor;
  } while (cursor !== undefined && tasks.length < limit);
  return cursor === undefined ? { tasks } : { tasks, cursor };
}

function taskLine(task: TaskView, { bold, dim }: Colors): string {
  const why = task.reason === undefined ? '' : ` (${task.reason})`;
  const ran = task.started_at === undefined ? '' : `ran ${(task.running_ms / 1_000).toFixed(1)} s  `;
  const when = new Date(task.submitted_at).toISOString();
  return `${dim(when)} ${task.state}${why} ${task.priority} ${bold(task.name)} ${dim(`${ran}${task.task_id}`)}`;
}

/** `cuehub submit NAME`: one task over HTTP, and with --wait its result. */
import { randomUUID } from 'node:crypto';
import type { Json, TaskView } from '@cuehub/protocol';
import { CliError, oneLine } from '../cli-error.js';
import { AnswerTimeout, askHub } from '../http-client.js';
import type { Io } from '../io.js';
import type { Target } from '../target.js';

export interface SubmitOptions {
  readonly lane: string;
  readonly args?: Json;
  readonly priority?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

type Submitted = TaskView & { readonly position: number | null; readonly duplicate: boolean };

export async function submit(name: string, options: SubmitOptions, target: Target, io: Io): Promise<void> {
  const { lane, args, priority, wait = false, json = false } = options;
  const path = `/v1/lanes/${encodeURIComponent(lane)}/tasks${wait ? '?wait=result' : ''}`;
  const body = {
    name,
    ...(args === undefined ? {} : { args }),
    ...(priority === undefined ? {} : { priority: levelOrName(priority) }),
  };
  const task = await askUntilAnswered(target, path, body, `cuehub-cli-${randomUUID()}`);
  if (json) io.stdout.write(`${JSON.stringify(task)}\n`);
  else if (!wait)
    io.stdout.write(`${task.task_id} ${task.state}${task.position === null ? '' : `, ${place(task.position)}`}\n`);
  else if (task.state === 'completed' && task.result !== undefined) io.stdout.write(`${JSON.stringify(task.result)}\n`);
  if (wait && task.state !== 'completed') throw new CliError(`task ${task.task_id} ${howItEnded(task)}`);
}

/** A wait may outlast one HTTP request. The same key asks for the same task again, so nothing is submitted twice. */
async function askUntilAnswered(target: Target, path: string, body: object, key: string): Promise<Submitted> {
  for (;;) {
    try {
      return await askHub<Submitted>(target, path, { method: 'POST', body, headers: { 'Idempotency-Key': key } });
    } catch (error) {
      if (!(error instanceof AnswerTimeout)) throw error;
    }
  }
}

function levelOrName(priority: string): string | number {
  return /^\d+$/.test(priority) ? Number(priority) : priority.toUpperCase();
}

function place(position: number): string {
  return position === 1 ? 'first in the queue' : `number ${position} in the queue`;
}

function howItEnded({ state, reason, error }: TaskView): string {
  const why = error === undefined ? reason : `${error.code}: ${error.message}`;
  return why === undefined ? state : `${state} (${oneLine(why)})`;
}

/** What stands behind --args. */
export function parseArgs(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new CliError(`--args is not JSON: ${oneLine(error)} (quote it for the shell, as in --args '{"text":"hi"}')`);
  }
}

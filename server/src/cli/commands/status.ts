/** `cuehub status`: what a lane is doing now, for a person or, with --json, for a program. */
import type { LaneStatus } from '@cuehub/protocol';
import { askHub } from '../http-client.js';
import { type Colors, type Io, colorsFor } from '../io.js';
import type { Target } from '../target.js';

export async function status(lane: string, json: boolean, target: Target, io: Io): Promise<void> {
  const answer = await askHub<LaneStatus>(target, `/v1/lanes/${encodeURIComponent(lane)}`);
  const text = json
    ? JSON.stringify(answer)
    : statusLines(lane, answer, target.url, colorsFor(io.stdout, io.env)).join('\n');
  io.stdout.write(`${text}\n`);
}

export function statusLines(
  lane: string,
  { state, current_task, queue_size, paused_tasks }: LaneStatus,
  url: string,
  colors: Colors,
): string[] {
  const { bold, dim } = colors;
  const row = (label: string, value: string): string => `${bold(label.padEnd(10))}${value}`;
  const floor =
    current_task === null
      ? dim('nobody')
      : `${current_task.priority} ${current_task.name} ${dim(`${current_task.state} for ${current_task.running_for.toFixed(1)} s  ${current_task.task_id}`)}`;
  return [
    row('lane', `${lane} ${dim(`at ${url}`)}`),
    row(
      'mode',
      `${state.mode}${state.started ? '' : ', stopped'}${state.can_interrupt ? '' : dim(' (may not be interrupted)')}`,
    ),
    row('floor', floor),
    row('queue', `${queue_size} waiting${state.tasks_deferred > 0 ? `, ${state.tasks_deferred} deferred` : ''}`),
    row('paused', String(paused_tasks)),
    row('completed', String(state.tasks_completed)),
  ];
}

/** One line, after a lane was steered. An operator who may not look is told nothing but that it was done. */
export function laneSummary(lane: string, status: Partial<LaneStatus>): string {
  if (status.state === undefined) return `lane ${lane}: done`;
  const floor = status.current_task
    ? `${status.current_task.name} has the floor (${status.current_task.state})`
    : 'nobody has the floor';
  return `lane ${lane} is ${status.state.started ? 'started' : 'stopped'}: ${floor}, ${status.queue_size ?? 0} waiting, ${status.paused_tasks ?? 0} paused`;
}

/** `cuehub start`, `stop` and `cancel`: an operator's one-liners over HTTP. */
import type { LaneStatus, TaskView } from '@cuehub/protocol';
import { askHub } from '../http-client.js';
import type { Io } from '../io.js';
import type { Target } from '../target.js';
import { laneSummary } from './status.js';

export async function steerLane(
  what: 'start' | 'stop',
  lane: string,
  drain: boolean,
  target: Target,
  io: Io,
): Promise<void> {
  const status = await askHub<LaneStatus>(target, `/v1/lanes/${encodeURIComponent(lane)}/${what}`, {
    method: 'POST',
    ...(what === 'stop' ? { body: { drain } } : {}),
  });
  io.stdout.write(`${laneSummary(lane, status)}\n`);
}

export async function cancelTask(task_id: string, lane: string, target: Target, io: Io): Promise<void> {
  const path = `/v1/lanes/${encodeURIComponent(lane)}/tasks/${encodeURIComponent(task_id)}`;
  const task = await askHub<TaskView>(target, path, { method: 'DELETE' });
  io.stdout.write(`${task.task_id} ${task.state}${task.reason === undefined ? '' : ` (${task.reason})`}\n`);
}

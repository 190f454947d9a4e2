/**
 * What must be true of a lane after every step, worked out the slow and plain way: by looking at all tasks,
 * without the queue, its indexes or anything else that the scheduler goes by.
 */
import { isTerminal } from '@cuehub/protocol';
import type { Lane } from '../lane.js';
import type { Task } from '../task.js';

/** Waiting, and nothing but the floor is missing. */
export function couldStart(lane: Lane, task: Task): boolean {
  if (task.state !== 'queued' && task.state !== 'paused') return false;
  if (!lane.started || task.awaiting) return false;
  if (task.state === 'queued' && task.retry_at !== null && !task.retry_due) return false;
  const session_id = task.run?.session_id ?? task.self_session;
  if (session_id !== null) return lane.sessions.get(session_id)?.connected ?? false;
  return [...lane.sessions.values()].some(
    (session) =>
      session.connected &&
      [...session.names].some((name) =>
        name.endsWith('*') ? task.spec.name.startsWith(name.slice(0, -1)) : name === task.spec.name,
      ),
  );
}

/** Order of PROTOCOL §4, "Who runs next", as one comparable number list. */
function place(task: Task): number[] {
  return [task.level, task.called ? 0 : 1, task.state === 'paused' ? 0 : 1, task.order];
}

export function before(a: Task, b: Task): boolean {
  const left = place(a);
  const right = place(b);
  for (let i = 0; i < left.length; i += 1) if (left[i] !== right[i]) return left[i]! < right[i]!;
  return false;
}

export function mayBeInterrupted(holder: Task): boolean {
  if (!holder.spec.interruptible || (holder.holds && holder.holds.size > 0)) return false;
  return ![...(holder.streams?.values() ?? [])].some((stream) => stream.hold);
}

/** Who has the holder displaced, if several would: the one that will run next. */
export function firstInterrupter(lane: Lane, holder: Task): Task | null {
  const found = [...lane.tasks.values()].filter(
    (task) => couldStart(lane, task) && task.spec.preempt !== 'queue' && task.level < holder.level,
  );
  return found.sort((a, b) => (before(a, b) ? -1 : 1))[0] ?? null;
}

/**
 * What is wrong with the lane, in words; empty when all is well. `thorough`: also whether the queue is in order, place by
 * place. `may_grant`: the hub has epochs left to give.
 */
export function violations(lane: Lane, thorough = true, may_grant = true): string[] {
  const wrong: string[] = [];
  const tasks = [...lane.tasks.values()];
  const onFloor = tasks.filter(
    (task) => task.state === 'running' || task.state === 'pausing' || task.state === 'cancelling',
  );
  if (onFloor.length > 1)
    wrong.push(`${onFloor.length} tasks have the floor: ${onFloor.map((t) => t.task_id).join(', ')}`);
  if ((onFloor[0] ?? null) !== lane.holder)
    wrong.push(`holder is ${lane.holder?.task_id}, but ${onFloor[0]?.task_id} is ${onFloor[0]?.state}`);
  const startable = tasks.filter((task) => couldStart(lane, task));
  const { holder } = lane;
  if (!holder && startable.length > 0 && may_grant)
    wrong.push(`the floor is free, yet ${startable[0]!.task_id} could start`);
  if (holder?.state === 'running' && lane.started) {
    const above = startable.filter((task) => task.level < holder.level && task.spec.preempt !== 'queue');
    if (above.length > 0 && mayBeInterrupted(holder))
      wrong.push(`${above[0]!.task_id} should interrupt ${holder.task_id}`);
    const deferred = tasks.filter((task) => task.deferred).map((task) => task.task_id);
    const should = mayBeInterrupted(holder) ? [] : above.map((task) => task.task_id);
    if (deferred.sort().join() !== should.sort().join())
      wrong.push(`deferred are [${deferred.join()}], should be [${should.join()}]`);
  }
  const count = (state: string): number => tasks.filter((task) => task.state === state).length;
  if (lane.tasks_queued !== count('queued')) wrong.push(`tasks_queued is ${lane.tasks_queued}, ${count('queued')} are`);
  if (lane.tasks_paused !== count('paused')) wrong.push(`tasks_paused is ${lane.tasks_paused}, ${count('paused')} are`);
  for (const task of tasks) {
    for (const stream of task.streams?.values() ?? []) {
      for (const [sink, seq] of stream.heard)
        if (seq >= stream.next_seq) wrong.push(`${sink} heard ${seq} of ${task.task_id}, which has ${stream.next_seq}`);
    }
  }
  for (const parent of tasks) {
    for (const id of parent.awaiting ?? []) {
      const child = lane.tasks.get(id);
      if (child && (!child.called || child.level > parent.level))
        wrong.push(`${id} is below ${parent.task_id}, which waits for it`);
    }
  }
  if (!thorough) return wrong;
  const inQueue = lane.queue.first(Number.POSITIVE_INFINITY);
  const waiting = tasks
    .filter((task) => task.state === 'queued' || task.state === 'paused')
    .sort((a, b) => (before(a, b) ? -1 : 1));
  if (inQueue.map((t) => t.task_id).join() !== waiting.map((t) => t.task_id).join())
    wrong.push('the queue is not in order');
  for (const [i, task] of waiting.entries()) {
    if (lane.queue.position(task) !== i + 1)
      wrong.push(`${task.task_id} is at ${lane.queue.position(task)}, should be ${i + 1}`);
  }
  const streaming = tasks.filter((task) => task.streams !== null && !isTerminal(task.state));
  if (idsOf(lane.streaming) !== idsOf(streaming)) wrong.push('those that stream are not in the index of such');
  const best = startable.sort((a, b) => (before(a, b) ? -1 : 1))[0] ?? null;
  if ((lane.started ? lane.queue.best() : best) !== best)
    wrong.push(`best is ${lane.queue.best()?.task_id}, should be ${best?.task_id}`);
  for (const task of waiting) {
    if (task.awaiting && [...task.awaiting].every((id) => !lane.tasks.has(id)))
      wrong.push(`${task.task_id} waits for nobody`);
  }
  return wrong;
}

function idsOf(tasks: Iterable<Task>): string {
  return [...tasks].map((task) => task.task_id).join();
}

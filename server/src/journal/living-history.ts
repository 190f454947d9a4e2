/**
 * History out of a lane's memory: the tasks and facts that are still known there. It is all that a journal has that keeps
 * no records, and one of the two halves of what one on a disk tells.
 */
import type { EventMessage } from '@cuehub/protocol';
import { type Lane, taskView } from '../core/index.js';
import type { History, HistoryPage, HistoryQuery, LaneState, LiveLane, Timeline, TimelineQuery } from './port.js';

type Task = Lane['tasks'] extends Map<string, infer T> ? T : never;

export class LivingHistory implements History {
  readonly #parked: (lane: string) => LaneState | undefined;

  constructor(parked: (lane: string) => LaneState | undefined) {
    this.#parked = parked;
  }

  async tasks(name: string, live: LiveLane | null, query: HistoryQuery): Promise<HistoryPage> {
    const lane = live?.lane ?? this.#parked(name)?.lane;
    const tasks = [];
    for (const task of lane === undefined ? [] : livingTasks(lane, query)) {
      if (tasks.length === query.limit) return { tasks, next: tasks.at(-1)!.task_id };
      tasks.push(viewOfLiving(lane!, task, query));
    }
    return { tasks };
  }

  async timeline(name: string, live: LiveLane | null, query: TimelineQuery): Promise<Timeline | null> {
    const parked = live === null ? this.#parked(name) : undefined;
    const known = (live?.lane ?? parked?.lane)?.tasks.has(query.task_id) ?? false;
    const facts = factsAbout(live?.facts() ?? parked?.facts ?? [], query.task_id);
    if (!known && facts.length === 0) return null;
    return timelinePage(facts, beginsWithSubmission(facts), query);
  }

  /** What has left memory is nowhere. */
  task(): null {
    return null;
  }

  keptFrom(): number | null {
    return null;
  }
}

/** Those of the lane's tasks that are asked for, the latest submitted first. */
export function* livingTasks(lane: Lane, query: HistoryQuery): Generator<Task> {
  const { before } = query;
  const order = before === undefined ? undefined : lane.tasks.get(before)?.order;
  const tasks = [...lane.tasks.values()];
  for (let i = tasks.length - 1; i >= 0; i -= 1) {
    const task = tasks[i]!;
    if (before !== undefined && (order === undefined ? task.task_id >= before : task.order >= order)) continue;
    const { spec, source, submitted_at, state } = task;
    if (isAskedFor({ name: spec.name, source, submitted_at }, query) && inState(state, query)) yield task;
  }
}

export function viewOfLiving(lane: Lane, { task_id }: Task, { now_ms }: HistoryQuery) {
  const view = taskView(lane, task_id, now_ms, false);
  if (view === null) throw new Error(`task ${task_id} is in lane ${lane.name} and has no view`);
  return view;
}

export function isAskedFor(
  task: { readonly name: string; readonly source: Task['source']; readonly submitted_at: number },
  { name, source, since, until }: HistoryQuery,
): boolean {
  if (name !== undefined && task.name !== name) return false;
  if (since !== undefined && task.submitted_at < since) return false;
  if (until !== undefined && task.submitted_at >= until) return false;
  if (source === undefined) return true;
  const { client_name, kind, session_id } = task.source;
  return client_name === source || kind === source || session_id === source;
}

export function inState(state: Task['state'], { states }: HistoryQuery): boolean {
  return states === undefined || states.includes(state);
}

export function factsAbout(facts: readonly EventMessage[], task_id: string): EventMessage[] {
  return facts.filter((fact) => {
    if ('task' in fact) return fact.task.task_id === task_id;
    return 'task_id' in fact && fact.task_id === task_id;
  });
}

/** A restart is told as `task.queued` too, but has started before. */
export function beginsWithSubmission([first]: readonly EventMessage[]): boolean {
  return first?.event === 'task.queued' && first.task.attempt === 0;
}

/** `facts` are all that come after `after`, or at least one more of them than the page takes. */
export function timelinePage(
  facts: readonly EventMessage[],
  complete: boolean,
  { limit, after = 0 }: TimelineQuery,
): Timeline {
  const wanted = facts.filter(({ seq }) => seq > after);
  if (wanted.length <= limit) return { facts: wanted, complete };
  const page = wanted.slice(0, limit);
  return { facts: page, complete, next: page.at(-1)!.seq };
}

// Who has the floor, whether it may be taken, and if not, why: in words for people.
import type { CurrentTask, TaskView } from '@cuehub/protocol';
import { duration } from './format.js';
import { type Held, heldUntil } from './holds.js';
import type { LaneModel } from './lane-model.js';
import { pausedTasks, queuedByLevel } from './waiting.js';

export interface Floor {
  readonly tone: 'unknown' | 'stopped' | 'idle' | 'busy' | 'streaming' | 'yielding';
  readonly mode: string;
  readonly holder: CurrentTask | null;
  readonly running_ms: number;
  readonly can_interrupt: boolean;
  /** Why it may, or may not, be interrupted now. */
  readonly because: string;
  readonly holds: readonly Held[];
}

export function floorOf(model: LaneModel, now_ms: number, clock: (at: number) => string): Floor {
  const { status } = model;
  if (status === null) {
    return { tone: 'unknown', mode: '–', holder: null, running_ms: 0, can_interrupt: false, because: '', holds: [] };
  }
  const { state, current_task: holder } = status;
  const holds = holder === null ? [] : model.holds.of(holder.task_id);
  const elapsed_ms = holder?.state === 'running' || holder?.state === 'cancelling' ? now_ms - model.status_at : 0;
  return {
    tone: toneOf(model),
    mode: !state.started && holder === null ? 'stopped' : state.mode,
    holder,
    running_ms: (holder?.running_for ?? 0) * 1_000 + Math.max(0, elapsed_ms),
    can_interrupt: state.can_interrupt,
    because: because(model, holds, model.hubTime(now_ms), clock),
    holds,
  };
}

function toneOf({ status }: LaneModel): Floor['tone'] {
  if (status === null) return 'unknown';
  const holder = status.current_task;
  if (holder === null) return status.state.started ? 'idle' : 'stopped';
  if (holder.state === 'pausing' || holder.state === 'cancelling') return 'yielding';
  return status.state.mode;
}

function because(model: LaneModel, holds: readonly Held[], hub_now_ms: number, clock: (at: number) => string): string {
  const holder = model.current;
  if (holder === null) return 'the floor is free';
  if (holder.state === 'pausing') {
    const by = nextOver(model, holder);
    return by === undefined ? 'it is being paused' : `it is being paused for ${by.name}`;
  }
  if (holder.state === 'cancelling') return 'it is being cancelled';
  if (!holder.interruptible) return 'it was submitted as not interruptible';
  if (holds.length > 0) return holds.map((held) => holdWords(held, hub_now_ms, clock)).join('; ');
  if (model.status?.state.can_interrupt === false) return 'it holds the floor';
  return 'it is interruptible, and nothing holds the floor';
}

/** `held for “punch line” by its stream main until 14:03:22 (12 s) unless renewed`. */
export function holdWords(held: Held, hub_now_ms: number, clock: (at: number) => string): string {
  const until = heldUntil(held, hub_now_ms);
  const what = held.reason === '' ? 'held' : `held for “${held.reason}”`;
  const by = held.stream === null ? '' : ` by its stream ${held.stream}`;
  const renewable = held.expires_at > hub_now_ms ? 'unless renewed' : 'at the latest';
  return `${what}${by} until ${clock(until)} (${duration(until - hub_now_ms)}) ${renewable}`;
}

/** Who would have the floor next instead of the holder. */
function nextOver(model: LaneModel, holder: CurrentTask): TaskView | undefined {
  const paused = pausedTasks(model);
  for (const { priority, tasks } of queuedByLevel(model)) {
    if (priority === holder.priority) return undefined;
    const next = paused.find((task) => task.priority === priority) ?? tasks.find(({ preempt }) => preempt !== 'queue');
    if (next !== undefined) return next;
  }
  return undefined;
}

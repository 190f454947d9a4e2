// What the console knows of one lane: messages of the hub in, a picture of the lane out. Reads no clock.
//
// It is changed in place, because a flood of facts would copy thousands of waiting tasks otherwise; views read it at
// most once a frame.
import type { WatchEvent } from '@cuehub/client';
import {
  type CurrentTask,
  type EventMessage,
  isTerminal,
  type LaneStatus,
  type SnapshotMessage,
  type TaskFact,
  type TaskView,
} from '@cuehub/protocol';
import { Clients } from './clients.js';
import { Holds } from './holds.js';
import { Timeline } from './timeline.js';
import { Transcript, type Utterance } from './transcript.js';

/** Facts kept for the log. */
export const FACTS_MAX = 400;
/** Ended tasks of which the last view is kept, for the transcript and the task's page. */
export const ENDED_MAX = 256;

export class LaneModel {
  readonly lane: string;
  status: LaneStatus | null = null;
  /** When `status` came, by this machine's clock. */
  status_at = 0;
  /** Tasks that are not terminal. With a long queue those that are not known yet are missing: `queue_size` counts them. */
  readonly tasks = new Map<string, TaskView>();
  /** The last view of ended ones, the latest last. */
  readonly ended = new Map<string, TaskView>();
  readonly clients = new Clients();
  readonly holds = new Holds();
  readonly transcript = new Transcript();
  readonly timeline = new Timeline();
  /** The latest last. */
  facts: EventMessage[] = [];
  /** Notes that executors give of their work. */
  readonly progress = new Map<string, { readonly ratio?: number; readonly note?: string }>();
  /** When their last attempt was given up, by task. */
  readonly retrying = new Map<string, number>();
  /** A snapshot came: what it does not have (the rest of the queue, holds, pauses) should be asked for. */
  snapshots = 0;
  /** How far the hub's clock is behind this machine's; by the fact that came fastest. */
  clock_offset_ms = 0;
  #fastest_ms = Number.POSITIVE_INFINITY;

  constructor(lane: string) {
    this.lane = lane;
  }

  /** This machine's time as the hub's clock has it. */
  hubTime(now_ms: number): number {
    return now_ms - this.clock_offset_ms;
  }

  /** Who has the floor, as the latest state says. */
  get current(): CurrentTask | null {
    return this.status?.current_task ?? null;
  }

  /** The whole of that task, as far as it is known. */
  get holder(): TaskView | undefined {
    const { current } = this;
    return current === null ? undefined : this.tasks.get(current.task_id);
  }

  find(task_id: string): TaskView | undefined {
    return this.tasks.get(task_id) ?? this.ended.get(task_id);
  }

  /** What was said, in the order in which its tasks last got the floor: texts that are replayed come in any order. */
  said(): readonly Utterance[] {
    const grantedAt = ({ task_id }: Utterance): number => {
      const spans = this.timeline.track(task_id)?.spans ?? [];
      return spans[spans.length - 1]?.from ?? Number.POSITIVE_INFINITY;
    };
    return [...this.transcript.utterances].sort((a, b) => compare(grantedAt(a), grantedAt(b)));
  }

  apply(message: WatchEvent, now_ms: number): void {
    switch (message.type) {
      case 'snapshot':
        return this.#snapshot(message, now_ms);
      case 'state':
        this.status = message;
        this.status_at = now_ms;
        return;
      case 'event':
        return this.#fact(message, now_ms);
      case 'chunk':
        this.transcript.chunk(message);
        this.holds.renew(message.task_id, message.stream, this.hubTime(now_ms));
        return;
      case 'cut':
        return this.transcript.cut(message.task_id, message.stream, message.from_seq);
      case 'presence':
        return this.clients.take(message);
      case 'progress':
        this.progress.set(message.task_id, message);
        return;
      case 'gap':
        return;
    }
  }

  /** Tasks that a request told of: news only of those that are not over. */
  learn(tasks: readonly TaskView[]): void {
    for (const task of tasks) {
      if (isTerminal(task.state) || this.ended.has(task.task_id)) continue;
      this.tasks.set(task.task_id, withPayload(task, this.tasks.get(task.task_id)));
    }
  }

  /** The facts of a task that were asked for: its pauses, and the holds that a snapshot does not tell of. */
  learnFacts(task_id: string, facts: readonly EventMessage[]): void {
    this.timeline.facts(facts);
    if (this.current?.task_id !== task_id) return;
    const last = facts[facts.length - 1];
    // What was seen meanwhile is newer than the answer.
    if (last === undefined || this.facts.some((fact) => isLater(fact, last) && taskOf(fact) === task_id)) return;
    // The holder's holds were told before this page was there to hear it.
    this.holds.drop(task_id);
    for (const fact of facts) this.holds.take(fact);
  }

  #snapshot(message: SnapshotMessage, now_ms: number): void {
    this.snapshots += 1;
    this.status = message;
    this.status_at = now_ms;
    const holder = this.holder;
    this.tasks.clear();
    for (const task of [...message.queue, ...message.paused]) this.tasks.set(task.task_id, task);
    if (holder !== undefined && holder.task_id === message.current_task?.task_id)
      this.tasks.set(holder.task_id, holder);
    this.holds.clear();
    if (message.clients !== undefined) this.clients.snapshot(message.clients);
    this.transcript.snapshot(message.streams);
    this.timeline.history([...message.queue, ...message.paused]);
    this.timeline.snapshot(message.current_task?.task_id ?? null, message.state.started, this.hubTime(now_ms));
  }

  #fact(fact: EventMessage, now_ms: number): void {
    this.#measureClock(fact.at, now_ms);
    this.facts.push(fact);
    if (this.facts.length > FACTS_MAX * 2) this.facts = this.facts.slice(-FACTS_MAX);
    this.timeline.take(fact);
    this.holds.take(fact);
    if ('task' in fact) this.#taskFact(fact);
  }

  #taskFact({ event, at, task }: TaskFact): void {
    if (event === 'task.retrying') this.retrying.set(task.task_id, at);
    else this.retrying.delete(task.task_id);
    const whole = withPayload(task, this.tasks.get(task.task_id));
    if (event === 'task.started' || event === 'task.resumed') this.transcript.granted(task.task_id);
    if (!isTerminal(task.state)) {
      this.tasks.set(task.task_id, whole);
      return;
    }
    this.tasks.delete(task.task_id);
    this.progress.delete(task.task_id);
    this.ended.set(task.task_id, whole);
    if (this.ended.size > ENDED_MAX) {
      const [oldest] = this.ended.keys();
      if (oldest !== undefined) this.ended.delete(oldest);
    }
  }

  /** Facts of a replay are old; only the fastest of all says how the clocks differ. */
  #measureClock(at: number, now_ms: number): void {
    const behind_ms = now_ms - at;
    if (behind_ms >= this.#fastest_ms) return;
    this.#fastest_ms = behind_ms;
    this.clock_offset_ms = Math.abs(behind_ms) < CLOCK_TOLERANCE_MS ? 0 : behind_ms;
  }
}

/** Infinities are equal, which their difference is not. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Only some messages carry `args` and `meta`; they do not change. */
function withPayload(task: TaskView, known: TaskView | undefined): TaskView {
  const whole = { ...task };
  if (whole.args === undefined && known?.args !== undefined) whole.args = known.args;
  if (whole.meta === undefined && known?.meta !== undefined) whole.meta = known.meta;
  return whole;
}

function isLater(fact: EventMessage, than: EventMessage): boolean {
  return fact.log === than.log && fact.seq > than.seq;
}

export function taskOf(fact: EventMessage): string | null {
  if ('task' in fact) return fact.task.task_id;
  return 'task_id' in fact ? fact.task_id : null;
}

/** A fact may take that long to come: clocks that differ by less are called the same. */
const CLOCK_TOLERANCE_MS = 500;

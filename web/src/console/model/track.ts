// What one task did with the floor, from its facts: when it had it, when it was held, what happened to it.
//
// Owns the fold of one task's facts. The lane's tracks together, and what is drawn of them, are `timeline.ts`.
import {
  type EventMessage,
  isTerminal,
  type Priority,
  type TaskFact,
  type TaskState,
  type TaskView,
} from '@cuehub/protocol';

/** The floor, from a grant until it went elsewhere. */
export interface Span {
  readonly epoch: number;
  readonly from: number;
  /** Null while it goes on. */
  to: number | null;
  /** How it ended: the task's state afterwards. */
  after: TaskState | null;
}

export type MarkKind = 'interrupted' | 'deferred' | 'failed' | 'cancelled' | 'expired' | 'retrying' | 'restarted';

export interface Mark {
  readonly kind: MarkKind;
  readonly at: number;
  /** Why, in words for people. */
  readonly detail: string;
}

export interface HeldSpan {
  readonly hold_id: string;
  readonly from: number;
  to: number | null;
  readonly reason: string;
}

export class Track {
  readonly task_id: string;
  name: string;
  priority: Priority;
  submitted_at: number;
  ended_at: number | null = null;
  state: TaskState;
  readonly spans: Span[] = [];
  readonly marks: Mark[] = [];
  readonly holds: HeldSpan[] = [];
  /** Made from what the hub says of the task as a whole: its pauses and deferrals are not known yet. */
  rough = false;
  #log = '';
  #seq = -1;
  /** A pause was asked for, by whom or what the next fact does not say. */
  #asked_at: number | null = null;

  constructor(task: TaskView) {
    this.task_id = task.task_id;
    this.name = task.name;
    this.priority = task.priority;
    this.submitted_at = task.submitted_at;
    this.state = task.state;
  }

  /** As well as a task alone can tell: one span from its first start to its end. */
  static roughly(task: TaskView): Track {
    const track = new Track(task);
    track.ended_at = task.ended_at ?? null;
    track.rough = !isTold(task);
    if (task.started_at !== undefined) {
      const runs = task.state === 'running' || task.state === 'pausing' || task.state === 'cancelling';
      track.spans.push({
        epoch: task.epoch,
        from: task.started_at,
        to: runs ? null : (task.ended_at ?? task.started_at + task.running_ms),
        after: runs ? null : task.state,
      });
    }
    // When that was is not told here; mostly it is when the task came.
    if (task.deferred !== undefined) track.#markDeferred(task.submitted_at, task);
    track.#markEnd(task, task.ended_at ?? null);
    return track;
  }

  /** False for a fact that was taken before. */
  take(fact: EventMessage): boolean {
    if (fact.log === this.#log && fact.seq <= this.#seq) return false;
    this.#log = fact.log;
    this.#seq = fact.seq;
    if ('task' in fact) this.#task(fact);
    else if (fact.event === 'hold.taken') {
      this.holds.push({ hold_id: fact.hold_id, from: fact.at, to: null, reason: fact.reason ?? '' });
    } else if (fact.event === 'hold.released' || fact.event === 'hold.expired') {
      const hold = this.holds.find(({ hold_id, to }) => hold_id === fact.hold_id && to === null);
      if (hold !== undefined) hold.to = fact.at;
    }
    return true;
  }

  /** It has taken a fact that the other one, made of facts of the same log, has not. */
  isAheadOf(other: Track): boolean {
    return this.#log === other.#log && this.#seq > other.#seq;
  }

  /** The hub tells of a grant or an end that no fact told here. */
  isBehind(task: TaskView): boolean {
    if (this.ended_at !== null) return false;
    const last = this.spans[this.spans.length - 1];
    return isTerminal(task.state) || task.epoch > (last?.epoch ?? 0);
  }

  /** It had the floor no longer from this moment on, whatever the facts that did not come said. */
  leave(at: number, after: TaskState | null): void {
    const open = this.open;
    if (open !== undefined) {
      open.to = Math.max(open.from, at);
      open.after = after;
    }
    for (const hold of this.holds) hold.to ??= at;
  }

  /** The span that goes on. */
  get open(): Span | undefined {
    const last = this.spans[this.spans.length - 1];
    return last?.to === null ? last : undefined;
  }

  /** The last moment anything is known of it. */
  get latest_at(): number {
    const last = this.spans[this.spans.length - 1];
    return this.ended_at ?? last?.to ?? last?.from ?? this.submitted_at;
  }

  #task({ event, at, task }: TaskFact): void {
    this.state = task.state;
    this.priority = task.priority;
    switch (event) {
      case 'task.started':
      case 'task.resumed':
        this.leave(at, null);
        this.spans.push({ epoch: task.epoch, from: at, to: null, after: null });
        break;
      case 'task.pausing':
      case 'task.cancelling':
        this.#asked_at = at;
        break;
      case 'task.paused':
        this.leave(at, 'paused');
        if (task.reason === 'interrupted')
          this.#mark('interrupted', at, `asked ${at - (this.#asked_at ?? at)} ms before`);
        this.#asked_at = null;
        break;
      case 'task.deferred':
        this.#markDeferred(at, task);
        break;
      case 'task.retrying':
        this.leave(at, 'queued');
        this.#mark('retrying', at, `after attempt ${task.attempt}`);
        break;
      case 'task.queued':
        // Told again: after a restart of its run (what displaced it), or after one of the hub.
        if (this.open !== undefined) this.#mark('restarted', at, task.reason?.replaceAll('_', ' ') ?? 'queued again');
        this.leave(at, 'queued');
        break;
      case 'task.completed':
      case 'task.failed':
      case 'task.cancelled':
      case 'task.expired':
        this.leave(at, task.state);
        this.ended_at = at;
        this.#markEnd(task, at);
        break;
      default:
        break;
    }
  }

  #markDeferred(at: number, { deferred }: TaskView): void {
    this.#mark('deferred', at, deferred?.reason === 'hold' ? 'the floor was held' : 'the holder was not interruptible');
  }

  #markEnd(task: TaskView, at: number | null): void {
    if (at === null) return;
    const detail =
      task.error === undefined ? (task.reason ?? '').replaceAll('_', ' ') : `${task.error.code}: ${task.error.message}`;
    if (task.state === 'failed' || task.state === 'cancelled' || task.state === 'expired') {
      this.#mark(task.state, at, detail);
    }
  }

  #mark(kind: MarkKind, at: number, detail: string): void {
    this.marks.push({ kind, at, detail });
  }
}

/** Waits shorter than this are those of a floor that was free. */
const DEFERRED_AFTER_MS = 20;

/** Whether the task alone tells all that there is to see: that it ran once, and nothing kept it from running. */
function isTold(task: TaskView): boolean {
  const ranOnce = task.interruptions === 0 && task.paused_ms === 0 && task.attempt <= 1;
  const waited_ms = (task.started_at ?? task.ended_at ?? task.submitted_at) - task.submitted_at;
  const mayHaveBeenDeferred =
    waited_ms > DEFERRED_AFTER_MS && task.preempt !== 'queue' && task.priority !== 'BACKGROUND';
  if (task.started_at === undefined) return !mayHaveBeenDeferred;
  return ranOnce && isTerminal(task.state) && !mayHaveBeenDeferred;
}

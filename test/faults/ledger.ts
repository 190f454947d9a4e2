// Owns: what the hub has given its word for, as its clients heard it, and what it may therefore never contradict; and
// whatever was found to be broken.
// Leaves to others: how clients behave (producer.ts, executor.ts, watcher.ts), the whole history at last (history.ts).
import type { Frame, Task } from '../conformance/frames.js';

export const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'expired']);

/** Enough to see how a task got there. */
const STORY_LINES = 60;

interface Submitted {
  readonly key: string;
  readonly chunks: number;
}

/** What is known for certain about one acknowledged task. */
export interface KnownTask extends Submitted {
  readonly task_id: string;
  readonly lane: string;
  /** The end that was acknowledged to anybody. */
  end: string | null;
  /** Epoch that the task had when a cancel of it was acknowledged: it gets no floor after that. */
  cancelled_at: number | null;
}

/** A checkpoint on its way to the hub, or there. */
export interface SentCheckpoint {
  readonly checkpoint: number;
  acknowledged: boolean;
}

/** The text of a stream is known beforehand, piece by piece, so that a repeat or a loss shows. */
export function piece(key: string, seq: number): string {
  return `${key}:${seq} `;
}

export function pieces(key: string, from: number, to: number): string {
  let text = '';
  for (let seq = from; seq < to; seq += 1) text += piece(key, seq);
  return text;
}

export class Ledger {
  readonly broken: string[] = [];
  /** Acknowledged tasks by their id. */
  readonly tasks = new Map<string, KnownTask>();
  readonly counts = { adopted: 0, released: 0, resumed: 0, recovered: 0, snapshots: 0, ends_again: 0, texts: 0 };
  /** Counts the hubs of a run. */
  hub = 0;
  /** Called when something is broken. */
  onBroken: () => void = () => {};
  readonly #stories = new Map<string, string[]>();
  readonly #by_key = new Map<string, string>();
  /** In the order in which they were sent. */
  readonly #checkpoints = new Map<string, SentCheckpoint[]>();
  readonly #cancels_asked = new Set<string>();
  /** By epoch, who got it. */
  readonly #grants = new Map<number, string>();
  readonly #facts = new Map<string, string>();
  /** `lane log` → the last fact that cannot be taken back, because what it tells was acknowledged. */
  readonly #durable = new Map<string, number>();
  /** `task_id event` → where that fact was seen last. */
  readonly #places = new Map<string, { log: string; seq: number }>();

  break(what: string, task_id?: string): void {
    this.onBroken();
    const story = task_id === undefined ? undefined : this.#stories.get(task_id);
    this.broken.push(story === undefined ? what : `${what}\n    ${story.slice(-STORY_LINES).join('\n    ')}`);
  }

  /** What clients did and heard about a task: told with what is broken about it. */
  note(task_id: string, line: string): void {
    let story = this.#stories.get(task_id);
    if (story === undefined) {
      story = [];
      this.#stories.set(task_id, story);
    }
    story.push(`${this.hub}: ${line}`);
  }

  /** A submit was answered. */
  submitted(lane: string, { key, chunks }: Submitted, reply: Frame): KnownTask {
    const { task_id } = reply;
    const earlier = this.#by_key.get(key);
    if (earlier !== undefined && earlier !== task_id) this.break(`${key} was task ${earlier} and is now ${task_id}`);
    if (earlier !== undefined && !reply.duplicate) this.break(`${key} was acknowledged before, and taken as new`);
    this.#by_key.set(key, task_id);
    const known = this.tasks.get(task_id) ?? {
      ...{ task_id, lane, key, chunks },
      ...{ end: null, cancelled_at: null },
    };
    this.tasks.set(task_id, known);
    this.#settled(lane, `${task_id} task.queued`);
    if (TERMINAL.has(reply.state as unknown as string)) this.ended(task_id, reply.state as unknown as string);
    return known;
  }

  /** An end was acknowledged: to its executor, to one who waited, or to one who cancelled. */
  ended(task_id: string, state: string): void {
    const known = this.tasks.get(task_id);
    if (known === undefined) return;
    if (known.end !== null && known.end !== state) this.break(`${task_id} ended as ${known.end}, and then as ${state}`);
    known.end = state;
    this.#settled(known.lane, `${task_id} task.${state}`);
  }

  cancelAsked(task_id: string): void {
    this.#cancels_asked.add(task_id);
  }

  wasCancelAsked(task_id: string): boolean {
    return this.#cancels_asked.has(task_id);
  }

  cancelled(task: Task): void {
    const known = this.tasks.get(task.task_id);
    if (known === undefined) return;
    known.cancelled_at ??= task.epoch;
    if (TERMINAL.has(task.state)) this.ended(task.task_id, task.state);
  }

  /** Mark what this gives when the hub has acknowledged it. */
  checkpointSent(task_id: string, checkpoint: number): SentCheckpoint {
    const sent: SentCheckpoint = { checkpoint, acknowledged: false };
    const all = this.#checkpoints.get(task_id);
    if (all === undefined) this.#checkpoints.set(task_id, [sent]);
    else all.push(sent);
    return sent;
  }

  /** A run begins at a checkpoint that another one left: it cannot do again what came before that. */
  begins(task_id: string, checkpoint: number): void {
    const sent = this.#checkpoints.get(task_id)?.findLast((one) => one.checkpoint === checkpoint);
    if (sent !== undefined) sent.acknowledged = true;
  }

  /** The floor was given: `task.dispatch` or `task.resume`. */
  granted(task_id: string, epoch: number, checkpoint: unknown): void {
    const owner = this.#grants.get(epoch);
    if (owner !== undefined) this.break(`epoch ${epoch} was given to ${owner} and then to ${task_id}`);
    this.#grants.set(epoch, task_id);
    this.#goesOnFrom(task_id, checkpoint);
    const known = this.tasks.get(task_id);
    if (known === undefined) return;
    if (known.end !== null) this.break(`${task_id} got the floor after its end (${known.end}) was acknowledged`);
    if (known.cancelled_at !== null && epoch > known.cancelled_at) {
      this.break(`${task_id} got the floor at epoch ${epoch}, its cancel was acknowledged at ${known.cancelled_at}`);
    }
  }

  /**
   * The last one that was acknowledged, or one that was sent after it. That is not the farthest: one that comes when the
   * grace is over is kept although the chunks before it were refused, so that the next ones are of less text again.
   */
  #goesOnFrom(task_id: string, checkpoint: unknown): void {
    const sent = this.#checkpoints.get(task_id) ?? [];
    const last = sent.findLastIndex(({ acknowledged }) => acknowledged);
    const may_be = sent.slice(Math.max(0, last)).map((one): unknown => one.checkpoint);
    if (last === -1) may_be.push(null);
    if (may_be.includes(checkpoint ?? null)) return;
    this.break(`${task_id} goes on from checkpoint ${String(checkpoint)}, not from ${may_be.join(' or ')}`, task_id);
  }

  /** A fact that any watcher saw: one (log, seq) tells one thing to everybody. */
  saw(fact: Frame): void {
    const { lane, log, seq } = fact;
    const subject = fact.task === undefined ? fact.task_id : fact.task.task_id;
    const told = `${fact.event} ${subject ?? ''} ${fact.task?.epoch ?? ''} ${fact.at}`;
    const place = `${lane} ${log} ${seq}`;
    const before = this.#facts.get(place);
    if (before !== undefined && before !== told) this.break(`fact ${place} was told as ${before} and as ${told}`);
    this.#facts.set(place, told);
    const what = `${subject} ${fact.event}`;
    this.#places.set(what, { log, seq });
    const known = this.tasks.get(subject);
    if (known === undefined) return;
    if (fact.event === 'task.queued' || fact.event === `task.${known.end}`) this.#settled(lane, what);
  }

  /** Facts up to this one survive whatever happens. */
  durableSeq(lane: string, log: string): number {
    return this.#durable.get(`${lane} ${log}`) ?? 0;
  }

  #settled(lane: string, what: string): void {
    const place = this.#places.get(what);
    if (place === undefined) return;
    const at = `${lane} ${place.log}`;
    this.#durable.set(at, Math.max(this.#durable.get(at) ?? 0, place.seq));
  }
}

/**
 * The waiting tasks of a lane in the order they would run, and which of them could start now.
 *
 * Order is total: (level, calls before others, paused before queued, submission). Level and class make a rank. Tasks of
 * a rank that wait for the same executor (a worker name, a session) and treat a holder alike share a bucket; a bucket is
 * ready or not as a whole, so a worker that comes or goes moves buckets and never touches tasks. Each rank keeps its
 * ready buckets in heaps by their first task: picking the best costs O(log of them), and names without a worker are never
 * looked at. Owns order, places and readiness; who is an executor is decided outside.
 */
import type { Preempt, PriorityLevel } from '@cuehub/protocol';
import { BucketHeap } from './bucket-heap.js';
import { LazyMap } from './lazy-map.js';
import { OrderBits } from './order-bits.js';
import { OrderIndex } from './order-index.js';

/** What the queue needs of a task. The bucket belongs to the queue. */
export interface Waiting<T extends Waiting<T>> {
  readonly order: number;
  /** Level it competes at: its own, or a caller's higher one. */
  level: PriorityLevel;
  /** A caller waits for it. */
  called: boolean;
  readonly preempt: Preempt;
  bucket: Bucket<T> | null;
}

/** Whoever registered for a name; one session; nobody, for a task that waits for something else. */
export type ExecutorKind = 'worker' | 'session' | 'nobody';

/** Somebody who can run tasks, as far as tasks wait for it. */
export interface Executor<T extends Waiting<T>> {
  readonly kind: ExecutorKind;
  /** The worker's name, or the session's id. */
  readonly id: string;
  ready: boolean;
  tasks: number;
  /** One a rank and `preempt`: few, so they are searched. */
  buckets: readonly Bucket<T>[];
  /** Among those that stay for a while without tasks. */
  resting: boolean;
}

export interface Bucket<T extends Waiting<T>> {
  readonly executor: Executor<T>;
  readonly rank: number;
  readonly preempt: Preempt;
  /** Numbers of those that wait in it. */
  readonly orders: OrderBits;
  head: T | null;
  /** Place among the ready buckets of its kind; −1 when it is not among them. */
  heap_index: number;
}

const CLASSES = 4;
const RANKS = 5 * CLASSES;
/** Executors that nobody waits for any more are kept, up to so many: a lane that runs one task after another needs them again at once. */
const RESTING_MAX = 8;

/** 0 is the first to run. Class within a level: called and paused, called, paused, queued. */
export function rankOf(level: PriorityLevel, called: boolean, paused: boolean): number {
  return (level - 1) * CLASSES + (called ? 0 : 2) + (paused ? 0 : 1);
}

/** Whether `a` runs before `b`; both are waiting. */
export function runsBefore<T extends Waiting<T>>(a: T, b: T): boolean {
  const rankA = a.bucket?.rank ?? RANKS;
  const rankB = b.bucket?.rank ?? RANKS;
  return rankA !== rankB ? rankA < rankB : a.order < b.order;
}

/** The numbers of all of a rank, and those of its buckets that are ready. */
type Rank<T extends Waiting<T>> = { readonly orders: OrderBits } & {
  [preempt in Preempt]: BucketHeap<Bucket<T>> | null;
};

export class WaitingQueue<T extends Waiting<T>> {
  /** All that wait. Ranks and buckets know them by their numbers. */
  readonly #tasks = new OrderIndex<T>();
  readonly #workers = new Map<string, Executor<T>>();
  readonly #sessions = new LazyMap<string, Executor<T>>();
  /** Never ready. */
  #nobody: Executor<T> | null = null;
  #resting: readonly Executor<T>[] = [];
  /** Made when somebody first waits there: an idle lane has few. */
  readonly #ranks: (Rank<T> | undefined)[] = [];
  /** A bit for each rank in which a bucket of this kind is ready. */
  readonly #ready: { [preempt in Preempt]: number } = { interrupt: 0, finish: 0, queue: 0 };
  /** Tasks that interrupt, and buckets of such, that became ready since the scheduler last looked. May be gone again. */
  #newTask: T | null = null;
  #moreNewTasks: T[] | null = null;
  #newBuckets: Bucket<T>[] | null = null;
  readonly #isReady: (kind: 'worker' | 'session', id: string) => boolean;

  /** `isReady` is asked for each executor that tasks begin to wait for; `setReady` tells what changes from then on. */
  constructor(isReady: (kind: 'worker' | 'session', id: string) => boolean) {
    this.#isReady = isReady;
  }

  add(task: T, kind: ExecutorKind, id: string, paused: boolean): void {
    const executor = this.#executorOf(kind, id);
    const bucket = this.#bucketOf(executor, rankOf(task.level, task.called, paused), task.preempt);
    executor.tasks += 1;
    this.#tasks.add(task);
    this.#rank(bucket.rank).orders.add(task.order);
    bucket.orders.add(task.order);
    task.bucket = bucket;
    const first = bucket.head === null || task.order < bucket.head.order;
    if (first) bucket.head = task;
    if (!executor.ready) return;
    if (bucket.heap_index < 0) this.#push(bucket);
    else if (first) this.#heapOf(bucket).moved(bucket);
    if (bucket.preempt === 'queue') return;
    // Nearly always one: an array that is filled and emptied at each step gets new memory each time.
    if (this.#newTask === null) this.#newTask = task;
    else (this.#moreNewTasks ??= []).push(task);
  }

  /** Does nothing when the task is not waiting. */
  remove(task: T): void {
    const bucket = task.bucket;
    if (!bucket) return;
    const { executor } = bucket;
    task.bucket = null;
    executor.tasks -= 1;
    this.#tasks.delete(task);
    this.#rank(bucket.rank).orders.delete(task.order);
    bucket.orders.delete(task.order);
    if (bucket.head === task) {
      bucket.head = this.#tasks.get(bucket.orders.first()) ?? null;
      if (executor.ready) {
        if (bucket.head === null) this.#pull(bucket);
        else this.#heapOf(bucket).moved(bucket);
      }
    }
    if (executor.tasks === 0) this.#rest(executor);
  }

  /** An executor came or went: all that waits for it can start, or can not. */
  setReady(kind: 'worker' | 'session', id: string, ready: boolean): void {
    const executor = this.#executors(kind).get(id);
    if (!executor || executor.ready === ready) return;
    executor.ready = ready;
    for (const bucket of executor.buckets) {
      if (!bucket.head) continue;
      if (!ready) this.#pull(bucket);
      else {
        this.#push(bucket);
        if (bucket.preempt !== 'queue') (this.#newBuckets ??= []).push(bucket);
      }
    }
  }

  /** Names of workers that somebody waits for, and perhaps a few more. */
  names(): Iterable<string> {
    return this.#workers.keys();
  }

  /** The task that would run next, of those that could start now. */
  best(): T | null {
    const { interrupt, finish, queue } = this.#ready;
    const rank = lowest(interrupt | finish | queue);
    if (rank < 0) return null;
    const ready = this.#ranks[rank]!;
    return earliest(earliest(headOf(ready.interrupt), headOf(ready.finish)), headOf(ready.queue));
  }

  /** Whether a ready task waits above `level` that interrupts: at once, or in any way (`finish` too). */
  hasInterrupterAbove(level: number, atOnce = false): boolean {
    const { interrupt, finish } = this.#ready;
    return ((atOnce ? interrupt : interrupt | finish) & ranksAbove(level)) !== 0;
  }

  /** The first of them in the order they would run. */
  interrupterAbove(level: number, atOnce = false): T | null {
    const { interrupt, finish } = this.#ready;
    const rank = lowest((atOnce ? interrupt : interrupt | finish) & ranksAbove(level));
    if (rank < 0) return null;
    const ready = this.#ranks[rank]!;
    return atOnce ? headOf(ready.interrupt) : earliest(headOf(ready.interrupt), headOf(ready.finish));
  }

  /** Those of them that became ready since `looked`, in the order they would run. */
  newInterruptersAbove(level: number): T[] {
    const above = ranksAbove(level);
    const found = new Set<T>();
    if (this.#newTask !== null && isReadyIn(this.#newTask.bucket, above)) found.add(this.#newTask);
    for (const task of this.#moreNewTasks ?? []) if (isReadyIn(task.bucket, above)) found.add(task);
    for (const bucket of this.#newBuckets ?? []) {
      if (isReadyIn(bucket, above)) for (const order of bucket.orders) found.add(this.#tasks.get(order)!);
    }
    return [...found].sort((a, b) => (runsBefore(a, b) ? -1 : 1));
  }

  /** The scheduler has seen who became ready. */
  looked(): void {
    this.#newTask = null;
    this.#moreNewTasks = null;
    this.#newBuckets = null;
  }

  /** All that are ready above `level` count as new: for the rare moment when everything is to be decided again. */
  renewAbove(level: number): void {
    for (let rank = 0; rank < RANKS; rank += 1) {
      const ready = this.#ranks[rank];
      if (!ready || (ranksAbove(level) & (1 << rank)) === 0) continue;
      (this.#newBuckets ??= []).push(...(ready.interrupt ?? []), ...(ready.finish ?? []));
    }
  }

  /** Place among all that wait, ready or not, from 1. */
  position(task: T): number | null {
    const bucket = task.bucket;
    if (!bucket) return null;
    let before = 0;
    for (let rank = 0; rank < bucket.rank; rank += 1) before += this.#ranks[rank]?.orders.size ?? 0;
    return before + this.#rank(bucket.rank).orders.countBefore(task.order) + 1;
  }

  /** The first `max` waiting tasks in the order they would run, ready or not; `paused`: only such, or only the others. */
  first(max: number, paused?: boolean): T[] {
    const found: T[] = [];
    for (let rank = 0; rank < RANKS; rank += 1) {
      if (paused !== undefined && paused !== (rank % 2 === 0)) continue;
      for (const order of this.#ranks[rank]?.orders ?? []) {
        if (found.length >= max) return found;
        found.push(this.#tasks.get(order)!);
      }
    }
    return found;
  }

  #executorOf(kind: ExecutorKind, id: string): Executor<T> {
    if (kind === 'nobody') return (this.#nobody ??= executorFor(kind, id));
    const executors = this.#executors(kind);
    let executor = executors.get(id);
    if (!executor) {
      executor = executorFor(kind, id);
      executors.set(id, executor);
    }
    if (executor.tasks === 0) executor.ready = this.#isReady(kind, id);
    return executor;
  }

  #executors(kind: ExecutorKind): Map<string, Executor<T>> | LazyMap<string, Executor<T>> {
    return kind === 'worker' ? this.#workers : this.#sessions;
  }

  #bucketOf(executor: Executor<T>, rank: number, preempt: Preempt): Bucket<T> {
    for (const bucket of executor.buckets) if (bucket.rank === rank && bucket.preempt === preempt) return bucket;
    const bucket: Bucket<T> = { executor, rank, preempt, orders: new OrderBits(), head: null, heap_index: -1 };
    // Not pushed: the first push into an array takes room for seventeen.
    executor.buckets = executor.buckets.concat(bucket);
    return bucket;
  }

  /** Nobody waits for it any more. The one that rests longest makes room. */
  #rest(executor: Executor<T>): void {
    if (executor.resting || executor.kind === 'nobody') return;
    executor.resting = true;
    this.#resting = this.#resting.concat(executor);
    if (this.#resting.length <= RESTING_MAX) return;
    const oldest = this.#resting[0]!;
    this.#resting = this.#resting.slice(1);
    oldest.resting = false;
    if (oldest.tasks === 0) this.#executors(oldest.kind).delete(oldest.id);
  }

  #rank(rank: number): Rank<T> {
    // All places at once: an array that grows to the one that is needed takes half as much again.
    if (this.#ranks.length === 0) this.#ranks.length = RANKS;
    return (this.#ranks[rank] ??= {
      orders: new OrderBits(),
      interrupt: null,
      finish: null,
      queue: null,
    });
  }

  #heapOf(bucket: Bucket<T>): BucketHeap<Bucket<T>> {
    return (this.#ranks[bucket.rank]![bucket.preempt] ??= new BucketHeap());
  }

  #push(bucket: Bucket<T>): void {
    this.#heapOf(bucket).push(bucket);
    this.#ready[bucket.preempt] |= 1 << bucket.rank;
  }

  #pull(bucket: Bucket<T>): void {
    const heap = this.#heapOf(bucket);
    heap.pull(bucket);
    if (heap.size === 0) this.#ready[bucket.preempt] &= ~(1 << bucket.rank);
  }
}

function executorFor<T extends Waiting<T>>(kind: ExecutorKind, id: string): Executor<T> {
  return { kind, id, ready: false, tasks: 0, buckets: [], resting: false };
}

/** The bits of all ranks whose level is higher (its number lower) than `level`. */
function ranksAbove(level: number): number {
  return (1 << ((level - 1) * CLASSES)) - 1;
}

/** The number of the lowest bit; −1 when there is none. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function isReadyIn<T extends Waiting<T>>(bucket: Bucket<T> | null, ranks: number): boolean {
  return bucket !== null && bucket.executor.ready && (ranks & (1 << bucket.rank)) !== 0;
}

function headOf<T extends Waiting<T>>(heap: BucketHeap<Bucket<T>> | null): T | null {
  return heap?.first()?.head ?? null;
}

function earliest<T extends Waiting<T>>(a: T | null, b: T | null): T | null {
  if (a === null || b === null) return a ?? b;
  return a.order < b.order ? a : b;
}

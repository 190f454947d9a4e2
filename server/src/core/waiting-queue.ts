/**
 * The waiting tasks of a lane in the order they would run, and which of them could start now.
 *
 * Order is total: (level, calls before others, paused before queued, submission). Tasks that wait for the same executor
 * (a worker name, a session) share a bucket a rank; a bucket as a whole is ready or not, so a worker that comes or goes
 * moves buckets and never scans for names. Each rank keeps its ready buckets in a heap by their first task: picking the
 * best costs O(log buckets), and cancelling is an unlink. Owns order and readiness; who is an executor is decided outside.
 */
import type { Preempt, PriorityLevel } from '@cuehub/protocol';

/** What the queue needs of a task. The links belong to the queue. */
export interface Waiting<T extends Waiting<T>> {
  readonly order: number;
  /** Level it competes at: its own, or a caller's higher one. */
  level: PriorityLevel;
  /** A caller waits for it. */
  called: boolean;
  readonly preempt: Preempt;
  bucket: Bucket<T> | null;
  prev: T | null;
  next: T | null;
}

/** Somebody who can run tasks: `w:NAME` for whoever registered for a name, `s:SESSION` for one session. */
export interface ExecutorKey<T extends Waiting<T>> {
  readonly key: string;
  ready: boolean;
  tasks: number;
  readonly buckets: Map<number, Bucket<T>>;
}

export interface Bucket<T extends Waiting<T>> {
  readonly executor: ExecutorKey<T>;
  readonly rank: number;
  head: T | null;
  tail: T | null;
  /** Tasks in it that interrupt (`preempt` is not `queue`). */
  interrupters: number;
  heap_index: number;
}

const CLASSES = 4;
const RANKS = 5 * CLASSES;

/** 0 is the first to run. Class within a level: called and paused, called, paused, queued. */
export function rankOf(level: PriorityLevel, called: boolean, paused: boolean): number {
  return (level - 1) * CLASSES + (called ? 0 : 2) + (paused ? 0 : 1);
}

function levelOfRank(rank: number): number {
  return Math.floor(rank / CLASSES) + 1;
}

/** Whether `a` runs before `b`; both are waiting. */
export function runsBefore<T extends Waiting<T>>(a: T, b: T): boolean {
  const rankA = a.bucket?.rank ?? RANKS;
  const rankB = b.bucket?.rank ?? RANKS;
  return rankA !== rankB ? rankA < rankB : a.order < b.order;
}

export class WaitingQueue<T extends Waiting<T>> {
  readonly #executors = new Map<string, ExecutorKey<T>>();
  readonly #ready: Bucket<T>[][] = Array.from({ length: RANKS }, () => []);
  readonly #nonEmpty: Set<Bucket<T>>[] = Array.from({ length: RANKS }, () => new Set());
  /** Waiting tasks by rank, ready or not. */
  readonly #counts = new Int32Array(RANKS);
  /** Ready tasks that interrupt, by level. */
  readonly #interrupters = new Int32Array(6);
  /** Tasks that became ready since the scheduler last looked. May hold some that are gone again. */
  fresh: T[] = [];

  readonly #isReady: (key: string) => boolean;

  /** `isReady` is asked once for each executor key that appears. */
  constructor(isReady: (key: string) => boolean) {
    this.#isReady = isReady;
  }

  add(task: T, executorKey: string, paused: boolean): void {
    let executor = this.#executors.get(executorKey);
    if (!executor) {
      executor = { key: executorKey, ready: this.#isReady(executorKey), tasks: 0, buckets: new Map() };
      this.#executors.set(executorKey, executor);
    }
    const rank = rankOf(task.level, task.called, paused);
    let bucket = executor.buckets.get(rank);
    if (!bucket) {
      bucket = { executor, rank, head: null, tail: null, interrupters: 0, heap_index: -1 };
      executor.buckets.set(rank, bucket);
    }
    executor.tasks += 1;
    this.#counts[rank]! += 1;
    if (!bucket.head) this.#nonEmpty[rank]!.add(bucket);
    link(bucket, task);
    task.bucket = bucket;
    const interrupts = task.preempt !== 'queue';
    if (interrupts) bucket.interrupters += 1;
    if (executor.ready) {
      if (interrupts) this.#interrupters[levelOfRank(rank)]! += 1;
      if (bucket.heap_index < 0) this.#push(bucket);
      else if (bucket.head === task) this.#up(bucket);
      this.fresh.push(task);
    }
  }

  /** Does nothing when the task is not waiting. */
  remove(task: T): void {
    const bucket = task.bucket;
    if (!bucket) return;
    const { executor, rank } = bucket;
    const wasHead = bucket.head === task;
    unlink(bucket, task);
    task.bucket = null;
    executor.tasks -= 1;
    this.#counts[rank]! -= 1;
    const interrupts = task.preempt !== 'queue';
    if (interrupts) bucket.interrupters -= 1;
    if (executor.ready) {
      if (interrupts) this.#interrupters[levelOfRank(rank)]! -= 1;
      if (!bucket.head) this.#pull(bucket);
      else if (wasHead) this.#down(bucket);
    }
    if (!bucket.head) {
      this.#nonEmpty[rank]!.delete(bucket);
      if (executor.tasks === 0) this.#executors.delete(executor.key);
    }
  }

  /** An executor came or went: all that waits for it can start, or can not. */
  setReady(executorKey: string, ready: boolean): void {
    const executor = this.#executors.get(executorKey);
    if (!executor || executor.ready === ready) return;
    executor.ready = ready;
    for (const bucket of executor.buckets.values()) {
      if (!bucket.head) continue;
      this.#interrupters[levelOfRank(bucket.rank)]! += ready ? bucket.interrupters : -bucket.interrupters;
      if (!ready) this.#pull(bucket);
      else {
        this.#push(bucket);
        for (let task: T | null = bucket.head; task; task = task.next) this.fresh.push(task);
      }
    }
  }

  /** Executor keys that somebody waits for, with their readiness. */
  executors(): IterableIterator<ExecutorKey<T>> {
    return this.#executors.values();
  }

  /** The task that would run next, of those that could start now. */
  best(): T | null {
    for (let rank = 0; rank < RANKS; rank += 1) {
      const first = this.#ready[rank]![0];
      if (first) return first.head;
    }
    return null;
  }

  /** Whether a ready task that interrupts waits above `level`. */
  hasInterrupterAbove(level: number): boolean {
    for (let l = 1; l < level; l += 1) if (this.#interrupters[l]! > 0) return true;
    return false;
  }

  /** Puts every ready task above `level` into `fresh`: for the rare moment when all of them count anew. */
  refreshAbove(level: number): void {
    for (let rank = 0; rank < (level - 1) * CLASSES; rank += 1) {
      for (const bucket of this.#ready[rank]!) {
        for (let task = bucket.head; task; task = task.next) this.fresh.push(task);
      }
    }
  }

  /** Place among all that wait, from 1. Cheap for the last of its rank, which a new submission is. */
  position(task: T): number | null {
    const bucket = task.bucket;
    if (!bucket) return null;
    let before = 0;
    for (let rank = 0; rank < bucket.rank; rank += 1) before += this.#counts[rank]!;
    const count = this.#counts[bucket.rank]!;
    let last = true;
    for (const other of this.#nonEmpty[bucket.rank]!) if (other.tail!.order > task.order) last = false;
    if (last) return before + count;
    for (const other of this.#nonEmpty[bucket.rank]!) {
      for (let t = other.head; t && t.order < task.order; t = t.next) before += 1;
    }
    return before + 1;
  }

  /** The first `max` waiting tasks in the order they would run, ready or not. */
  first(max: number, want: (task: T) => boolean): T[] {
    const found: T[] = [];
    for (let rank = 0; rank < RANKS && found.length < max; rank += 1) {
      const cursors = [...this.#nonEmpty[rank]!].map((bucket) => bucket.head);
      while (found.length < max) {
        let least = -1;
        for (let i = 0; i < cursors.length; i += 1) {
          const task = cursors[i];
          if (task && (least < 0 || task.order < cursors[least]!.order)) least = i;
        }
        if (least < 0) break;
        const task = cursors[least]!;
        if (want(task)) found.push(task);
        cursors[least] = task.next;
      }
    }
    return found;
  }

  #push(bucket: Bucket<T>): void {
    const heap = this.#ready[bucket.rank]!;
    bucket.heap_index = heap.length;
    heap.push(bucket);
    this.#up(bucket);
  }

  #pull(bucket: Bucket<T>): void {
    const heap = this.#ready[bucket.rank]!;
    const hole = bucket.heap_index;
    if (hole < 0) return;
    bucket.heap_index = -1;
    const last = heap.pop()!;
    if (last === bucket) return;
    heap[hole] = last;
    last.heap_index = hole;
    this.#up(last);
    this.#down(last);
  }

  #up(bucket: Bucket<T>): void {
    const heap = this.#ready[bucket.rank]!;
    let i = bucket.heap_index;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]!.head!.order <= bucket.head!.order) break;
      swap(heap, i, parent);
      i = parent;
    }
  }

  #down(bucket: Bucket<T>): void {
    const heap = this.#ready[bucket.rank]!;
    let i = bucket.heap_index;
    for (;;) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < heap.length && heap[left]!.head!.order < heap[least]!.head!.order) least = left;
      if (right < heap.length && heap[right]!.head!.order < heap[least]!.head!.order) least = right;
      if (least === i) return;
      swap(heap, i, least);
      i = least;
    }
  }
}

function swap<T extends Waiting<T>>(heap: Bucket<T>[], i: number, j: number): void {
  const a = heap[i]!;
  const b = heap[j]!;
  heap[i] = b;
  heap[j] = a;
  b.heap_index = i;
  a.heap_index = j;
}

/** Keeps a bucket in submission order. New tasks go to the end; one that comes back walks in from the front, where its place is. */
function link<T extends Waiting<T>>(bucket: Bucket<T>, task: T): void {
  if (!bucket.tail || bucket.tail.order < task.order) {
    task.prev = bucket.tail;
    task.next = null;
    if (bucket.tail) bucket.tail.next = task;
    else bucket.head = task;
    bucket.tail = task;
    return;
  }
  let after = bucket.head!;
  while (after.order < task.order) after = after.next!;
  task.prev = after.prev;
  task.next = after;
  if (after.prev) after.prev.next = task;
  else bucket.head = task;
  after.prev = task;
}

function unlink<T extends Waiting<T>>(bucket: Bucket<T>, task: T): void {
  if (task.prev) task.prev.next = task.next;
  else bucket.head = task.next;
  if (task.next) task.next.prev = task.prev;
  else bucket.tail = task.prev;
  task.prev = null;
  task.next = null;
}

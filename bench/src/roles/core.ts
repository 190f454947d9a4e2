// The lane machine alone, in a process of its own: no socket, no journal, no hub around it. What is timed are calls of
// `step`; inputs are made beforehand, and nobody carries out what comes of them.
import { readFileSync } from 'node:fs';
import { resolveTask } from '@cuehub/protocol';
import {
  createLane,
  DEFAULT_LANE_CONFIG,
  type Input,
  type Lane,
  step,
  type StepReply,
} from '../../../server/dist/core/index.js';
import { median } from '../measure.js';
import { serveRole } from '../role.js';

const SESSION = 'session-of-a-worker';
const SOURCE = { session_id: 'session-of-a-producer', client_name: 'bench', kind: 'bench' };
const load = new Map<string, never>();
let epoch = 0;
let now_ms = Date.now();
let submitted = 0;

function give(lane: Lane, input: Input): StepReply {
  const result = step(lane, input, { now_ms, epoch, load });
  epoch = result.epoch;
  return result.reply;
}

/** As long as ids of the hub are, and each a new string. */
function submission(name = 'job'): Extract<Input, { kind: 'submit' }> {
  submitted += 1;
  const task_id = `01kb2m7q5v${submitted.toString(36).padStart(16, '0')}`;
  const task = resolveTask({ name, args: { text: 'turn on lights' } });
  return { kind: 'submit', task_id, task, bytes: 25, fingerprint: 'fingerprint', principal: 'bench', source: SOURCE };
}

const completion = (task_id: string, granted: number): Input => ({
  kind: 'task.complete',
  session_id: SESSION,
  task_id,
  epoch: granted,
});

const cancellation = (task_id: string): Input => ({ kind: 'cancel', task_id, principal: 'bench', operator: false });

function laneWithWorker(name: string): Lane {
  const unbounded = { queue_items_per_level_max: Infinity, queue_bytes_max: Infinity };
  const lane = createLane({ lane: name, log: 'log', config: { ...DEFAULT_LANE_CONFIG, ...unbounded } });
  give(lane, { kind: 'worker.register', session_id: SESSION, principal: 'bench', names: ['job'] });
  return lane;
}

/** Nanoseconds that this thread worked: what others do on the machine is not in it. Elsewhere than on Linux it is. */
function workedNs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
  } catch {
    return performance.now() * 1e6;
  }
}

function nsOf(run: () => void): number {
  const before = workedNs();
  run();
  return workedNs() - before;
}

// One lane through which tasks go one after the other: submit with its grant, complete.

const through = laneWithWorker('through');

/** Made at a time: many more would fill the heap with what is no part of a step, and the collector goes through all of it. */
const INPUTS = 10_000;

/** Nanoseconds a step. */
function steps(lifecycles: number): number {
  let worked = 0;
  for (let done = 0; done < lifecycles; done += INPUTS / 2) {
    const inputs: Input[] = [];
    for (let i = 1; i <= INPUTS / 2; i += 1) {
      const submit = submission();
      inputs.push(submit, completion(submit.task_id, epoch + i));
    }
    now_ms += 100;
    // Out of the collector's nursery with them: copying what was made beforehand is no part of a step. What steps leave is.
    globalThis.gc?.({ type: 'minor' });
    globalThis.gc?.({ type: 'minor' });
    worked += nsOf(() => inputs.forEach((input) => give(through, input)));
  }
  return worked / (2 * lifecycles);
}

// The peer: what remains when everything is left out but a queue. The same submissions go into a binary heap by priority
// and number, and come out of it.

interface Entry {
  readonly order: number;
  readonly submit: Extract<Input, { kind: 'submit' }>;
}

const heap: Entry[] = [];
const isBefore = (a: Entry, b: Entry): boolean =>
  a.submit.task.priority !== b.submit.task.priority
    ? a.submit.task.priority < b.submit.task.priority
    : a.order < b.order;

function push(entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0 && isBefore(entry, heap[(at - 1) >> 1]!)) {
    heap[at] = heap[(at - 1) >> 1]!;
    at = (at - 1) >> 1;
  }
  heap[at] = entry;
}

function pop(): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let next = 2 * at + 1;
    if (next >= heap.length) break;
    if (next + 1 < heap.length && isBefore(heap[next + 1]!, heap[next]!)) next += 1;
    if (isBefore(last, heap[next]!)) break;
    heap[at] = heap[next]!;
    at = next;
  }
  heap[at] = last;
  return first;
}

/** Nanoseconds a push, or a pop, with so many others in the heap. */
function plainHeap(pairs: number, depth: number): number {
  while (heap.length < depth) push({ order: submitted, submit: submission() });
  const submits = Array.from({ length: pairs }, () => submission());
  let order = submitted;
  return (
    nsOf(() => {
      for (const submit of submits) {
        push({ order, submit });
        order += 1;
        pop();
      }
    }) /
    (2 * pairs)
  );
}

// A lane in which many wait. The floor is taken, so that nobody leaves but by what is measured.

let crowded = laneWithWorker('crowded');
let waiting: string[] = [];

/** `names`: each of those that wait has a name of its own that no worker serves. */
function fill(depth: number, names: boolean): void {
  crowded = laneWithWorker('crowded');
  waiting = [];
  give(crowded, submission());
  for (let i = 0; i < depth; i += 1) {
    const submit = submission(names ? `name-${i}` : 'job');
    give(crowded, submit);
    waiting.push(submit.task_id);
  }
}

/** Nanoseconds for two steps: of the median batch of ten, and on average with all that the collector took. */
export interface Cost {
  readonly median: number;
  readonly mean: number;
}

/** What is done in pairs, so that as many wait afterwards. */
export type Pair = 'submit_and_cancel' | 'cancel_any_and_submit' | 'complete_and_submit';

const BATCH = 10;

/** `deeds` are done in batches of ten. */
function costOf(deeds: readonly (() => void)[]): Cost {
  const batches: number[] = [];
  const worked = nsOf(() => {
    for (let from = 0; from < deeds.length; from += BATCH) {
      const started = performance.now();
      for (let i = from; i < from + BATCH; i += 1) deeds[i]!();
      batches.push(((performance.now() - started) * 1e6) / BATCH);
    }
  });
  return { median: median(batches), mean: worked / deeds.length };
}

/** `names`: as they were filled. `pairs` is a multiple of ten. */
function costs(pairs: number, names: boolean): Record<Pair, Cost> {
  const times = <T>(make: (i: number) => T): T[] => Array.from({ length: pairs }, (_, i) => make(i));
  const submit_and_cancel = costOf(
    times(() => {
      const submit = submission();
      const cancel = cancellation(submit.task_id);
      return () => {
        give(crowded, submit);
        give(crowded, cancel);
      };
    }),
  );
  const cancel_any_and_submit = costOf(
    times((i) => {
      const submit = submission(names ? `other-${i}` : 'job');
      const at = Math.floor(Math.random() * waiting.length);
      const cancel = cancellation(waiting[at]!);
      waiting[at] = submit.task_id;
      return () => {
        give(crowded, cancel);
        give(crowded, submit);
      };
    }),
  );
  const complete_and_submit = costOf(
    times(() => {
      const submit = submission();
      return () => {
        give(crowded, submit);
        give(crowded, completion(crowded.holder!.task_id, crowded.holder!.epoch));
      };
    }),
  );
  // Some of those that waited have run.
  waiting = crowded.queue.first(Infinity).map(({ task_id }) => task_id);
  return { submit_and_cancel, cancel_any_and_submit, complete_and_submit };
}

// The floor under that: what remains of taking any one out of many, and putting another in, when there is no lane but only
// a Map by id of objects with a few fields and the submission. What it costs more among many is the memory alone.

interface Known {
  readonly submit: Extract<Input, { kind: 'submit' }>;
  readonly order: number;
  state: 'queued' | 'cancelled';
  ended_at: number | null;
}

const known = new Map<string, Known>();
const ids: string[] = [];

function put(submit: Known['submit']): void {
  known.set(submit.task_id, { submit, order: submitted, state: 'queued', ended_at: null });
}

function fillMap(depth: number): void {
  for (let i = 0; i < depth; i += 1) {
    const submit = submission();
    put(submit);
    ids.push(submit.task_id);
  }
}

let levels = 0;

/** Nanoseconds to take any one out and put another in. */
function mapCost(pairs: number): Cost {
  return costOf(
    Array.from({ length: pairs }, () => {
      const submit = submission();
      const at = Math.floor(Math.random() * ids.length);
      const id = ids[at]!;
      ids[at] = submit.task_id;
      return () => {
        const one = known.get(id)!;
        one.state = 'cancelled';
        one.ended_at = now_ms;
        levels += one.submit.task.priority;
        known.delete(id);
        put(submit);
      };
    }),
  );
}

export type LaneKind = 'new' | 'with a worker' | 'after a task';

const kept: Lane[][] = [];

/** Bytes of heap for each of so many lanes in which nothing happens. */
function idleLaneBytes(kind: LaneKind, count: number): number {
  const heapNow = (): number => {
    globalThis.gc?.();
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const lanes: Lane[] = [];
  kept.push(lanes);
  const before = heapNow();
  for (let i = 0; i < count; i += 1) {
    const lane = createLane({ lane: `lane-${i}`, log: 'log' });
    lanes.push(lane);
    if (kind === 'new') continue;
    give(lane, { kind: 'worker.register', session_id: `session-${i}`, principal: 'bench', names: ['job'] });
    if (kind === 'with a worker') continue;
    const submit = submission();
    give(lane, submit);
    give(lane, { kind: 'task.complete', session_id: `session-${i}`, task_id: submit.task_id, epoch });
  }
  const after = heapNow();
  kept.length = 0;
  return (after - before) / count;
}

serveRole({ steps, plainHeap, fill, costs, fillMap, mapCost, idleLaneBytes });

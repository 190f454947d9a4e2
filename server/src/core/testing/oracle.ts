/**
 * Watches one lane from outside, as a very distrustful subscriber: facts, chunks and orders have to tell one story that
 * keeps every promise. Knows nothing of the scheduler's insides but what `violations` reads.
 */
import { type ExecutorOrder, isTerminal, type TaskView } from '@cuehub/protocol';
import { fold } from '../fold.js';
import { createLane, type Lane } from '../lane.js';
import type { Task } from '../task.js';
import type { Input, LaneRecord, StepResult } from '../types.js';
import { durableLane, durableTask } from './durable.js';
import { before, couldStart, firstInterrupter, violations } from './invariants.js';

interface StreamSeen {
  next_seq: number;
  text: string[];
}

/** Where a crash has cut the streams: chunks after that were never in the journal. */
interface Cut {
  readonly cut: ReadonlyMap<string, number>;
}

export class Oracle {
  /** Every record so far: what a journal would hold. */
  records: LaneRecord[] = [];
  /** The lane as its records tell it, kept beside the lane that lives. */
  shadow: Lane;
  readonly ended = new Map<string, TaskView>();
  readonly streams = new Map<string, StreamSeen>();
  grants = 0;
  pauses = 0;
  deferrals = 0;
  chunks = 0;
  #steps = 0;
  #seq = 0;
  #at = 0;
  #epoch = 0;
  #holder: string | null = null;
  readonly #holds = new Map<string, Set<string>>();
  /** What is told again after a crash, as far as it is kept. */
  #told: (StepResult | Cut)[] = [];

  readonly #create: () => Lane;

  constructor(create: () => Lane) {
    this.#create = create;
    this.shadow = create();
  }

  /** Throws with what went wrong. `may_grant`: epochs are left. */
  saw(lane: Lane, input: Input, result: StepResult, now_ms: number, may_grant: boolean, wrong: string[] = []): void {
    if (result.records.length > 0 || result.effects.length > 0) this.#told.push(result);
    const touched = new Set<string>();
    for (const record of result.records) {
      this.records.push(record);
      fold(this.shadow, record);
      if ('task_id' in record) touched.add(record.task_id);
      if (record.kind === 'checkpoint') {
        const streams = this.shadow.tasks.get(record.task_id)?.streams;
        for (const [name, position] of Object.entries(record.streams))
          if ((streams?.get(name)?.next_seq ?? 0) < position)
            wrong.push(`a crash would leave a checkpoint of ${record.task_id} without its text`);
      }
    }
    const granted: Task[] = [];
    for (const effect of result.effects) {
      if (effect.kind === 'fact') this.#fact(lane, effect.fact, wrong, granted);
      if (effect.kind === 'chunk') this.#chunk(effect.chunk, wrong);
      if (effect.kind === 'order') this.#displaced(lane, result, effect.order, wrong);
      if (
        effect.kind === 'order' &&
        !lane.sessions.get(effect.session_id)?.connected &&
        input.kind !== 'session.ended' &&
        input.kind !== 'session.hello'
      ) {
        if (effect.order.type === 'task.dispatch')
          wrong.push(`a dispatch went to ${effect.session_id}, who is not there`);
      }
    }
    this.#steps += 1;
    // Order and fold are looked at in full now and then; what is wrong with them stays wrong.
    const thorough = this.#steps % 8 === 0;
    wrong.push(...violations(lane, thorough, may_grant));
    for (const task of granted) {
      const better = [...lane.tasks.values()].find(
        (other) => other !== task && couldStart(lane, other) && before(other, task),
      );
      // Paused before queued is judged by what the task was; only a strictly higher level is beyond doubt here.
      if (better && better.level < task.level) wrong.push(`${task.task_id} got the floor before ${better.task_id}`);
    }
    for (const id of thorough ? touched : []) {
      const live = lane.tasks.get(id);
      const folded = this.shadow.tasks.get(id);
      if (JSON.stringify(live && durableTask(live)) !== JSON.stringify(folded && durableTask(folded))) {
        wrong.push(
          `fold and life differ in ${id}:\n${JSON.stringify(live && durableTask(live))}\n${JSON.stringify(folded && durableTask(folded))}`,
        );
      }
    }
    if (result.epoch < this.#epoch) wrong.push(`epoch went back to ${result.epoch}`);
    if (result.wake_at !== null && Number.isNaN(result.wake_at)) wrong.push('wake_at is no number');
    if (wrong.length > 0) throw new Error(`at ${now_ms}, after ${JSON.stringify(input)}:\n  ${wrong.join('\n  ')}`);
  }

  /** The whole fold against the whole lane. */
  compare(lane: Lane): void {
    const live = JSON.stringify(durableLane(lane));
    const folded = JSON.stringify(durableLane(this.shadow));
    if (live !== folded) throw new Error(`the fold is not the lane that lived:\n${live}\n${folded}`);
  }

  /** A crash: all but the first `records` were taken back. Gives the lane as it comes back. */
  rewound(records: number): Lane {
    this.records = this.records.slice(0, records);
    const lane = this.#create();
    for (const record of this.records) fold(lane, structuredClone(record));
    this.shadow = this.#create();
    for (const record of this.records) fold(this.shadow, structuredClone(record));
    this.#retell(records);
    // Text that was not journaled yet is not there any more; its executor sends it again.
    const cut = new Map<string, number>();
    for (const task of lane.tasks.values()) {
      for (const stream of task.streams?.values() ?? []) {
        const seen = this.streams.get(`${task.task_id}/${stream.name}`);
        if (!seen || isTerminal(task.state)) continue;
        if (seen.next_seq < stream.next_seq) throw new Error(`${task.task_id} came back with more text than there was`);
        cut.set(`${task.task_id}/${stream.name}`, stream.next_seq);
        for (const { seq, data } of stream.kept) {
          if (data !== seen.text[seq]) throw new Error(`chunk ${seq} of ${task.task_id} came back as ${String(data)}`);
        }
      }
    }
    this.#told.push({ cut });
    this.#cut({ cut });
    return lane;
  }

  #cut({ cut }: Cut): void {
    for (const [key, next_seq] of cut) {
      const seen = this.streams.get(key);
      if (seen === undefined || seen.next_seq < next_seq) continue;
      seen.next_seq = next_seq;
      seen.text.length = next_seq;
    }
  }

  /** What was told up to there, from the beginning. */
  #retell(records: number): void {
    const { grants, pauses, deferrals, chunks } = this;
    const told = this.#told;
    this.#told = [];
    this.#seq = 0;
    this.#at = 0;
    this.#epoch = 0;
    this.#holder = null;
    this.#holds.clear();
    this.ended.clear();
    this.streams.clear();
    let left = records;
    for (const result of told) {
      if ('cut' in result) {
        this.#told.push(result);
        this.#cut(result);
        continue;
      }
      if (left < result.records.length) break;
      left -= result.records.length;
      this.#told.push(result);
      for (const effect of result.effects) {
        if (effect.kind === 'fact') this.#fact(this.shadow, effect.fact, [], []);
        if (effect.kind === 'chunk') this.#chunk(effect.chunk, []);
      }
    }
    if (left > 0) throw new Error('a step is in the journal as a whole or not at all');
    this.#holds.clear();
    Object.assign(this, { grants, pauses, deferrals, chunks });
  }

  #fact(
    lane: Lane,
    fact: Extract<StepResult['effects'][number], { kind: 'fact' }>['fact'],
    wrong: string[],
    granted: Task[],
  ): void {
    if (fact.seq !== this.#seq + 1) wrong.push(`fact ${fact.seq} came after ${this.#seq}`);
    if (fact.at < this.#at) wrong.push('time went back');
    this.#seq = fact.seq;
    this.#at = fact.at;
    if (fact.event === 'stream.opened') {
      const key = `${fact.task_id}/${fact.stream}`;
      const seen = this.streams.get(key) ?? { next_seq: 0, text: [] };
      if ((fact.from_seq ?? 0) > seen.next_seq) wrong.push(`stream ${key} opened past its end`);
      seen.next_seq = fact.from_seq ?? 0;
      seen.text.length = seen.next_seq;
      this.streams.set(key, seen);
      return;
    }
    if (fact.event === 'hold.taken') {
      const holds = this.#holds.get(fact.task_id) ?? new Set();
      holds.add(fact.hold_id);
      this.#holds.set(fact.task_id, holds);
      if (this.#holder !== fact.task_id) wrong.push(`${fact.task_id} took a hold without the floor`);
      return;
    }
    if (fact.event === 'hold.released' || fact.event === 'hold.expired') {
      if (!this.#holds.get(fact.task_id)?.delete(fact.hold_id)) wrong.push(`hold ${fact.hold_id} ended twice`);
      return;
    }
    if (!('task' in fact)) return;
    const { task_id } = fact.task;
    if (this.ended.has(task_id)) wrong.push(`${fact.event} of ${task_id}, which has ended`);
    switch (fact.event) {
      case 'task.started':
      case 'task.resumed': {
        if (this.#holder !== null) wrong.push(`${task_id} got the floor that ${this.#holder} holds`);
        if (fact.task.epoch <= this.#epoch) wrong.push(`epoch ${fact.task.epoch} after ${this.#epoch}`);
        this.#epoch = fact.task.epoch;
        this.#holder = task_id;
        this.grants += 1;
        const task = lane.tasks.get(task_id);
        if (task && task.state === 'running') granted.push(task);
        return;
      }
      case 'task.pausing':
        this.pauses += 1;
        if (fact.task.reason === 'interrupted' && (this.#holds.get(task_id)?.size ?? 0) > 0)
          wrong.push(`${task_id} was interrupted while held`);
        if (fact.task.reason === 'interrupted' && !fact.task.interruptible)
          wrong.push(`${task_id} is not interruptible`);
        return;
      case 'task.deferred':
        this.deferrals += 1;
        return;
      case 'task.paused':
      case 'task.queued':
      case 'task.retrying':
        if (this.#holder === task_id) this.#holder = null;
        return;
      case 'task.completed':
      case 'task.failed':
      case 'task.cancelled':
      case 'task.expired':
        if (this.#holder === task_id) this.#holder = null;
        this.ended.set(task_id, fact.task);
        return;
      default:
    }
  }

  /** Whoever is named as the reason is the one that comes next. */
  #displaced(lane: Lane, { effects }: StepResult, order: ExecutorOrder, wrong: string[]): void {
    if (order.type !== 'task.pause' || lane.holder?.task_id !== order.task_id || lane.holder.state !== 'pausing')
      return;
    const just = effects.filter((effect) => effect.kind === 'fact' && effect.fact.event === 'task.pausing');
    if (just.length !== 1 || lane.holder.reason !== 'interrupted') return;
    const first = firstInterrupter(lane, lane.holder)?.task_id;
    if (order.by?.task_id !== first)
      wrong.push(`${order.task_id} gives way to ${order.by?.task_id}, ${first} comes first`);
  }

  #chunk(
    chunk: { task_id: string; stream: string; seq: number; epoch: number; data: string | Uint8Array },
    wrong: string[],
  ): void {
    const seen = this.streams.get(`${chunk.task_id}/${chunk.stream}`);
    this.chunks += 1;
    if (!seen) wrong.push(`chunk of a stream that never opened`);
    else if (chunk.seq !== seen.next_seq)
      wrong.push(`chunk ${chunk.seq} of ${chunk.task_id}, ${seen.next_seq} was due`);
    else {
      seen.next_seq += 1;
      seen.text.push(chunk.data as string);
    }
    if (chunk.task_id !== this.#holder) wrong.push(`${chunk.task_id} speaks without the floor`);
    if (chunk.epoch !== this.#epoch) wrong.push(`chunk of epoch ${chunk.epoch}, the floor's is ${this.#epoch}`);
  }
}

export function oracleFor(name: string): Oracle {
  return new Oracle(() => createLane({ lane: name, log: 'sim' }));
}

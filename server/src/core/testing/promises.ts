/**
 * What the hub of the simulation has given its word for (PROTOCOL §8), over all its crashes: acknowledged submits, ends,
 * cancels, checkpoints, steering and text, and epochs that somebody was given. Whatever comes back from a journal is held
 * against it.
 */
import { isTerminal, type ExecutorOrder, type Json, type ResumePoint } from '@cuehub/protocol';
import { type Lane, scopedKey } from '../lane.js';
import type { Effect, Input, StepReply } from '../types.js';

interface Promised {
  readonly lane: string;
  /** The end that was acknowledged. */
  end: string | null;
  /** Epoch at an acknowledged cancel: there is no grant after it. */
  cancelled_at: number | null;
  /** The run that an acknowledged failure ended: epochs up to this one. */
  failed_at: number;
}

interface SentCheckpoint {
  readonly value: string;
  acknowledged: boolean;
}

/** One stay of a task on the floor; `to` is null while it runs. */
interface Stretch {
  readonly from: number;
  to: number | null;
}

export class Promises {
  readonly submits = new Map<string, Promised>();
  /** Grants so far, also those that a crash took back. */
  epoch = 0;
  readonly #keys = new Map<string, { lane: string; key: string; task_id: string }>();
  readonly #checkpoints = new Map<string, SentCheckpoint[]>();
  /** `task_id/stream` → below this everything was told to be in the journal. */
  readonly #text = new Map<string, number>();
  readonly #steering = new Map<string, { started: boolean; acknowledged: boolean }[]>();
  readonly #ran = new Map<string, Stretch[]>();

  /** Called for each step that the lane took; what it gives is called when the reply is sent. */
  asked(lane: Lane, input: Input, reply: StepReply): () => void {
    if ('error' in reply) return () => {};
    switch (input.kind) {
      case 'submit': {
        const { task_id, state } = reply.ok as { task_id: string; state: string };
        return () => {
          const promised = this.#of(lane.name, task_id);
          if (isTerminal(state as 'queued')) promised.end = state;
          const { idempotency_key: key } = input.task;
          if (key !== undefined) {
            const scoped = scopedKey(input.principal, key);
            this.#keys.set(`${lane.name} ${scoped}`, { lane: lane.name, key: scoped, task_id });
          }
        };
      }
      case 'cancel': {
        const { task_id, state, epoch } = reply.ok['task'] as { task_id: string; state: string; epoch: number };
        return () => {
          const promised = this.submits.get(task_id);
          if (promised === undefined) return;
          promised.cancelled_at ??= epoch;
          if (isTerminal(state as 'queued')) promised.end = state;
        };
      }
      case 'task.complete':
      case 'task.fail': {
        const { task_id, epoch } = input;
        const state = lane.tasks.get(task_id)?.state;
        return () => {
          const promised = this.submits.get(task_id);
          if (promised === undefined || state === undefined) return;
          if (isTerminal(state)) promised.end = state;
          else promised.failed_at = epoch;
        };
      }
      case 'task.paused':
      case 'task.checkpoint': {
        if (input.checkpoint === undefined) return () => {};
        const sent = { value: JSON.stringify(input.checkpoint), acknowledged: false };
        const all = this.#checkpoints.get(input.task_id);
        if (all === undefined) this.#checkpoints.set(input.task_id, [sent]);
        else all.push(sent);
        return () => {
          sent.acknowledged = input.kind === 'task.checkpoint';
        };
      }
      case 'lane.start':
      case 'lane.stop': {
        const steering = { started: input.kind === 'lane.start', acknowledged: false };
        const all = this.#steering.get(lane.name);
        if (all === undefined) this.#steering.set(lane.name, [steering]);
        else all.push(steering);
        return () => {
          steering.acknowledged = true;
        };
      }
      default:
        return () => {};
    }
  }

  /** Called for each effect when it happens. */
  told(effect: Effect, now_ms: number, wrong: string[]): void {
    if (effect.kind !== 'fact') return;
    const { fact } = effect;
    if (fact.event === 'stream.opened') {
      const key = `${fact.task_id}/${fact.stream}`;
      this.#text.set(key, Math.min(this.#text.get(key) ?? 0, fact.from_seq ?? 0));
    }
    if (!('task' in fact)) return;
    const { task_id, epoch, running_ms, state } = fact.task;
    const ran = this.#ran.get(task_id) ?? [];
    this.#ran.set(task_id, ran);
    const last = ran.at(-1);
    if (state !== 'running' && last) last.to ??= now_ms;
    const ran_ms = ran.reduce((sum, { from, to }) => sum + (to ?? now_ms) - from, 0);
    if (running_ms > ran_ms)
      wrong.push(`${task_id} is told to have run for ${running_ms} ms, and ran for ${ran_ms} ms`);
    if (fact.event !== 'task.started' && fact.event !== 'task.resumed') return;
    ran.push({ from: now_ms, to: null });
    if (epoch <= this.epoch) wrong.push(`epoch ${epoch} was given after ${this.epoch}`);
    this.epoch = Math.max(this.epoch, epoch);
    const promised = this.submits.get(task_id);
    if (promised === undefined) return;
    if (promised.end !== null) wrong.push(`${task_id} got the floor after its end (${promised.end})`);
    if (promised.cancelled_at !== null) wrong.push(`${task_id} got the floor after its cancel was acknowledged`);
  }

  /** An order is on its way. */
  ordered(order: ExecutorOrder, wrong: string[]): void {
    if (order.type === 'task.resume') this.#goesOnFrom(order.task_id, order.checkpoint, wrong);
    if (order.type === 'task.dispatch') {
      const { task_id } = order.task;
      const { resume } = order;
      this.#goesOnFrom(task_id, resume?.checkpoint ?? null, wrong);
      if (resume !== null) this.#begins(task_id, resume);
    }
    if (order.type !== 'stream.ack') return;
    for (const [stream, next] of Object.entries(order.streams)) this.#text.set(`${order.task_id}/${stream}`, next);
  }

  /** The hub is gone, and nothing runs any more. What stopped after `certain_at` may count as having run until now. */
  crashed(now_ms: number, certain_at: number): void {
    for (const ran of this.#ran.values()) {
      const at = ran.findIndex(({ to }) => to === null || to >= certain_at);
      if (at !== -1) ran.splice(at, ran.length, { from: ran[at]!.from, to: now_ms });
    }
  }

  /**
   * What a lane that came back from a journal does not know any more. `epoch`: where the counter begins; `hasEnded`: whether
   * the journal has the end of a task, which may then be forgotten.
   */
  broken(lane: Lane, epoch: number, hasEnded: (task_id: string) => boolean): string[] {
    const wrong: string[] = [];
    if (epoch < this.epoch) wrong.push(`the counter begins at ${epoch}, ${this.epoch} was given`);
    for (const [task_id, { lane: name, end, cancelled_at, failed_at }] of this.submits) {
      if (name !== lane.name) continue;
      const task = lane.tasks.get(task_id);
      if (task === undefined) {
        if (!hasEnded(task_id)) wrong.push(`${task_id} was acknowledged and is gone`);
        continue;
      }
      if (end !== null && task.state !== end) wrong.push(`${task_id} ended as ${end} and is ${task.state}`);
      if (cancelled_at !== null && !isTerminal(task.state)) wrong.push(`${task_id} was cancelled and is ${task.state}`);
      if (task.run !== null && !isTerminal(task.state) && task.epoch <= failed_at)
        wrong.push(`${task_id} failed at epoch ${failed_at} and its run lives on`);
      this.#goesOnFrom(task_id, task.checkpoint ?? null, wrong);
      for (const stream of isTerminal(task.state) ? [] : (task.streams?.values() ?? [])) {
        const acked = this.#text.get(`${task_id}/${stream.name}`) ?? 0;
        const kept = stream.kept.length - stream.kept_from;
        if (kept < stream.next_seq) wrong.push(`${task_id} has the text of ${kept} of its ${stream.next_seq} chunks`);
        if (stream.next_seq < acked)
          wrong.push(`${task_id} has ${stream.next_seq} chunks, ${acked} were in the journal`);
      }
    }
    for (const { lane: name, key, task_id } of this.#keys.values()) {
      if (name !== lane.name) continue;
      const entry = lane.keys.get(key);
      if (entry?.task_id !== task_id && !hasEnded(task_id)) wrong.push(`${key} answers for ${entry?.task_id}`);
    }
    const steering = this.#steering.get(lane.name) ?? [];
    const last = steering.findLastIndex(({ acknowledged }) => acknowledged);
    const may_be = new Set(steering.slice(Math.max(0, last)).map(({ started }) => started));
    if (last === -1) may_be.add(true);
    if (!may_be.has(lane.started)) wrong.push(`the lane is ${lane.started ? 'started' : 'stopped'} again`);
    return wrong;
  }

  /** Every acknowledged task has ended as it was told. */
  final(ended: (task_id: string) => string | undefined): void {
    for (const [task_id, { end }] of this.submits) {
      const state = ended(task_id);
      if (state === undefined) throw new Error(`${task_id} was acknowledged and never ended`);
      if (end !== null && end !== state) throw new Error(`${task_id} ended as ${state}, ${end} was acknowledged`);
    }
  }

  #of(lane: string, task_id: string): Promised {
    let promised = this.submits.get(task_id);
    if (promised === undefined) {
      promised = { lane, end: null, cancelled_at: null, failed_at: 0 };
      this.submits.set(task_id, promised);
    }
    return promised;
  }

  /** Where a run begins that goes on from what another one did: it could not do that again. */
  #begins(task_id: string, { checkpoint, streams }: ResumePoint): void {
    const value = JSON.stringify(checkpoint);
    const sent = this.#checkpoints.get(task_id)?.findLast((one) => one.value === value);
    if (sent !== undefined) sent.acknowledged = true;
    for (const [stream, next] of Object.entries(streams)) this.#text.set(`${task_id}/${stream}`, next);
  }

  /** The last checkpoint that was acknowledged, or one that was taken after it. */
  #goesOnFrom(task_id: string, checkpoint: Json | null, wrong: string[]): void {
    const sent = this.#checkpoints.get(task_id) ?? [];
    const last = sent.findLastIndex(({ acknowledged }) => acknowledged);
    const may_be = sent.slice(Math.max(0, last)).map(({ value }) => value);
    if (last === -1) may_be.push('null');
    if (!may_be.includes(JSON.stringify(checkpoint)))
      wrong.push(`${task_id} has checkpoint ${JSON.stringify(checkpoint)}, not ${may_be.join(' or ')}`);
  }
}

/**
 * Orders on their way to executors. Some tell what a crash must not take back, so they wait for the journal; what is said
 * of the same run meanwhile goes behind them, and what is no longer true by then goes nowhere.
 */
import type { ExecutorOrder } from '@cuehub/protocol';
import { streamsOf, type Lane } from './lane.js';
import { LazyMap } from './lazy-map.js';
import type { Effect } from './types.js';

export type OrderEffect = Extract<Effect, { kind: 'order' }>;

/** Calls back when the records of the step are durable; null when they are. */
export type WhenDurable = ((then: () => void) => void) | null;

export class OrderLine {
  readonly #lane: Lane;
  readonly #send: (session_id: string, order: ExecutorOrder) => void;
  /** By task: a dispatch that waits for the journal, and what came behind it. */
  readonly #held = new LazyMap<string, OrderEffect[]>();

  constructor(lane: Lane, send: (session_id: string, order: ExecutorOrder) => void) {
    this.#lane = lane;
    this.#send = send;
  }

  give(effect: OrderEffect, whenDurable: WhenDurable): void {
    const { order } = effect;
    if (order.type === 'task.dispatch') return this.#dispatch(effect, order.task.task_id, whenDurable);
    if (effect.after_journal && whenDurable !== null) {
      whenDurable(() => {
        if (stands(this.#lane, effect)) this.#follow(effect, order.task_id);
      });
    } else this.#follow(effect, order.task_id);
  }

  #dispatch(effect: OrderEffect, task_id: string, whenDurable: WhenDurable): void {
    // Whatever waited is of a run that is over.
    this.#held.delete(task_id);
    if (!effect.after_journal || whenDurable === null) return this.#send(effect.session_id, effect.order);
    const held = [effect];
    this.#held.set(task_id, held);
    whenDurable(() => {
      if (this.#held.get(task_id) !== held) return;
      this.#held.delete(task_id);
      // Nobody has heard of that run, so nobody need hear of its end.
      if (!stands(this.#lane, effect)) return;
      for (const { session_id, order } of held) this.#send(session_id, order);
    });
  }

  #follow(effect: OrderEffect, task_id: string): void {
    const held = this.#held.get(task_id);
    if (held === undefined) this.#send(effect.session_id, effect.order);
    else held.push(effect);
  }
}

/**
 * Whether an order that waited for the journal may still be sent. Meanwhile the task may have gone into another run, or a
 * stream may have been opened anew: a `stream.ack` would then tell an executor to forget text that nobody has.
 */
function stands(lane: Lane, { order, true_of }: OrderEffect): boolean {
  if (true_of === undefined) return true;
  const task = lane.tasks.get(true_of.task_id);
  if (!task?.run || task.run.first_epoch !== true_of.first_epoch) return false;
  if (order.type !== 'stream.ack') return task.ended_at === null;
  for (const stream of streamsOf(task)) {
    const last = stream.cuts.at(-1);
    if (last !== undefined && last.seq > true_of.seq) return false;
  }
  return true;
}

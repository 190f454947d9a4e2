/**
 * The newest facts of a lane, for watchers that come back (PROTOCOL §6): bounded by age, number and bytes, whichever
 * is least. Replay is whole or not at all.
 */
import type { EventMessage } from '@cuehub/protocol';

/** Quotes or brackets; colon, comma and quotes; a number, true, false or null. */
const TEXT_EXTRA = 2;
const FIELD_EXTRA = 4;
const SCALAR_WEIGHT = 6;
/** A fact about a task without what its producer and executor say in it: ids, times, settings, the names of all fields. */
const TASK_FACT_WEIGHT = 650;

export interface FactRingLimits {
  readonly fact_ring_ms: number;
  readonly fact_ring_items_max: number;
  readonly fact_ring_bytes_max: number;
}

interface Entry {
  readonly fact: EventMessage;
  /** 0 until it is weighed. */
  bytes: number;
}

export class FactRing {
  readonly #limits: FactRingLimits;
  /** Entries before `#from` are gone; the array is cut when half of it is. */
  #entries: Entry[] = [];
  #from = 0;
  /** Entries from here on are not weighed yet: somebody waits for an order while facts are pushed. */
  #fresh = 0;
  #bytes = 0;
  /** Number of the last fact ever pushed. */
  #seq: number;

  /** `seq` is the lane's; `facts` are its newest, oldest first, without gaps up to `seq`. */
  constructor(limits: FactRingLimits, seq = 0, facts: readonly EventMessage[] = []) {
    this.#limits = limits;
    this.#seq = seq - facts.length;
    for (const fact of facts) this.push(fact);
  }

  get bytes(): number {
    this.settle();
    return this.#bytes;
  }

  push(fact: EventMessage): void {
    this.#entries.push({ fact, bytes: 0 });
    this.#seq = fact.seq;
  }

  /** Weighs what was pushed, and lets go what is too much. To be called when there is time, once a turn. */
  settle(): void {
    const newest = this.#entries.at(-1);
    if (newest === undefined || this.#fresh === this.#entries.length) return;
    for (; this.#fresh < this.#entries.length; this.#fresh += 1) {
      const entry = this.#entries[this.#fresh];
      if (entry === undefined) break;
      entry.bytes = weightOf(entry.fact);
      this.#bytes += entry.bytes;
    }
    this.#trim(newest.fact.at);
  }

  /** The facts after `seq`, or null when some of them are no longer here (or `seq` is not of this log). */
  after(seq: number, now_ms: number): readonly EventMessage[] | null {
    this.settle();
    this.#trim(now_ms);
    if (seq > this.#seq) return null;
    const missing = this.#seq - seq;
    const kept = this.#entries.length - this.#from;
    if (missing > kept) return null;
    return this.#entries.slice(this.#entries.length - missing).map(({ fact }) => fact);
  }

  all(): readonly EventMessage[] {
    this.settle();
    return this.#entries.slice(this.#from).map(({ fact }) => fact);
  }

  #trim(now_ms: number): void {
    const { fact_ring_ms, fact_ring_items_max, fact_ring_bytes_max } = this.#limits;
    for (;;) {
      const oldest = this.#entries[this.#from];
      if (oldest === undefined) break;
      const kept = this.#entries.length - this.#from;
      const fits = kept <= fact_ring_items_max && this.#bytes <= fact_ring_bytes_max;
      if (fits && now_ms - oldest.fact.at <= fact_ring_ms) break;
      this.#bytes -= oldest.bytes;
      this.#from += 1;
    }
    if (this.#from > 64 && this.#from * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#from);
      this.#from = 0;
      this.#fresh = this.#entries.length;
    }
  }
}

/**
 * What a fact weighs: near enough the length of its JSON, by which payloads are bounded elsewhere. Nobody needs that
 * text here, and to make it for each fact, or to walk over some forty small fields, would be a large part of what a task
 * costs: only what may be large is looked at.
 */
function weightOf(fact: EventMessage): number {
  if (!('task' in fact)) return walked(fact);
  const { args, meta, result, error, dedupe, idempotency_key } = fact.task;
  let weight = TASK_FACT_WEIGHT + fact.task.name.length;
  if (args !== undefined) weight += walked(args);
  if (meta !== undefined) weight += walked(meta);
  if (result !== undefined) weight += walked(result);
  if (error !== undefined) weight += walked(error);
  if (dedupe !== undefined) weight += walked(dedupe);
  if (idempotency_key !== undefined) weight += idempotency_key.length;
  return weight;
}

function walked(value: unknown): number {
  if (typeof value === 'string') return value.length + TEXT_EXTRA;
  if (typeof value !== 'object' || value === null) return SCALAR_WEIGHT;
  let weight = TEXT_EXTRA;
  if (Array.isArray(value)) for (const item of value) weight += walked(item) + 1;
  else for (const key in value) weight += key.length + FIELD_EXTRA + walked((value as Fields)[key]);
  return weight;
}

type Fields = Readonly<Record<string, unknown>>;

// Owns: a watcher that comes back with `since` and keeps one view: its facts have no gap and no repeat, the text it has
// put together is that which was sent, and after a crash it is given up only where the contract allows.
// Leaves to others: the whole history at last (history.ts).
import type { Frame } from '../conformance/frames.js';
import type { RawClient } from '../conformance/raw-client.js';
import { Actor } from './actor.js';
import { piece, pieces } from './ledger.js';

interface SeenStream {
  next: number;
  /** Every piece from the first on was seen, or told in a snapshot. */
  whole: boolean;
}

export class LaneWatcher extends Actor {
  #log: string | null = null;
  #seq = 0;
  readonly #streams = new Map<string, SeenStream>();
  #keys = new Map<string, { key: string; chunks: number }>();
  /** Set by who stopped the hub: whether the log must be the same afterwards. */
  clean = true;

  protected override async joined(client: RawClient): Promise<void> {
    const { ledger } = this.world;
    const before = this.#log;
    const streams = Object.fromEntries(
      [...this.#streams].flatMap(([task_id, { next }]) => (next > 0 ? [[`${task_id}/main`, next - 1]] : [])),
    );
    const since = before === null ? {} : { since: { log: before, seq: this.#seq, streams } };
    const reply = await this.ask(client, 'subscribe', { lane: this.lane, topics: ['task', 'text', 'state'], ...since });
    if (reply === null) return;
    if (reply.type === 'error') {
      ledger.break(`${this.name} cannot subscribe: ${reply.code}`);
      return;
    }
    if (before !== null) {
      if (reply.recovered) ledger.counts.recovered += 1;
      else ledger.counts.snapshots += 1;
      if (this.clean && reply.log !== before) ledger.break(`the log of ${this.lane} changed at a clean stop`);
      if (!this.clean && reply.log === before) ledger.break(`the log of ${this.lane} is the same after a crash`);
      // A lane that nobody had made on the disk has no log before: who had seen none of its facts has lost none.
      const settled = this.clean || (this.#seq > 0 && this.#seq <= ledger.durableSeq(this.lane, before));
      if (!reply.recovered && settled) {
        ledger.break(`${this.name} was at ${this.#seq}, which cannot have been taken back, and got a snapshot`);
      }
    }
    this.#log = reply.log;
    this.clean = true;
    if (reply.recovered && before !== null) return;
    this.#seq = reply.seq;
    for (const seen of this.#streams.values()) seen.whole = false;
    for (const { task_id, next_seq, text, text_from } of reply.snapshot?.streams ?? []) {
      const key = this.#keys.get(task_id)?.key ?? text.slice(0, Math.max(0, text.indexOf(':')));
      if (text !== pieces(key, text_from, next_seq)) ledger.break(`the snapshot's text of ${task_id} is ${text}`);
      this.#streams.set(task_id, { next: next_seq, whole: text_from === 0 });
    }
  }

  protected override async work(): Promise<void> {
    await Promise.resolve();
  }

  protected override hear(_client: RawClient, frame: Frame): void {
    if (frame.lane !== this.lane) return;
    if (frame.type === 'event') this.#fact(frame);
    if (frame.type === 'chunk') this.#chunk(frame);
    if (frame.type === 'snapshot') this.world.ledger.break(`${this.name} got a snapshot it did not need`);
    if (frame.type === 'gap') {
      if (frame.facts !== null) this.world.ledger.break(`${this.name} lost facts`);
      for (const { task_id } of frame.streams as unknown as { task_id: string }[]) {
        const seen = this.#streams.get(task_id);
        if (seen !== undefined) seen.whole = false;
      }
    }
  }

  #fact(fact: Frame): void {
    const { ledger } = this.world;
    if (fact.log !== this.#log) ledger.break(`${this.name} is told of log ${fact.log}, and watches ${this.#log}`);
    if (fact.seq !== this.#seq + 1) ledger.break(`${this.name}: fact ${fact.seq} came after ${this.#seq}`);
    this.#seq = fact.seq;
    ledger.saw(fact);
    if (fact.event === 'task.queued' && fact.task.args !== undefined) {
      this.#keys.set(fact.task.task_id, fact.task.args as { key: string; chunks: number });
    }
    if (fact.event === 'stream.opened') {
      const seen = this.#streams.get(fact.task_id);
      const from = fact.from_seq ?? 0;
      if (seen === undefined) this.#streams.set(fact.task_id, { next: from, whole: from === 0 });
      else if (seen.next < from) seen.whole = false;
      else seen.next = from;
    }
    if (fact.event === 'task.completed') this.#completed(fact.task.task_id);
  }

  #chunk({ task_id, seq, data }: Frame): void {
    const { ledger } = this.world;
    const known = this.#keys.get(task_id);
    if (known !== undefined && data !== piece(known.key, seq))
      ledger.break(`chunk ${seq} of ${task_id} is ${String(data)}`);
    const seen = this.#streams.get(task_id) ?? { next: 0, whole: true };
    this.#streams.set(task_id, seen);
    // A piece that was seen before and comes again: a crash had taken it back, so the text is cut there.
    if (seq > seen.next && seen.whole)
      ledger.break(`${this.name}: chunk ${seq} of ${task_id} came, ${seen.next} was due`);
    seen.next = seq + 1;
  }

  #completed(task_id: string): void {
    const known = this.#keys.get(task_id);
    const seen = this.#streams.get(task_id);
    if (known === undefined || seen?.whole !== true) return;
    // What was streamed while nobody watched is gone with its task: the gap is told after the facts.
    if (seen.next < known.chunks) return;
    if (seen.next > known.chunks) this.world.ledger.break(`${task_id} has ${seen.next} pieces, not ${known.chunks}`);
    this.world.ledger.counts.texts += 1;
  }
}

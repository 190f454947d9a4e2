// Owns: the promises about order that hold for every watcher at every moment (§6), checked frame by frame:
// facts of a lane are gapless and their `at` never decreases, chunks of a stream come in order and once.
// Leaves to others: whether the right facts and chunks came at all (the tests).
import type { Fields, Frame } from './frames.js';

interface LanePosition {
  next: number | undefined;
  at: number;
}

interface StreamPosition {
  seq: number;
  epoch: number;
}

export class Order {
  readonly #lanes = new Map<string, LanePosition>();
  readonly #streams = new Map<string, StreamPosition>();

  /** What this frame breaks; `request` is what it answers, if it is a reply. */
  check(frame: Frame, request: Fields | undefined): string[] {
    if (frame.type === 'ok' && request?.['type'] === 'subscribe') this.#subscribed(frame, request);
    if (frame.type === 'ok' && request?.['type'] === 'watch.resume' && frame.snapshot !== undefined) {
      this.#jump(frame.snapshot.lane, frame.snapshot.seq);
    }
    if (frame.type === 'snapshot') this.#jump(frame.lane, frame.seq);
    if (frame.type === 'gap') this.#streams.clear();
    if (frame.type === 'event') return this.#fact(frame);
    if (frame.type === 'chunk') return this.#chunk(frame);
    return [];
  }

  #subscribed(reply: Frame, request: Fields): void {
    this.#streams.clear();
    if (request['lane'] === '*') {
      this.#lanes.clear();
      return;
    }
    const since = request['since'] as { seq: number } | undefined;
    this.#jump(reply.lane, reply.recovered && since !== undefined ? since.seq : reply.seq);
  }

  #jump(lane: string, seen: number): void {
    this.#streams.clear();
    this.#lanes.set(lane, { next: seen + 1, at: 0 });
  }

  #fact(fact: Frame): string[] {
    const broken: string[] = [];
    const position = this.#lanes.get(fact.lane) ?? { next: undefined, at: 0 };
    if (position.next !== undefined && fact.seq !== position.next) {
      broken.push(`lane ${fact.lane}: fact ${fact.seq} ${fact.event} came where ${position.next} was due`);
    }
    if (fact.at < position.at) broken.push(`lane ${fact.lane}: fact ${fact.seq} is older than the one before it`);
    this.#lanes.set(fact.lane, { next: fact.seq + 1, at: fact.at });
    return broken;
  }

  #chunk(chunk: Frame): string[] {
    const key = `${chunk.task_id}/${chunk.stream}`;
    const last = this.#streams.get(key);
    this.#streams.set(key, { seq: chunk.seq, epoch: chunk.epoch });
    if (last === undefined || chunk.seq === last.seq + 1) return [];
    if (chunk.seq > last.seq) return [`stream ${key}: chunk ${chunk.seq} came after ${last.seq}`];
    if (chunk.epoch === last.epoch) return [`stream ${key}: chunk ${chunk.seq} came again after ${last.seq}`];
    return [];
  }
}

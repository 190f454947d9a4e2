/** What a paused or lagging watcher did not get, lane by lane: enough to announce the gap (PROTOCOL §6). */
import type { GapMessage, WatchMessage } from '@cuehub/protocol';

/** Streams named in one gap; a reader that missed more has the snapshot to go by. */
const STREAMS_MAX = 256;

interface MissedLane {
  facts: { from_seq: number; to_seq: number } | null;
  readonly streams: Map<string, GapMessage['streams'][number]>;
}

export class Missed {
  readonly #lanes = new Map<string, MissedLane>();

  get lanes(): ReadonlySet<string> {
    return new Set(this.#lanes.keys());
  }

  get empty(): boolean {
    return this.#lanes.size === 0;
  }

  /** `watched` is the lane of the subscription, for messages of no lane: a snapshot of it has what they said. */
  note(message: WatchMessage, watched: string): void {
    const lane = this.#lane('lane' in message ? (message.lane ?? watched) : watched);
    if (message.type === 'event') {
      lane.facts = { from_seq: lane.facts?.from_seq ?? message.seq, to_seq: message.seq };
    } else if (message.type === 'chunk') {
      const { task_id, stream, seq } = message;
      const key = `${task_id}/${stream}`;
      const known = lane.streams.get(key);
      if (known === undefined && lane.streams.size >= STREAMS_MAX) return;
      const from_seq = Math.min(known?.from_seq ?? seq, seq);
      const to_seq = Math.max(known?.to_seq ?? seq, seq);
      lane.streams.set(key, { task_id, stream, from_seq, to_seq });
    }
  }

  /** One gap a lane in which facts or chunks were missed; then forgets. */
  takeGaps(reason: string): GapMessage[] {
    const gaps: GapMessage[] = [];
    for (const [lane, { facts, streams }] of this.#lanes) {
      if (facts === null && streams.size === 0) continue;
      gaps.push({ type: 'gap', lane, reason, facts, streams: [...streams.values()] });
    }
    this.#lanes.clear();
    return gaps;
  }

  #lane(name: string): MissedLane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { facts: null, streams: new Map() };
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}

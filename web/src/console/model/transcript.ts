// Who said what, in the order in which they last began to speak. Owns the texts and their bound; knows no states.
import type { ChunkMessage, StreamSnapshot } from '@cuehub/protocol';
import { SpokenText } from './spoken-text.js';

/** Streams whose text is kept; the one that spoke longest ago goes first. */
export const STREAMS_MAX = 64;

export interface Utterance {
  readonly key: string;
  readonly task_id: string;
  readonly stream: string;
  readonly spoken: SpokenText;
}

export class Transcript {
  readonly #utterances = new Map<string, Utterance>();

  /** In the order in which they last began to speak. */
  get utterances(): readonly Utterance[] {
    return [...this.#utterances.values()];
  }

  of(task_id: string): readonly Utterance[] {
    return this.utterances.filter((utterance) => utterance.task_id === task_id);
  }

  /** What the hub has of the streams that go on; texts of ended tasks stay as they were. */
  snapshot(streams: readonly StreamSnapshot[]): void {
    for (const stream of streams) {
      if (stream.next_seq === 0 && stream.text === '') continue;
      this.#put(stream.task_id, stream.stream, SpokenText.from(stream));
    }
  }

  chunk({ task_id, stream, seq, data }: ChunkMessage): void {
    if (typeof data !== 'string') return;
    const key = keyOf(task_id, stream);
    const known = this.#utterances.get(key);
    if (known === undefined) this.#put(task_id, stream, new SpokenText());
    this.#utterances.get(key)?.spoken.add(seq, data);
  }

  cut(task_id: string, stream: string, from_seq: number): void {
    this.#utterances.get(keyOf(task_id, stream))?.spoken.cut(from_seq);
  }

  /** The task has the floor (again): what it says now comes after what others said meanwhile. */
  granted(task_id: string): void {
    for (const utterance of this.of(task_id)) {
      this.#utterances.delete(utterance.key);
      this.#utterances.set(utterance.key, utterance);
    }
  }

  #put(task_id: string, stream: string, spoken: SpokenText): void {
    const key = keyOf(task_id, stream);
    this.#utterances.set(key, { key, task_id, stream, spoken });
    for (const oldest of this.#utterances.keys()) {
      if (this.#utterances.size <= STREAMS_MAX) break;
      this.#utterances.delete(oldest);
    }
  }
}

function keyOf(task_id: string, stream: string): string {
  return `${task_id}/${stream}`;
}

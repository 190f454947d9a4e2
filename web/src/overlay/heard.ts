// Which chunks the viewers have seen, to be reported as `stream.heard`. Pure: keeps what was reported, says what is new.
import { DEFAULT_STREAM } from '@cuehub/protocol';
import type { OverlayModel } from './model.js';
import { lastSeqBefore } from './streamed-text.js';

export interface Heard {
  readonly task_id: string;
  readonly stream: string;
  /** The last chunk that was shown in full. */
  readonly seq: number;
}

/** Reported positions by `TASK_ID/STREAM`. */
export type Reported = ReadonlyMap<string, number>;

/** What is shown now and was not reported yet; and what then is reported. Streams that are gone are forgotten. */
export function heardSince(reported: Reported, model: OverlayModel): { heard: Heard[]; reported: Reported } {
  const heard: Heard[] = [];
  const next = new Map<string, number>();
  for (const { key, task_id, text, shown_up_to } of model.bubbles.values()) {
    const seq = lastSeqBefore(text, shown_up_to ?? text.end);
    if (seq === null) continue;
    next.set(key, seq);
    if (reported.get(key) !== seq)
      heard.push({ task_id, stream: key.slice(task_id.length + 1) || DEFAULT_STREAM, seq });
  }
  return { heard, reported: next };
}

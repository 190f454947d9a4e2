/**
 * One stream of a task: its cursors (generated, accepted, heard are three things), what is kept of it for late joiners,
 * and the batch of accepted text that is not in the journal yet.
 */

export interface KeptChunk {
  readonly seq: number;
  readonly epoch: number;
  readonly data: string | Uint8Array;
  readonly bytes: number;
}

/** A reopening: the fact with this `seq` made everything from `from_seq` on new. */
interface Cut {
  readonly seq: number;
  readonly from_seq: number;
}

export interface StreamHold {
  readonly hold_id: string;
  readonly taken_at: number;
  expires_at: number;
}

export interface Stream {
  readonly name: string;
  content_type: string;
  /** Accepted so far: the next chunk that is expected. */
  next_seq: number;
  /** Up to here the journal has it. */
  durable_seq: number;
  open: boolean;
  /** Opened in the present run; a new attempt has to open its streams anew. */
  attached: boolean;
  /** Asked for `can_interrupt: false`. */
  protect: boolean;
  protect_reason: string | undefined;
  /** In force now. */
  hold: StreamHold | null;
  /** The lease ran out in this run; it is not taken again. */
  lapsed: boolean;
  readonly heard: Map<string, number>;
  readonly kept: KeptChunk[];
  kept_from: number;
  kept_bytes: number;
  /** Text accepted since `durable_seq`. */
  pending: string[];
  pending_bytes: number;
  pending_since: number;
  /** Seen a chunk of bytes: it is audio. */
  binary: boolean;
  readonly cuts: Cut[];
}

const CUTS_MAX = 64;

export function createStream(name: string, content_type: string): Stream {
  return {
    name,
    content_type,
    next_seq: 0,
    durable_seq: 0,
    open: false,
    attached: false,
    protect: false,
    protect_reason: undefined,
    hold: null,
    lapsed: false,
    heard: new Map(),
    kept: [],
    kept_from: 0,
    kept_bytes: 0,
    pending: [],
    pending_bytes: 0,
    pending_since: 0,
    binary: false,
    cuts: [],
  };
}

/** Opens it at `from_seq` (≤ `next_seq`): what was accepted from there on is forgotten, as watchers forget it. */
export function reopen(stream: Stream, from_seq: number, fact_seq: number): void {
  while (stream.kept.length > stream.kept_from && stream.kept.at(-1)!.seq >= from_seq) {
    stream.kept_bytes -= stream.kept.pop()!.bytes;
  }
  stream.next_seq = from_seq;
  stream.durable_seq = from_seq;
  stream.pending = [];
  stream.pending_bytes = 0;
  for (const [sink, seq] of stream.heard) {
    if (seq < from_seq) continue;
    if (from_seq === 0) stream.heard.delete(sink);
    else stream.heard.set(sink, from_seq - 1);
  }
  stream.cuts.push({ seq: fact_seq, from_seq });
  if (stream.cuts.length > CUTS_MAX) stream.cuts.shift();
}

/** Accepts the next chunk. Oldest chunks make room past `kept_bytes_max`. */
export function keep(stream: Stream, chunk: KeptChunk, kept_bytes_max: number): void {
  stream.next_seq = chunk.seq + 1;
  stream.kept.push(chunk);
  stream.kept_bytes += chunk.bytes;
  while (stream.kept_bytes > kept_bytes_max && stream.kept_from < stream.kept.length - 1) {
    stream.kept_bytes -= stream.kept[stream.kept_from]!.bytes;
    stream.kept_from += 1;
  }
  // Popping from the front is a moving index; the array is cut when half of it is gone.
  if (stream.kept_from > 64 && stream.kept_from * 2 > stream.kept.length) {
    stream.kept.splice(0, stream.kept_from);
    stream.kept_from = 0;
  }
}

export function forgetChunks(stream: Stream): void {
  stream.kept.length = 0;
  stream.kept_from = 0;
  stream.kept_bytes = 0;
  stream.pending = [];
  stream.pending_bytes = 0;
}

/** First chunk for a watcher that has seen `last_seq` (−1 for none) and facts up to `fact_seq`. */
export function firstUnseen(stream: Stream, last_seq: number, fact_seq: number): number {
  let first = last_seq + 1;
  for (const cut of stream.cuts) if (cut.seq > fact_seq && cut.from_seq < first) first = cut.from_seq;
  return first;
}

/**
 * The last `bytes_max` of kept text and the sequence number of its first chunk. Whole chunks, but for the last one when
 * it is too large by itself: then its end.
 */
export function tailText(stream: Stream, bytes_max: number): { text: string; text_from: number } {
  const { kept, kept_from, next_seq } = stream;
  let from = kept.length;
  let bytes = 0;
  while (from > kept_from && typeof kept[from - 1]!.data === 'string' && bytes + kept[from - 1]!.bytes <= bytes_max) {
    from -= 1;
    bytes += kept[from]!.bytes;
  }
  const last = kept.at(-1);
  if (from === kept.length && last && from > kept_from && typeof last.data === 'string') {
    const text = tailOf(last.data, bytes_max);
    return { text, text_from: text === '' ? next_seq : last.seq };
  }
  let text = '';
  for (let i = from; i < kept.length; i += 1) text += kept[i]!.data as string;
  return { text, text_from: kept[from]?.seq ?? next_seq };
}

/** The end of a text in whole characters. */
function tailOf(text: string, bytes_max: number): string {
  let from = text.length;
  for (let bytes = 0; from > 0; ) {
    const units = from > 1 && text.codePointAt(from - 2)! > 0xffff ? 2 : 1;
    bytes += utf8Bytes(text.slice(from - units, from));
    if (bytes > bytes_max) break;
    from -= units;
  }
  return text.slice(from);
}

/** Bytes of a string in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit <= 0xdbff) {
      bytes += 2;
      i += 1;
    } else bytes += 2;
  }
  return bytes;
}

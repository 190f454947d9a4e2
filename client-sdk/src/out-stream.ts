// One stream of a run: numbers its chunks, keeps them until the hub's journal has them, and sends again what was not accepted.
// Owns no gate of its own: the run says when output may flow.
import { DEFAULT_CONTENT_TYPE, type OkMessage } from '@cuehub/protocol';
import { CuehubError, RequestError } from './errors.js';
import type { ClientLimits } from './options.js';

export interface StreamOptions {
  /** Default `main`. */
  name?: string;
  /** Default `text/plain`. */
  content_type?: string;
  /** False: nobody interrupts while this stream is open (for 5 min at most since its last open). */
  can_interrupt?: boolean;
  /** Why it may not be cut; shown with the hold. */
  reason?: string;
  /** The first chunk's number. Default: where the checkpoint was taken that this attempt goes on from, else 0. */
  from_seq?: number;
}

/** What a stream needs of the run it belongs to. */
export interface StreamRun {
  readonly limits: ClientLimits;
  /** No run of the task came before this one, so that positions are of this one. */
  readonly first: boolean;
  /** The encoding has no way to carry bytes. */
  readonly textOnly: boolean;
  /** Whether output may flow. */
  readonly open: boolean;
  gate(): Promise<void>;
  boundary(): Promise<void>;
  drained(full: () => boolean): Promise<void>;
  say(message: object): void;
  ask(message: object): Promise<OkMessage>;
  /** More of what was written has arrived. */
  moreDelivered(): void;
}

/** What a handler gets from `task.stream()`. */
export interface OutStream {
  readonly name: string;
  /** Number of the next chunk. */
  readonly next_seq: number;
  /**
   * Sends a piece of text, or bytes (MessagePack only). Waits while the task is paused, and until the socket and the hub's
   * journal keep up. Throws `TaskCancelled` when the task is over for this executor.
   */
  write(data: string | Uint8Array): Promise<void>;
  /** Writes, and lets a polite interruption in afterwards: the end of a sentence. */
  sentence(text: string): Promise<void>;
  /** Closes it, and lets a polite interruption in. */
  close(): Promise<void>;
}

/**
 * What was said and is not known to be kept, in order. An `open` and a `close` are confirmed by their `ok`, a chunk is
 * `accepted` with what was said after it. A chunk that the hub's journal has is forgotten, and so is the `open` before it:
 * until then a crash of the hub may take back both.
 */
type Op =
  | { kind: 'open'; from_seq: number; first: boolean; accepted: boolean }
  | { kind: 'chunk'; seq: number; data: string | Uint8Array; accepted: boolean }
  | { kind: 'close' };

export class RunStream implements OutStream {
  readonly name: string;
  closed = false;
  private readonly run: StreamRun;
  private options: StreamOptions;
  private next: number;
  private pending: Op[] = [];
  private unackedLength = 0;
  private failure: CuehubError | undefined;

  constructor(run: StreamRun, name: string, options: StreamOptions, from_seq: number) {
    this.run = run;
    this.name = name;
    this.options = options;
    this.next = from_seq;
    this.push({ kind: 'open', from_seq, first: true, accepted: false });
  }

  get next_seq(): number {
    return this.next;
  }

  get can_interrupt(): boolean {
    return this.options.can_interrupt ?? true;
  }

  /** Everything written is in the hub's journal: not even its crash loses it. */
  get journaled(): boolean {
    return this.pending.every((op) => op.kind !== 'chunk');
  }

  /** Everything written has arrived, the close included. */
  get delivered(): boolean {
    return this.pending.every((op) => op.kind !== 'close' && op.accepted);
  }

  /** Opened again by the same run after it was closed: the numbers go on. */
  reopen(options: StreamOptions): void {
    this.options = options;
    this.next = options.from_seq ?? this.next;
    this.closed = false;
    this.push({ kind: 'open', from_seq: this.next, first: false, accepted: false });
  }

  async write(data: string | Uint8Array): Promise<void> {
    if (this.run.textOnly && typeof data !== 'string') {
      throw new RequestError({ code: 'encoding_unsupported', message: 'bytes need a MessagePack connection' });
    }
    for (const piece of cut(data, this.run.limits.chunk_length_max)) {
      await this.run.gate();
      if (this.failure) throw this.failure;
      if (this.closed) throw new CuehubError('stream_closed', `stream ${this.name} is closed`);
      this.unackedLength += piece.length;
      this.push({ kind: 'chunk', seq: this.next++, data: piece, accepted: false });
      await this.run.drained(() => this.unackedLength > this.run.limits.stream_unacked_bytes_max);
    }
  }

  async sentence(text: string): Promise<void> {
    await this.write(text);
    await this.run.boundary();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    await this.run.gate();
    this.closeNow();
    await this.run.boundary();
  }

  closeNow(): void {
    if (this.closed) return;
    this.closed = true;
    this.push({ kind: 'close' });
  }

  /** In the journal up to `position`: what is below need not be kept. */
  acked(position: number): void {
    this.pending = this.pending.filter((op) => {
      if (op.kind === 'open') return !op.accepted || op.from_seq >= position;
      return op.kind === 'close' || op.seq >= position;
    });
    this.unackedLength = this.pending.reduce((sum, op) => sum + (op.kind === 'chunk' ? op.data.length : 0), 0);
  }

  /**
   * The floor is ours again. `position`: what the hub expects next; undefined when it does not know this stream.
   * `lost`: the connection was, and perhaps it was the hub that crashed.
   */
  resumed(position: number | undefined, lost: boolean): void {
    let from = position ?? 0;
    const arrived = this.lastArrivedOpen(position, lost);
    this.pending = this.pending.filter((op, index) => op.kind === 'chunk' || index > arrived);
    for (const op of [...this.pending]) {
      // An open that did not arrive starts the stream anew, so everything from there goes again.
      if (op.kind === 'open') {
        from = op.from_seq;
        op.accepted = false;
      }
      if (op.kind === 'chunk') op.accepted = op.seq < from;
      if (op.kind !== 'chunk' || !op.accepted) this.send(op);
    }
    // Chunks after the last close that arrived: another close tells that they arrived as well.
    const last = this.pending.at(-1);
    if (this.closed && last?.kind === 'chunk' && !last.accepted) this.push({ kind: 'close' });
  }

  /** Where in `pending` the last `open` is that is known to have arrived, for instance by the hub's position; −1 for none. */
  private lastArrivedOpen(position: number | undefined, lost: boolean): number {
    let last = -1;
    if (position === undefined) return last;
    for (const [index, op] of this.pending.entries()) {
      if (op.kind !== 'open') continue;
      // In a later run, the position may be that of the run before.
      const shown = op.first ? this.run.first : op.from_seq < position;
      if (!shown && (lost || !op.accepted)) break;
      last = index;
    }
    return last;
  }

  private push(op: Op): void {
    this.pending.push(op);
    if (this.run.open) this.send(op);
  }

  private send(op: Op): void {
    const stream = this.name;
    if (op.kind === 'chunk') return this.run.say({ type: 'stream.chunk', stream, seq: op.seq, data: op.data });
    const { content_type = DEFAULT_CONTENT_TYPE, reason } = this.options;
    const open = { content_type, can_interrupt: this.can_interrupt, ...(reason === undefined ? {} : { reason }) };
    const message =
      op.kind === 'open'
        ? { type: 'stream.open', stream, from_seq: op.from_seq, ...open }
        : { type: 'stream.close', stream };
    this.run.ask(message).then(
      () => this.confirmed(op),
      (error: CuehubError) => {
        // Those that were only too early or lost with their connection are said again after the resume.
        if (error.code === 'stale_epoch' || error.retryable) return;
        if (op.kind === 'open') this.fail(error);
        else this.confirmed(op);
      },
    );
  }

  /** The hub has taken it, and so all that was sent before it under the same epoch. */
  private confirmed(op: Op): void {
    const index = this.pending.indexOf(op);
    for (const before of this.pending.slice(0, Math.max(0, index))) if (before.kind !== 'close') before.accepted = true;
    if (op.kind === 'open') op.accepted = true;
    else this.pending = this.pending.filter((other) => other !== op);
    this.run.moreDelivered();
  }

  /** The hub does not take this stream: nothing of it will ever arrive. */
  private fail(error: CuehubError): void {
    this.failure = error;
    this.pending = [];
    this.run.moreDelivered();
  }
}

/** Pieces of at most `length_max` units or bytes, never through the middle of a character's surrogate pair. */
function* cut(data: string | Uint8Array, length_max: number): Generator<string | Uint8Array> {
  let from = 0;
  while (from < data.length) {
    let to = Math.min(data.length, from + length_max);
    if (typeof data === 'string' && to < data.length && isHighSurrogate(data.charCodeAt(to - 1))) to -= 1;
    yield data.slice(from, to);
    from = to;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

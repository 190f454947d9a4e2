/**
 * What waits to be written to one connection. Two queues: frames of §3–§5 overtake those of §6, so that a `task.pause`
 * is not behind a megabyte of somebody's text. To keep that true only a window of watcher frames is ever handed to the
 * socket; the rest waits here. Owns order and figures; what a slow reader is spared is the watcher's decision.
 */
import type { Clock } from '../config/clock.js';
import type { Broadcast, EncodedFrame } from '../hub/broadcast.js';
import type { Subscription } from '../hub/subscription.js';
import type { Turn, TurnJob, UrgentJob } from '../hub/turn.js';
import type { Unsent } from './backpressure.js';
import { encodeFrame } from './frame-writer.js';
import type { Wire } from './wire.js';

/** Watcher frames in the socket's own buffer; one write takes no more. */
const WINDOW_BYTES = 128 * 1024;
/** A client that takes none of its answers while it goes on asking is cut off here. */
const CONTROL_BYTES_MAX = 16 * 1024 * 1024;

interface WatchEntry {
  readonly broadcast: Broadcast;
  readonly subscription: Subscription;
  /** What was missed before this reader came: its length is not the reader's fault, so it does not count as unsent. */
  readonly replay: boolean;
  readonly bytes: number;
  readonly at: number;
}

interface Flight {
  readonly bytes: number;
  readonly counted_bytes: number;
  readonly at: number;
}

export interface OutboxOptions {
  readonly wire: Wire;
  readonly turn: Turn;
  readonly clock: Clock;
  /** Some of it left. */
  readonly drained: () => void;
  /** More answers wait than anybody who reads would leave. */
  readonly overflow: () => void;
}

export class Outbox implements TurnJob, UrgentJob {
  readonly #options: OutboxOptions;
  #control: EncodedFrame[] = [];
  #control_bytes = 0;
  #watch: WatchEntry[] = [];
  #watch_from = 0;
  #watch_bytes = 0;
  readonly #flights: Flight[] = [];
  #flying_bytes = 0;
  #flying_counted_bytes = 0;
  /** Since when nobody can say that a replay held live frames up. */
  #replay_at = -Infinity;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Frames of §3–§5, and answers. */
  control(message: object): void {
    if (this.#closed) return;
    const frame = encodeFrame(this.#options.wire.codec, message);
    this.#control.push(frame);
    this.#control_bytes += frame.framed.length;
    if (this.#control_bytes + this.#flying_bytes > CONTROL_BYTES_MAX) this.#options.overflow();
    else this.#options.turn.outbox(this);
  }

  /** Like `control`, for what somebody who has the floor, or gets it, is waiting for. */
  order(message: object): void {
    this.control(message);
    this.#options.turn.urgent(this);
  }

  /** What is for the executor goes before the turn ends; what is watched, and answers without an order, wait for that. */
  goAhead(): void {
    if (this.#closed || this.#control.length === 0) return;
    const { frames, bytes, at } = this.#takeControl();
    this.#send(frames, bytes, bytes, at);
  }

  /** Frames of §6. */
  watch(broadcast: Broadcast, subscription: Subscription, replay: boolean): void {
    if (this.#closed) return;
    // Replays are many and are encoded when their turn comes; the rest is shared with other readers anyway.
    const bytes = replay ? 0 : this.#encode(broadcast).framed.length;
    // All of its readers are told in one turn, so one look at the clock does for them.
    broadcast.at ??= this.#options.clock.now();
    this.#watch.push({ broadcast, subscription, replay, bytes, at: broadcast.at });
    this.#watch_bytes += bytes;
    if (replay) this.#replay_at = broadcast.at;
    // A turn may bring megabytes. A reader that was not written to yet is not slow, so a full window goes out at once.
    if (this.#watch_bytes >= WINDOW_BYTES && this.#flights.length === 0) this.endTurn();
    else this.#options.turn.outbox(this);
  }

  get unsent(): Unsent {
    const oldest = this.#flights[0]?.at ?? this.#watch[this.#watch_from]?.at;
    return {
      unsent_bytes: this.#control_bytes + this.#watch_bytes + this.#flying_counted_bytes,
      behind_ms: oldest === undefined ? 0 : this.#options.clock.now() - Math.max(oldest, this.#replay_at),
    };
  }

  get idle(): boolean {
    return this.#control.length === 0 && this.#watch_from === this.#watch.length && this.#flights.length === 0;
  }

  /** Forgets what waits for this subscription. */
  purge(subscription: Subscription): void {
    const kept = this.#watch.slice(this.#watch_from).filter((entry) => entry.subscription !== subscription);
    this.#watch = kept;
    this.#watch_from = 0;
    this.#watch_bytes = kept.reduce((bytes, entry) => bytes + entry.bytes, 0);
  }

  endTurn(): void {
    if (this.#closed) return;
    const control = this.#takeControl();
    const { frames } = control;
    let { bytes, at } = control;
    let counted_bytes = bytes;
    while (this.#flying_bytes + bytes < WINDOW_BYTES) {
      const entry = this.#watch[this.#watch_from];
      if (entry === undefined) break;
      this.#watch_from += 1;
      const frame = this.#encode(entry.broadcast);
      frames.push(frame);
      bytes += frame.framed.length;
      counted_bytes += entry.bytes;
      this.#watch_bytes -= entry.bytes;
      at = Math.min(at, entry.at);
    }
    this.#compact();
    if (frames.length > 0) this.#send(frames, bytes, counted_bytes, at);
  }

  close(): void {
    this.#closed = true;
    this.#watch = [];
    this.#watch_from = 0;
    this.#control = [];
  }

  #takeControl(): { frames: EncodedFrame[]; bytes: number; at: number } {
    const frames = this.#control;
    const bytes = this.#control_bytes;
    this.#control = [];
    this.#control_bytes = 0;
    return { frames, bytes, at: frames.length === 0 ? Infinity : this.#options.clock.now() };
  }

  #send(frames: readonly EncodedFrame[], bytes: number, counted_bytes: number, at: number): void {
    this.#flying_bytes += bytes;
    this.#flying_counted_bytes += counted_bytes;
    this.#flights.push({ bytes, counted_bytes, at });
    this.#options.wire.write(frames, () => this.#landed());
  }

  #landed(): void {
    const flight = this.#flights.shift();
    if (flight === undefined || this.#closed) return;
    this.#flying_bytes -= flight.bytes;
    this.#flying_counted_bytes -= flight.counted_bytes;
    // A replay that makes progress holds up what is behind it, and that is not the reader's slowness.
    if (flight.bytes > flight.counted_bytes) this.#replay_at = this.#options.clock.now();
    this.#options.drained();
    this.endTurn();
  }

  #compact(): void {
    if (this.#watch_from === this.#watch.length) {
      this.#watch = [];
      this.#watch_from = 0;
    } else if (this.#watch_from > 256 && this.#watch_from * 2 > this.#watch.length) {
      this.#watch = this.#watch.slice(this.#watch_from);
      this.#watch_from = 0;
    }
  }

  #encode(broadcast: Broadcast): EncodedFrame {
    const { codec } = this.#options.wire;
    let frame = broadcast[codec.encoding];
    if (frame === null) {
      frame = encodeFrame(codec, broadcast.message);
      broadcast[codec.encoding] = frame;
    }
    return frame;
  }
}

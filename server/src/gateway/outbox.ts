/**
 * What waits to be written to one connection. Two queues: frames of §3–§5 overtake those of §6, so that a `task.pause`
 * is not behind a megabyte of somebody's text. To keep that true only a window of watcher frames is ever handed to the
 * socket; the rest waits here. Owns order and figures; what a slow reader is spared is the watcher's decision.
 */
import type { Encoding } from '@cuehub/protocol';
import type { Clock } from '../config/clock.js';
import { Batch } from '../hub/batch.js';
import type { Broadcast } from '../hub/broadcast.js';
import type { EncodedFrame, Packet } from '../hub/packet.js';
import type { Subscription } from '../hub/subscription.js';
import type { Turn, UrgentJob, WatchJob } from '../hub/turn.js';
import type { Unsent } from './backpressure.js';
import { encodeFrame, packetOf, packetOfPackets } from './frame-writer.js';
import type { Wire } from './wire.js';

/** Watcher frames in the socket's own buffer; one write takes no more. */
export const WINDOW_BYTES = 128 * 1024;
/** A client that takes none of its answers while it goes on asking is cut off here. */
const CONTROL_BYTES_MAX = 16 * 1024 * 1024;

/** One message, or all that a lane told in a turn. */
type Content = Broadcast | Batch;

interface WatchEntry {
  readonly content: Content;
  readonly subscription: Subscription;
  /** What was missed before this reader came: its length is not the reader's fault, so it does not count as unsent. */
  readonly replay: boolean;
  readonly bytes: number;
  readonly at: number;
}

/** A write that has not left this process. */
interface Flight {
  readonly bytes: number;
  readonly counted_bytes: number;
  readonly at: number;
}

export interface OutboxOptions {
  readonly wire: Wire;
  readonly turn: Turn;
  readonly clock: Clock;
  /** Some of it left, and nothing is being told at the moment. Called while `tellDrained` is wanted. */
  readonly drained: () => void;
  /** More answers wait than anybody who reads would leave. */
  readonly overflow: () => void;
  /** So many messages of §6 were handed to the wire. */
  readonly delivered: (messages: number) => void;
}

export class Outbox implements WatchJob, UrgentJob {
  due = false;
  watch_due = false;
  // What a turn touches lies in this object, not behind it: with thousands of readers each step to another is felt.
  readonly #wire: Wire;
  readonly #encoding: Encoding;
  readonly #turn: Turn;
  readonly #clock: Clock;
  readonly #drained: () => void;
  readonly #overflow: () => void;
  readonly #delivered: (messages: number) => void;
  readonly #left = (): void => this.#landed();
  #control: EncodedFrame[] = [];
  #control_bytes = 0;
  /** What most turns bring to most readers: one lane's batch and nothing else. It needs no queue. */
  #lone: Content | null = null;
  #lone_subscription: Subscription | null = null;
  #watch: WatchEntry[] = [];
  #watch_from = 0;
  #watch_to = 0;
  #watch_bytes = 0;
  readonly #flights: Flight[] = [];
  #flying_bytes = 0;
  #flying_counted_bytes = 0;
  /** Since when nobody can say that a replay held live frames up. */
  #replay_at = -Infinity;
  #drained_wanted = false;
  #closed = false;

  constructor({ wire, turn, clock, drained, overflow, delivered }: OutboxOptions) {
    this.#wire = wire;
    this.#encoding = wire.codec.encoding;
    this.#turn = turn;
    this.#clock = clock;
    this.#drained = drained;
    this.#overflow = overflow;
    this.#delivered = delivered;
  }

  /** Frames of §3–§5, and answers. */
  control(message: object): void {
    if (this.#closed) return;
    const frame = encodeFrame(this.#wire.codec, message);
    this.#control.push(frame);
    this.#control_bytes += frame.framed.length;
    if (this.#control_bytes + this.#flying_bytes > CONTROL_BYTES_MAX) this.#overflow();
    else this.#turn.outbox(this);
  }

  /** Like `control`, for what somebody who has the floor, or gets it, is waiting for. */
  order(message: object): void {
    this.control(message);
    this.#turn.urgent(this);
  }

  /** What is for the executor goes before the turn ends; what is watched, and answers without an order, wait for that. */
  goAhead(): void {
    if (this.#closed || this.#control_bytes === 0) return;
    const packet = this.#takeControl();
    this.#send(packet, 0, packet.bytes, Infinity);
  }

  /** Frames of §6. */
  watch(content: Content, subscription: Subscription, replay: boolean): void {
    if (this.#closed) return;
    // Replays are many and are encoded when their turn comes; the rest is shared with other readers anyway.
    const bytes = replay ? 0 : this.bytesOf(content);
    // All of its readers are told in one turn, so one look at the clock does for them.
    content.at ??= this.#clock.now();
    this.#watch_bytes += bytes;
    if (!replay && !this.#watched) {
      this.#lone = content;
      this.#lone_subscription = subscription;
    } else {
      this.#enqueueLone();
      this.#push({ content, subscription, replay, bytes, at: content.at });
    }
    if (replay) this.#replay_at = content.at;
    // A turn may bring megabytes. A reader that was not written to yet is not slow, so a full window goes out at once.
    if (this.#watch_bytes >= WINDOW_BYTES && this.landed) this.#write();
    this.#turn.watcher(this);
  }

  bytesOf(content: Content): number {
    return this.#packet(content).bytes;
  }

  get unsent_bytes(): number {
    return this.#control_bytes + this.#watch_bytes + this.#flying_counted_bytes;
  }

  get unsent(): Unsent {
    const oldest = this.#flights[0]?.at ?? this.#lone?.at ?? this.#watch[this.#watch_from]?.at;
    return {
      unsent_bytes: this.unsent_bytes,
      behind_ms: oldest === undefined ? 0 : this.#clock.now() - Math.max(oldest, this.#replay_at),
    };
  }

  get idle(): boolean {
    return this.#control_bytes === 0 && !this.#watched && this.landed;
  }

  /** Whether all that was handed to the wire has left. */
  get landed(): boolean {
    return this.#flying_bytes === 0;
  }

  /** A reader is behind: its watcher waits for news of what leaves. */
  tellDrained(wanted: boolean): void {
    this.#drained_wanted = wanted;
  }

  /** Forgets what waits for this subscription. */
  purge(subscription: Subscription): void {
    this.#enqueueLone();
    if (!this.#watched) return;
    const kept = this.#watch.slice(this.#watch_from).filter((entry) => entry.subscription !== subscription);
    this.#watch = kept;
    this.#watch_from = 0;
    this.#watch_to = kept.length;
    this.#watch_bytes = kept.reduce((bytes, entry) => bytes + entry.bytes, 0);
  }

  endTurn(): void {
    if (this.#closed) return;
    this.#write();
    if (this.#drained_wanted) this.#drained();
    // A window a turn, so that a long replay leaves the others their share.
    if (this.#watched && this.landed) this.#turn.watcher(this);
  }

  close(): void {
    this.#closed = true;
    this.#watch = [];
    this.#watch_from = 0;
    this.#watch_to = 0;
    this.#lone = null;
    this.#lone_subscription = null;
    this.#control = [];
  }

  /** Frames of §6 wait. */
  get #watched(): boolean {
    return this.#lone !== null || this.#watch_from < this.#watch_to;
  }

  /** One write: the answers, and a window of the rest. */
  #write(): void {
    const lone = this.#lone;
    if (lone !== null && this.#control_bytes === 0 && this.landed) {
      const packet = this.#packet(lone);
      this.#lone = null;
      this.#lone_subscription = null;
      this.#watch_bytes = 0;
      this.#send(packet, packet.frames.length, packet.bytes, lone.at ?? 0);
      return;
    }
    this.#enqueueLone();
    let bytes = this.#control_bytes;
    let counted_bytes = bytes;
    let at = Infinity;
    const packets: Packet[] = this.#control_bytes === 0 ? [] : [this.#takeControl()];
    let messages = 0;
    while (this.#flying_bytes + bytes < WINDOW_BYTES) {
      const entry = this.#watch[this.#watch_from];
      if (entry === undefined) break;
      this.#watch_from += 1;
      const packet = this.#packet(entry.content);
      packets.push(packet);
      bytes += packet.bytes;
      messages += packet.frames.length;
      counted_bytes += entry.bytes;
      this.#watch_bytes -= entry.bytes;
      at = Math.min(at, entry.at);
    }
    this.#compact();
    const [only] = packets;
    if (only === undefined) return;
    this.#send(packets.length === 1 ? only : packetOfPackets(packets), messages, counted_bytes, at);
  }

  #takeControl(): Packet {
    const packet: Packet = { frames: this.#control, bytes: this.#control_bytes, parts: null, joined: null };
    this.#control = [];
    this.#control_bytes = 0;
    return packet;
  }

  #send(packet: Packet, messages: number, counted_bytes: number, at: number): void {
    const { bytes } = packet;
    if (messages > 0) this.#delivered(messages);
    if (this.#wire.write(packet, this.#left)) {
      this.#progressed(bytes, counted_bytes);
      return;
    }
    this.#flying_bytes += bytes;
    this.#flying_counted_bytes += counted_bytes;
    this.#flights.push({ bytes, counted_bytes, at: at === Infinity ? this.#clock.now() : at });
  }

  #landed(): void {
    const flight = this.#flights.shift();
    if (flight === undefined || this.#closed) return;
    this.#flying_bytes -= flight.bytes;
    this.#flying_counted_bytes -= flight.counted_bytes;
    this.#progressed(flight.bytes, flight.counted_bytes);
    this.endTurn();
  }

  /** A replay that makes progress holds up what is behind it, and that is not the reader's slowness. */
  #progressed(bytes: number, counted_bytes: number): void {
    if (bytes > counted_bytes) this.#replay_at = this.#clock.now();
  }

  #enqueueLone(): void {
    const content = this.#lone;
    const subscription = this.#lone_subscription;
    if (content === null || subscription === null) return;
    this.#lone = null;
    this.#lone_subscription = null;
    this.#push({ content, subscription, replay: false, bytes: this.bytesOf(content), at: content.at ?? 0 });
  }

  #push(entry: WatchEntry): void {
    this.#watch.push(entry);
    this.#watch_to += 1;
  }

  #compact(): void {
    if (this.#watch_from === 0) return;
    if (this.#watch_from === this.#watch_to) this.#watch = [];
    else if (this.#watch_from > 256 && this.#watch_from * 2 > this.#watch_to) {
      this.#watch = this.#watch.slice(this.#watch_from);
    } else return;
    this.#watch_from = 0;
    this.#watch_to = this.#watch.length;
  }

  /** Made by the first connection of this encoding that needs it. */
  #packet(content: Content): Packet {
    return (content[this.#encoding] ??=
      content instanceof Batch
        ? packetOf(content.broadcasts.flatMap((one) => this.#packet(one).frames))
        : packetOf([encodeFrame(this.#wire.codec, content.message)]));
  }
}

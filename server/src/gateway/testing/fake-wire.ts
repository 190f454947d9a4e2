/** A wire that takes what it is given and lets it leave when the test says so. */
import { type Codec, jsonCodec } from '@cuehub/protocol';
import type { Packet } from '../../hub/packet.js';
import { payloadOf } from '../frame-writer.js';
import type { Wire } from '../wire.js';
import type { AnyMessage } from './raw-client.js';

export class FakeWire implements Wire {
  readonly codec: Codec = jsonCodec;
  /** Everything that was handed over, decoded, in order. */
  readonly written: AnyMessage[] = [];
  writes = 0;
  closed: { code: number; reason: string } | null = null;
  #stuck: (() => void)[] = [];
  /** While true nothing leaves. */
  stuck = false;

  write({ frames }: Packet, done: () => void): boolean {
    this.writes += 1;
    for (const frame of frames) this.written.push(this.codec.decode(payloadOf(frame)) as AnyMessage);
    if (this.stuck) this.#stuck.push(done);
    return !this.stuck;
  }

  /** Lets the oldest write leave. */
  leave(): void {
    this.#stuck.shift()?.();
  }

  /** The reader is back: everything leaves, and what comes after it too. */
  unstick(): void {
    this.stuck = false;
    while (this.#stuck.length > 0) this.leave();
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  terminate(): void {
    this.closed ??= { code: 1006, reason: '' };
  }

  pause(): void {}

  resume(): void {}
}

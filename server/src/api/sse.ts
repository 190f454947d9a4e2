/**
 * A bounded stream of Server-Sent Events. It knows the text format and when a reader is too slow; what the events
 * mean is for events.ts.
 */
import { LIMITS } from '@cuehub/protocol';

/** A comment this often keeps proxies from closing a quiet stream, and finds readers that are gone. */
export const SSE_HEARTBEAT_MS = 15_000;
/** What we ask an EventSource to wait before it connects again. */
const RECONNECT_AFTER_MS = 1_000;

export interface SseEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

export interface SseOptions {
  /** Called once, however the stream ended. */
  readonly onEnd: () => void;
  /** Drops the connection, when there is one: the reader's end of a stream that is broken off. */
  readonly disconnect?: (() => void) | undefined;
  readonly unsent_bytes_max?: number;
  readonly heartbeat_ms?: number;
}

/** Carriage returns and newlines would end a field early: JSON has none, ids and names are checked here. */
export function formatEvent({ event, id, data }: SseEvent): string {
  const lines = [`event: ${singleLine(event)}`];
  if (id !== undefined) lines.push(`id: ${singleLine(id)}`);
  lines.push(`data: ${JSON.stringify(data)}`);
  return `${lines.join('\n')}\n\n`;
}

function singleLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}

const encoder = new TextEncoder();

export class SseStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #onEnd: () => void;
  readonly #disconnect: (() => void) | undefined;
  readonly #timer: NodeJS.Timeout;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #unsent_bytes_max: number;
  #written_bytes = 0;
  /** What the reader had taken at the last heartbeat. */
  #taken_bytes = 0;
  #ended = false;

  constructor({
    onEnd,
    disconnect,
    unsent_bytes_max = LIMITS.unsent_high_bytes,
    heartbeat_ms = SSE_HEARTBEAT_MS,
  }: SseOptions) {
    this.#onEnd = onEnd;
    this.#disconnect = disconnect;
    this.#unsent_bytes_max = unsent_bytes_max;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: unsent_bytes_max }),
    );
    this.#write(`retry: ${RECONNECT_AFTER_MS}\n\n`);
    this.#timer = setInterval(() => this.#beat(), heartbeat_ms);
    this.#timer.unref();
  }

  /** False when the reader is too far behind: the stream is then broken off, and what was unsent is forgotten. */
  send(event: SseEvent): boolean {
    return this.#write(formatEvent(event));
  }

  /** Ends the stream after what is already in it. */
  close(): void {
    if (this.#ended) return;
    this.#end();
    this.#controller?.close();
  }

  #write(text: string): boolean {
    if (this.#ended || this.#controller === undefined) return false;
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      this.#breakOff();
      return false;
    }
    const bytes = encoder.encode(text);
    this.#written_bytes += bytes.length;
    this.#controller.enqueue(bytes);
    return true;
  }

  #beat(): void {
    const unsent_bytes = this.#unsent_bytes_max - (this.#controller?.desiredSize ?? 0);
    const taken_bytes = this.#written_bytes - unsent_bytes;
    if (unsent_bytes > 0 && taken_bytes === this.#taken_bytes) {
      this.#breakOff();
      return;
    }
    this.#taken_bytes = taken_bytes;
    this.#write(': still here\n\n');
  }

  /** Drops the queue and the connection with it; a close would wait for a reader that may never read. */
  #breakOff(): void {
    if (this.#ended) return;
    this.#end();
    if (this.#disconnect === undefined) this.#controller?.error(new Error('the reader is too slow'));
    else this.#disconnect();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#onEnd();
  }
}

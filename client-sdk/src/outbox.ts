// Counts what waits to be sent or answered, and refuses what is too much. Owns the bound, not the messages.
import { OutboxFull } from './errors.js';

export class Outbox {
  private items = 0;
  private bytes = 0;
  private readonly items_max: number;
  private readonly bytes_max: number;

  constructor(items_max: number, bytes_max: number) {
    this.items_max = items_max;
    this.bytes_max = bytes_max;
  }

  /** Throws `OutboxFull`. */
  add(bytes: number): void {
    if (this.items >= this.items_max) throw new OutboxFull('outbox_items_max', this.items_max);
    if (this.bytes + bytes > this.bytes_max) throw new OutboxFull('outbox_bytes_max', this.bytes_max);
    this.items += 1;
    this.bytes += bytes;
  }

  remove(bytes: number): void {
    this.items -= 1;
    this.bytes -= bytes;
  }
}

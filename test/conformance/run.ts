// Owns: one run of a task in an executor's hands: what it says to the hub with the right task and epoch, and what it
// waits for. It does nothing by itself, so a test can make it prompt, deaf or lying.
// Leaves to others: the socket (raw-client.ts).
import type { Fields, Frame, Pattern } from './frames.js';
import type { RawClient } from './raw-client.js';

export class Run {
  readonly client: RawClient;
  readonly task_id: string;
  /** What the hub sent to start it. */
  readonly dispatch: Frame;
  epoch: number;

  constructor(client: RawClient, dispatch: Frame) {
    this.client = client;
    this.dispatch = dispatch;
    this.task_id = dispatch.task.task_id;
    this.epoch = dispatch.epoch;
  }

  /** Says it without an id: no `ok` comes. */
  say(type: string, fields: Fields = {}): void {
    this.client.send(type, { task_id: this.task_id, epoch: this.epoch, ...fields });
  }

  /** Asks, and must be granted it. */
  ok(type: string, fields: Fields = {}): Promise<Frame> {
    return this.client.ok(type, { task_id: this.task_id, epoch: this.epoch, ...fields });
  }

  /** Asks, and must be refused with this code. */
  refused(type: string, fields: Fields, code: string): Promise<Frame> {
    return this.client.refused(type, { task_id: this.task_id, epoch: this.epoch, ...fields }, code);
  }

  /** Says it without an id, and must get this error. */
  async sayRefused(type: string, fields: Fields, code: string): Promise<Frame> {
    this.say(type, fields);
    return this.client.expectFrame({ type: 'error', code });
  }

  open(fields: Fields = {}): void {
    this.say('stream.open', fields);
  }

  chunk(seq: number, data: string | Uint8Array = word(seq), stream?: string): void {
    this.say('stream.chunk', { seq, data, ...(stream === undefined ? {} : { stream }) });
  }

  /** Chunks `from` up to and without `to`, each a word of its own. */
  chunks(from: number, to: number): void {
    for (let seq = from; seq < to; seq += 1) this.chunk(seq);
  }

  closeStream(): void {
    this.say('stream.close');
  }

  checkpoint(checkpoint: unknown): Promise<Frame> {
    return this.ok('task.checkpoint', { checkpoint });
  }

  hold(fields: Fields = {}): Promise<Frame> {
    return this.ok('floor.hold', fields);
  }

  release(hold_id: string): void {
    this.say('floor.release', { hold_id });
  }

  complete(result?: unknown): Promise<Frame> {
    return this.ok('task.complete', result === undefined ? {} : { result });
  }

  fail(code: string, retryable = false): Promise<Frame> {
    return this.ok('task.fail', { error: { code, message: `it says ${code}` }, retryable });
  }

  paused(checkpoint?: unknown): void {
    this.say('task.paused', checkpoint === undefined ? {} : { checkpoint });
  }

  cancelled(): void {
    this.say('task.cancelled');
  }

  /** The hub's next word of this type to this run. */
  told(type: 'task.pause' | 'task.cancel' | 'task.revoked' | 'stream.ack', more: Fields = {}): Promise<Frame> {
    return this.client.expectFrame({ type, task_id: this.task_id, ...more });
  }

  /** Waits for `task.pause` and answers it. */
  async pausesWhenAsked(checkpoint?: unknown): Promise<Frame> {
    const pause = await this.told('task.pause');
    this.paused(checkpoint);
    return pause;
  }

  /** Waits for the floor to come back, and goes on under the new epoch. */
  async resumed(): Promise<Frame> {
    const resume = await this.client.expectFrame({ type: 'task.resume', task_id: this.task_id });
    this.epoch = resume.epoch;
    return resume;
  }

  /** All of this kind that were said to this run so far. */
  words(type: string, more: Fields = {}): Frame[] {
    const pattern: Pattern = { type, task_id: this.task_id, ...more };
    return this.client.seen(pattern);
  }
}

export function word(seq: number): string {
  return `w${seq} `;
}

/** The text that `chunks(from, to)` streams. */
export function words(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, at) => word(from + at)).join('');
}

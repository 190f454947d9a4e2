// An overlay without a page: takes messages at a clock that the test sets, and tells what would be seen.
import type { WatchEvent } from '@cuehub/client';
import type { TaskView } from '@cuehub/protocol';
import { type Connection, emptyModel, type OverlayModel } from '../model.js';
import { PARTS, type Part } from '../options.js';
import { step } from '../step.js';
import { type OverlayView, viewOf } from '../view.js';

export class Watcher {
  now_ms = 0;
  model: OverlayModel = emptyModel();
  show: readonly Part[] = PARTS;
  name = '';

  take(...messages: WatchEvent[]): this {
    for (const message of messages) this.model = step(this.model, { kind: 'message', message }, this.now_ms);
    return this;
  }

  connection(connection: Connection): this {
    this.model = step(this.model, { kind: 'connection', connection }, this.now_ms);
    return this;
  }

  details(task: TaskView): this {
    this.model = step(this.model, { kind: 'task', task }, this.now_ms);
    return this;
  }

  wait(ms: number): this {
    this.now_ms += ms;
    this.model = step(this.model, { kind: 'tick' }, this.now_ms);
    return this;
  }

  get view(): OverlayView {
    return viewOf(this.model, this);
  }

  /** The bubbles from back to front, as `depth: text`. */
  get seen(): string[] {
    return this.view.bubbles.map(({ depth, words }) => `${depth}: ${words.map((word) => word.text).join('')}`);
  }
}

export function online(): Watcher {
  return new Watcher().connection({ status: 'online' });
}

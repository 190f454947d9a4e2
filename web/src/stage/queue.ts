// Who waits: a strip of the next few by name, and how many more there are.
import type { QueueItemView, QueueView } from '../overlay/view.js';
import { element, setData, setText } from './element.js';

export class Queue {
  readonly element = element('ol', 'queue');
  readonly #more = element('li', 'queue-more');
  readonly #shown = new Map<string, QueueItem>();

  constructor() {
    this.element.setAttribute('aria-label', 'Waiting');
    this.element.append(this.#more);
  }

  draw({ items, more }: QueueView): void {
    this.element.hidden = items.length === 0 && more === 0;
    const gone = new Set(this.#shown.keys());
    for (const [place, view] of items.entries()) {
      gone.delete(view.key);
      let item = this.#shown.get(view.key);
      if (item === undefined) {
        item = new QueueItem();
        this.#shown.set(view.key, item);
        this.#more.before(item.element);
      }
      item.draw(view);
      item.element.style.order = String(place);
    }
    for (const key of gone) {
      this.#shown.get(key)?.element.remove();
      this.#shown.delete(key);
    }
    this.#more.hidden = more === 0;
    setText(this.#more, items.length === 0 ? `${more} waiting` : `+${more}`);
  }
}

class QueueItem {
  readonly element = element('li', 'queue-item');
  readonly #task = element('span', 'queue-task');
  readonly #label = element('span', 'queue-label');

  constructor() {
    this.#label.dir = 'auto';
    this.element.append(element('span', 'queue-lamp'), this.#task, this.#label);
  }

  draw({ task, label, priority, paused }: QueueItemView): void {
    setData(this.element, 'priority', priority);
    setData(this.element, 'paused', paused);
    setText(this.#task, task);
    setText(this.#label, label);
  }
}

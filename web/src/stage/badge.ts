// The tally light in the corner: mode, who has the floor, whether that is protected, how many wait.
import type { BadgeView } from '../overlay/view.js';
import { element, setData, setText } from './element.js';

export class Badge {
  readonly element = element('div', 'badge');
  readonly #label = element('span', 'badge-label');
  readonly #task = element('span', 'badge-task');
  readonly #protected = element('span', 'badge-protected');
  readonly #waiting = element('span', 'badge-waiting');

  constructor() {
    this.element.setAttribute('role', 'status');
    this.#protected.textContent = 'protected';
    this.element.append(element('span', 'badge-lamp'), this.#label, this.#task, this.#protected, this.#waiting);
  }

  draw(badge: BadgeView): void {
    this.element.hidden = !badge.shown;
    setData(this.element, 'tone', badge.tone);
    setText(this.#label, badge.label);
    setText(this.#task, badge.task);
    setText(this.#waiting, badge.waiting === 0 ? '' : `${badge.waiting} waiting`);
    this.#protected.hidden = !badge.protected;
  }
}

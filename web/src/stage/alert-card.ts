// The head of an alert: what happened, who did it, how much, and what they say.
import type { Alert, AlertKind } from '../overlay/alert.js';
import { element, icon, setData, setText } from './element.js';

const LABELS: { readonly [kind in AlertKind]: string } = {
  donation: 'Donation',
  raid: 'Raid',
  subscription: 'Subscription',
  follow: 'New follower',
  command: 'Command',
  notice: 'Alert',
};

/** Drawn on a field of 24 by 24. */
const ICONS: { readonly [kind in AlertKind]: string } = {
  donation:
    'M12 21.2 4.2 13.4a5 5 0 0 1 0-7.1 5 5 0 0 1 7.1 0l.7.7.7-.7a5 5 0 0 1 7.1 0 5 5 0 0 1 0 7.1zM13 8.2h-2v1.2c-1.1.3-1.9 1.1-1.9 2.2 0 2.8 3.9 1.8 3.9 3.1 0 .5-.5.8-1.1.8-.7 0-1.3-.3-1.8-.8l-.9 1.5c.5.4 1.1.7 1.8.9v1.1h2v-1.2c1.2-.3 2-1.1 2-2.3 0-2.8-3.9-1.9-3.9-3.1 0-.4.4-.7 1-.7s1.1.2 1.6.6l.9-1.4c-.5-.4-1-.6-1.6-.8z',
  raid: 'M8.5 4a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6zM2 19.5c0-4 2.6-6.7 6.5-6.7s6.5 2.7 6.5 6.7zM15.8 6.1 22.5 12l-6.7 5.9v-3.9h-1.6c-.7-.9-1.6-1.6-2.7-2.1.8-.6 1.4-1.4 1.8-2.3h2.5z',
  subscription: 'm12 2 3 6.4 7 .9-5.1 4.8 1.3 6.9L12 17.6 5.8 21l1.3-6.9L2 9.3l7-.9z',
  follow: 'M12 21.2 4.2 13.4a5 5 0 0 1 0-7.1 5 5 0 0 1 7.1 0l.7.7.7-.7a5 5 0 0 1 7.1 0 5 5 0 0 1 0 7.1z',
  command:
    'M12 2a3.5 3.5 0 0 1 3.5 3.5v6a3.5 3.5 0 0 1-7 0v-6A3.5 3.5 0 0 1 12 2zM5 11h2a5 5 0 0 0 10 0h2a7 7 0 0 1-6 6.9V22h-2v-4.1A7 7 0 0 1 5 11z',
  notice:
    'M12 2a6.5 6.5 0 0 1 6.5 6.5c0 4.6 2 6.5 2 6.5v1.5h-17V15s2-1.9 2-6.5A6.5 6.5 0 0 1 12 2zM9.5 18.5h5a2.5 2.5 0 0 1-5 0z',
};

export class AlertCard {
  readonly element = element('header', 'alert');
  readonly #icon = icon(ICONS.notice);
  readonly #kind = element('span', 'alert-kind');
  readonly #from = element('strong', 'alert-from');
  readonly #figure = element('span', 'alert-figure');
  readonly #message = element('p', 'alert-message');

  constructor() {
    const line = element('span', 'alert-line');
    line.append(this.#from, this.#figure);
    const badge = element('span', 'alert-icon');
    badge.append(this.#icon);
    this.#from.dir = this.#message.dir = 'auto';
    this.element.append(badge, this.#kind, line, this.#message);
  }

  draw(alert: Alert | null): void {
    this.element.hidden = alert === null;
    if (alert === null) return;
    setData(this.element, 'kind', alert.kind);
    setData(this.element, 'bare', alert.from === '' && alert.figure === '');
    this.#icon.firstElementChild?.setAttribute('d', ICONS[alert.kind]);
    setText(this.#kind, LABELS[alert.kind]);
    setText(this.#from, alert.from);
    setText(this.#figure, alert.figure);
    setText(this.#message, alert.message);
  }
}

// Draws the overlay's view: keeps one element for each bubble, lets them come, go and make room smoothly, and decides
// nothing. All sizes are in em, so a page sets the size of the whole with one font-size.
import type { BubbleView, OverlayView } from '../overlay/view.js';
import { Badge } from './badge.js';
import { Bubble } from './bubble.js';
import { element, setData, setText } from './element.js';

/** As long as the animations in stage.css. */
const LEAVE_MS = 280;
const MOVE_MS = 420;
const MOVE_EASING = 'cubic-bezier(.2,.8,.2,1)';

export interface StageOptions {
  readonly side: 'left' | 'center' | 'right';
  readonly badge: boolean;
}

export class Stage {
  readonly #root: HTMLElement;
  readonly #badge = new Badge();
  readonly #bubbles = element('section', 'bubbles');
  readonly #notice = element('div', 'notice');
  readonly #noticeTitle = element('strong', 'notice-title');
  readonly #noticeText = element('span', 'notice-text');
  readonly #shown = new Map<string, Bubble>();
  readonly #calm = window.matchMedia('(prefers-reduced-motion: reduce)');

  constructor(root: HTMLElement, options: StageOptions) {
    this.#root = root;
    root.classList.add('stage');
    setData(root, 'side', options.side);
    this.#badge.element.hidden = !options.badge;
    this.#notice.setAttribute('role', 'alert');
    this.#notice.append(this.#noticeTitle, this.#noticeText);
    this.#notice.hidden = true;
    root.append(this.#badge.element, this.#notice, this.#bubbles);
  }

  draw(view: OverlayView): void {
    setData(this.#root, 'stale', view.stale);
    this.#badge.draw(view.badge);
    this.#notice.hidden = view.notice === null;
    setText(this.#noticeTitle, view.notice?.title ?? '');
    setText(this.#noticeText, view.notice?.text ?? '');
    this.#moving(() => this.#drawBubbles(view.bubbles));
    for (const bubble of this.#shown.values()) bubble.measure();
  }

  #drawBubbles(views: readonly BubbleView[]): void {
    const gone = new Set(this.#shown.keys());
    for (const [place, view] of views.entries()) {
      gone.delete(view.key);
      let bubble = this.#shown.get(view.key);
      if (bubble === undefined) {
        bubble = new Bubble(view);
        this.#shown.set(view.key, bubble);
        this.#bubbles.append(bubble.element);
      } else {
        bubble.draw(view);
      }
      // Not moved in the document: that would play its entrance again.
      bubble.element.style.order = String(place);
    }
    for (const key of gone) this.#leave(key);
  }

  #leave(key: string): void {
    const leaving = this.#shown.get(key)?.element;
    this.#shown.delete(key);
    if (leaving === undefined) return;
    if (this.#calm.matches) return leaving.remove();
    leaving.classList.add('leaving');
    setTimeout(() => this.#moving(() => leaving.remove()), LEAVE_MS);
  }

  /** Bubbles stand on the bottom of the page: when one grows or goes, those above it slide instead of jumping. */
  #moving(change: () => void): void {
    if (this.#calm.matches) return change();
    const bubbles = [...this.#shown.values()].map((bubble) => bubble.element);
    const before = new Map(bubbles.map((bubble) => [bubble, distanceFromBottom(bubble)]));
    change();
    for (const [bubble, distance] of before) {
      if (!bubble.isConnected) continue;
      const moved = distanceFromBottom(bubble) - distance;
      if (Math.abs(moved) < 1) continue;
      bubble.animate([{ transform: `translateY(${moved}px)` }, { transform: 'none' }], {
        duration: MOVE_MS,
        easing: MOVE_EASING,
        composite: 'add',
      });
    }
  }
}

/** In layout pixels: transforms, and so the animations themselves, do not count. */
function distanceFromBottom(bubble: HTMLElement): number {
  const room = bubble.parentElement?.clientHeight ?? 0;
  return room - bubble.offsetTop - bubble.offsetHeight;
}

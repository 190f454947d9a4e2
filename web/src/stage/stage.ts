// Draws the overlay's view: keeps one element for each bubble, lets them come, go and make room smoothly, and decides
// nothing. All sizes are in em, so a page sets the size of the whole with one font-size.
import type { OverlayOptions } from '../overlay/options.js';
import type { BubbleView, OverlayView } from '../overlay/view.js';
import { Badge } from './badge.js';
import { Bubble } from './bubble.js';
import { element, setData, setText } from './element.js';
import { Queue } from './queue.js';

/** As long as the animations in stage.css. */
const LEAVE_MS = 280;
const MOVE_MS = 420;
const MOVE_EASING = 'cubic-bezier(.2,.8,.2,1)';
/** How long it is said that the address has mistakes: for the streamer, and not for the whole stream. */
const REMARK_MS = 20_000;

export type StageOptions = Pick<OverlayOptions, 'theme' | 'font' | 'size' | 'position' | 'max_lines' | 'show'>;

type Edge = 'top' | 'middle' | 'bottom';

export class Stage {
  readonly #root: HTMLElement;
  readonly #badge = new Badge();
  readonly #queue = new Queue();
  readonly #bubbles = element('section', 'bubbles');
  readonly #notice = element('aside', 'notice');
  readonly #noticeTitle = element('strong', 'notice-title');
  readonly #noticeText = element('span', 'notice-text');
  readonly #shown = new Map<string, Bubble>();
  readonly #calm = window.matchMedia('(prefers-reduced-motion: reduce)');
  #edge: Edge = 'bottom';
  #remark = '';

  constructor(root: HTMLElement, options: StageOptions) {
    this.#root = root;
    root.classList.add('stage');
    this.#bubbles.setAttribute('aria-label', 'Replies');
    this.#notice.setAttribute('role', 'alert');
    this.#notice.append(this.#noticeTitle, this.#noticeText);
    this.#notice.hidden = true;
    const rail = element('div', 'rail');
    rail.append(this.#badge.element, this.#queue.element);
    root.append(rail, this.#bubbles, this.#notice);
    this.dress(options);
  }

  /** Changes the look; what is shown stays. */
  dress({ theme, font, size, position, max_lines, show }: StageOptions): void {
    const [first = '', second = ''] = position.split('-');
    const edges = { top: 'top', bottom: 'bottom' } as const;
    const edge: Edge = first === 'top' || first === 'bottom' ? edges[first] : 'middle';
    const side = [first, second].find((part) => part === 'left' || part === 'right') ?? 'center';
    const hasBubbles = show.includes('bubble') || show.includes('alerts');
    this.#edge = edge;
    setData(this.#root, 'theme', theme);
    setData(this.#root, 'side', side);
    setData(this.#root, 'edge', edge);
    // The mode and the queue stand across from the bubbles, and in their place when there are none.
    setData(this.#root, 'rail', hasBubbles ? (edge === 'top' ? 'bottom' : 'top') : edge);
    setData(this.#root, 'bubbles', hasBubbles);
    const { style } = this.#root;
    style.setProperty('--cue-size', String(size));
    style.setProperty('--cue-lines', String(max_lines));
    if (font === '') style.removeProperty('--cue-font');
    else style.setProperty('--cue-font', `"${font}", var(--cue-face)`);
  }

  /** Says for a while what was wrong with the address. */
  remark(problems: readonly string[]): void {
    if (problems.length === 0) return;
    this.#remark = problems.join(' ');
    setTimeout(() => {
      this.#remark = '';
      if (this.#noticeTitle.textContent === '') this.#notice.hidden = true;
    }, REMARK_MS);
  }

  draw(view: OverlayView): void {
    setData(this.#root, 'stale', view.stale);
    this.#badge.draw(view.badge);
    this.#queue.draw(view.queue);
    this.#notice.hidden = view.notice === null && this.#remark === '';
    setText(this.#noticeTitle, view.notice?.title ?? '');
    setText(this.#noticeText, [view.notice?.text ?? '', this.#remark].filter((text) => text !== '').join(' '));
    this.#moving(() => this.#drawBubbles(view.bubbles));
    for (const bubble of this.#shown.values()) bubble.measure();
  }

  #drawBubbles(views: readonly BubbleView[]): void {
    const kept = new Set(views.map(({ key }) => key));
    // Before anything else moves: they fade where they are, and make room at once.
    for (const key of [...this.#shown.keys()]) if (!kept.has(key)) this.#leave(key);
    for (const [place, view] of views.entries()) {
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
  }

  #leave(key: string): void {
    const leaving = this.#shown.get(key)?.element;
    this.#shown.delete(key);
    if (leaving === undefined) return;
    if (this.#calm.matches) return leaving.remove();
    const { offsetTop, offsetLeft, offsetWidth, style } = leaving;
    style.top = `${offsetTop}px`;
    style.left = `${offsetLeft}px`;
    style.width = `${offsetWidth}px`;
    leaving.classList.add('leaving');
    setTimeout(() => leaving.remove(), LEAVE_MS);
  }

  /** Bubbles stand on an edge of the page: when one grows or goes, those behind it slide instead of jumping. */
  #moving(change: () => void): void {
    if (this.#calm.matches) return change();
    const bubbles = [...this.#shown.values()].map((bubble) => bubble.element);
    const before = new Map(bubbles.map((bubble) => [bubble, this.#placeOf(bubble)]));
    change();
    for (const [bubble, place] of before) {
      if (!bubble.isConnected) continue;
      const moved = place - this.#placeOf(bubble);
      if (Math.abs(moved) < 1) continue;
      bubble.animate([{ transform: `translateY(${moved}px)` }, { transform: 'none' }], {
        duration: MOVE_MS,
        easing: MOVE_EASING,
        composite: 'add',
      });
    }
  }

  /** Of its side that stays when it grows. In layout pixels: transforms, and so the animations themselves, do not count. */
  #placeOf(bubble: HTMLElement): number {
    const share = { top: 0, middle: 0.5, bottom: 1 }[this.#edge];
    return bubble.offsetTop + bubble.offsetHeight * share;
  }
}

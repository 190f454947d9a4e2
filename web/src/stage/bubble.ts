// One bubble: who speaks, the words, and why it stepped back. Words that are there already are never touched, so that
// only new ones appear and a selection or an animation in the old ones survives.
import { languageOf } from '../overlay/language.js';
import type { BubbleView } from '../overlay/view.js';
import type { Word } from '../overlay/streamed-text.js';
import { AlertCard } from './alert-card.js';
import { element, setData, setText } from './element.js';

/** Words that come together appear one after the other, this far apart … */
const WORD_DELAY_MS = 35;
/** … but the last of them not later than this. */
const WORD_DELAY_MAX_MS = 500;
/** Faster than anybody reads: from here on words are just there, for a fade of each would cost the game its frames … */
const HURRIED_WORDS_PER_S = 32;
/** … and below this they fade in again. */
const CALM_WORDS_PER_S = 20;
/** The time over which the pace is taken. */
const PACE_MS = 500;

export class Bubble {
  readonly element = element('article', 'bubble');
  readonly #alert = new AlertCard();
  readonly #cue = element('header', 'bubble-cue');
  readonly #priority = element('span', 'bubble-priority');
  readonly #speaker = element('span', 'bubble-speaker');
  readonly #task = element('span', 'bubble-task');
  readonly #aside = element('span', 'bubble-aside');
  readonly #text = element('div', 'bubble-text');
  readonly #lines = element('p', 'bubble-lines');
  readonly #caret = element('span', 'bubble-caret');
  readonly #words = new Map<number, HTMLElement>();
  #hurried = false;
  /** Words of late, each counting less the longer it is there. */
  #recent = 0;
  #recent_at = 0;

  constructor(view: BubbleView) {
    this.#priority.textContent = 'urgent';
    this.#cue.append(this.#priority, this.#speaker, this.#task, this.#aside);
    this.#lines.dir = 'auto';
    this.#caret.setAttribute('aria-hidden', 'true');
    this.#lines.append(this.#caret);
    this.#text.append(this.#lines);
    this.element.append(this.#alert.element, this.#cue, this.#text);
    // A page that is opened in mid-sentence shows the sentence; it does not play it.
    this.#draw(view, false);
  }

  draw(view: BubbleView): void {
    this.#draw(view, true);
  }

  /** Older lines leave at the top; the edge is soft only when some did. Reads the layout, so it comes after all writes. */
  measure(): void {
    setData(this.element, 'more', this.#lines.offsetHeight > this.#text.clientHeight + 1);
  }

  #draw(view: BubbleView, animated: boolean): void {
    setData(this.element, 'depth', view.depth);
    setData(this.element, 'priority', view.priority);
    setData(this.element, 'typing', view.typing);
    setData(this.element, 'broken', view.broken);
    setData(this.element, 'alert', view.alert?.kind ?? 'none');
    this.#alert.draw(view.alert);
    this.#text.hidden = view.words.length === 0 && !view.typing;
    this.#priority.hidden = view.priority !== 'URGENT';
    setText(this.#speaker, view.speaker);
    setText(this.#task, view.task);
    this.#task.hidden = view.task === '';
    setText(this.#aside, view.aside);
    this.#drawWords(view.words, animated && !this.#hurried);
    const language = languageOf(view.words.map((word) => word.text).join(''), navigator.languages);
    if (this.#lines.lang !== language) this.#lines.lang = language;
  }

  #takePace(added: number): void {
    const now_ms = performance.now();
    this.#recent = this.#recent * Math.exp((this.#recent_at - now_ms) / PACE_MS) + added;
    this.#recent_at = now_ms;
    const words_per_s = (this.#recent / PACE_MS) * 1_000;
    this.#hurried = words_per_s > (this.#hurried ? CALM_WORDS_PER_S : HURRIED_WORDS_PER_S);
    setData(this.element, 'hurried', this.#hurried);
  }

  #drawWords(words: readonly Word[], animated: boolean): void {
    const gone = new Set(this.#words.keys());
    let added = 0;
    for (const { at, text } of words) {
      gone.delete(at);
      const known = this.#words.get(at);
      if (known !== undefined) {
        setText(known, text);
        continue;
      }
      const word = element('span', animated ? 'word word-new' : 'word');
      word.textContent = text;
      if (animated) word.style.animationDelay = `${Math.min(added * WORD_DELAY_MS, WORD_DELAY_MAX_MS)}ms`;
      added += 1;
      this.#words.set(at, word);
      this.#caret.before(word);
    }
    for (const at of gone) {
      this.#words.get(at)?.remove();
      this.#words.delete(at);
    }
    this.#takePace(added);
  }
}

// The big button, and the key that does the same: pointer, touch, keyboard and screen readers become inputs of the
// conversation. Draws its state; decides nothing.
import type { Input } from '../conversation.js';
import type { Settings } from '../settings.js';
import type { TalkView } from '../view.js';
import { part, setText, showText } from './dom.js';

/** Keys have a use of their own in here. */
const OWN_KEYS = 'input, textarea, select, button, a, summary, dialog, [contenteditable]';

export class TalkControl {
  readonly #button = part('talk', HTMLButtonElement);
  readonly #room = part('mic-room', HTMLDivElement);
  readonly #action = part('talk-action', HTMLSpanElement);
  readonly #status = part('talk-status', HTMLParagraphElement);
  readonly #heard = part('talk-heard', HTMLParagraphElement);
  readonly #hint = part('talk-hint', HTMLParagraphElement);
  readonly #input: (input: Input) => void;
  /** What holds it down: a pointer or a key. */
  #holder: string | null = null;

  constructor(input: (input: Input) => void, settings: () => Settings) {
    this.#input = input;
    const button = this.#button;
    button.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || button.getAttribute('aria-disabled') === 'true') return;
      // Also when the finger leaves the button, it is this button that hears of it.
      button.setPointerCapture(event.pointerId);
      this.#down(`pointer ${event.pointerId}`);
    });
    button.addEventListener('pointerup', (event) => this.#up(`pointer ${event.pointerId}`));
    button.addEventListener('pointercancel', (event) => this.#up(`pointer ${event.pointerId}`));
    // A long touch is no wish for a menu.
    button.addEventListener('contextmenu', (event) => event.preventDefault());
    button.addEventListener('keydown', (event) => {
      if (event.code !== 'Space' && event.code !== 'Enter') return;
      event.preventDefault();
      if (!event.repeat) this.#down(event.code);
    });
    // What is left are clicks that no pointer and no key made: a screen reader's, or a voice control's.
    button.addEventListener('click', (event) => {
      if (event.detail === 0) this.#input({ kind: 'talk_toggle' });
    });
    document.addEventListener('keydown', (event) => {
      if (event.code === 'Escape') return this.#escape();
      if (event.code !== settings().talk_key || event.repeat || event.altKey || event.metaKey) return;
      if (event.target instanceof Element && event.target.closest(OWN_KEYS) !== null) return;
      event.preventDefault();
      this.#down(event.code);
    });
    document.addEventListener('keyup', (event) => {
      if (this.#holder === event.code) event.preventDefault();
      this.#up(event.code);
    });
    // The release happens somewhere else then.
    window.addEventListener('blur', () => this.#holder !== null && this.#up(this.#holder));
  }

  draw(view: TalkView): void {
    this.#room.dataset['tone'] = view.tone;
    // Not `disabled`: a button that loses the focus in mid-word takes the keyboard's user back to the start.
    this.#button.setAttribute('aria-disabled', String(view.disabled));
    this.#button.setAttribute('aria-pressed', String(view.pressed));
    setText(this.#action, view.action);
    setText(this.#status, view.status);
    setText(this.#heard, view.interim);
    showText(this.#hint, view.hint);
  }

  #down(holder: string): void {
    if (this.#holder !== null) return;
    this.#holder = holder;
    this.#input({ kind: 'talk_down' });
  }

  #up(holder: string): void {
    if (this.#holder !== holder) return;
    this.#holder = null;
    this.#input({ kind: 'talk_up' });
  }

  #escape(): void {
    this.#holder = null;
    this.#input({ kind: 'talk_cancel' });
  }
}

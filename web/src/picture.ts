// The model of a stage with a clock: takes what happens, wakes when something is due, and draws at most once a frame.
import { emptyModel, type OverlayInput, type OverlayModel } from './overlay/model.js';
import { nextTickAt, step } from './overlay/step.js';

/** The longest delay that a browser's timer can take. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export class Picture {
  model: OverlayModel;
  /** What was drawn last; behind `model` while the page is hidden. */
  drawn: OverlayModel;
  readonly #draw: (model: OverlayModel, before: OverlayModel) => void;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(hide_after_ms: number, draw: (model: OverlayModel, before: OverlayModel) => void) {
    this.model = this.drawn = emptyModel(hide_after_ms);
    this.#draw = draw;
    this.take({ kind: 'tick' });
  }

  take(input: OverlayInput): void {
    const now_ms = performance.now();
    this.model = step(this.model, input, now_ms);
    this.redraw();
    clearTimeout(this.#timer);
    const tick_at = nextTickAt(this.model);
    if (tick_at === null) return;
    const delay_ms = Math.min(TIMER_MAX_MS, Math.max(0, tick_at - now_ms));
    this.#timer = setTimeout(() => this.take({ kind: 'tick' }), delay_ms);
  }

  redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const before = this.drawn;
      this.drawn = this.model;
      this.#draw(this.drawn, before);
    });
  }

  /** How long a reply stays after its end, from now on. */
  keepFor(hide_after_ms: number): void {
    this.model = { ...this.model, hide_after_ms };
    this.redraw();
  }

  /** Everything that was shown is over; what is due is not awaited any more. */
  reset(hide_after_ms: number): void {
    clearTimeout(this.#timer);
    this.model = emptyModel(hide_after_ms);
    this.redraw();
  }
}

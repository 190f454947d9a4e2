// The stage of the set-up page: the overlay's own model and drawing, fed by sample scenes instead of a hub.
import type { OverlayOptions } from '../overlay/options.js';
import { viewOf } from '../overlay/view.js';
import { Picture } from '../picture.js';
import { Stage } from '../stage/stage.js';
import { LOOP, type SceneName, stepsOf } from './scenes.js';

/** What `--cue-base` of the overlay page comes to in a source of 1920 by 1080, as a share of its width. */
const BASE_SHARE = (1.9 * 10.8 + 0.75 * 19.2) / 1920;
/** Between two scenes of the loop, beside the time for which an ended reply stays. */
const BREATH_MS = 1_500;
/** The loop does not wait longer than this for an ended reply to go. */
const LOOP_WAIT_MAX_MS = 4_000;

export class Preview {
  readonly #stage: Stage;
  readonly #picture: Picture;
  #options: OverlayOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #plays = 0;

  constructor(place: HTMLElement, screen: HTMLElement, options: OverlayOptions) {
    this.#options = options;
    this.#stage = new Stage(place, options);
    this.#picture = new Picture(options.hide_after_ms, (model) => this.#stage.draw(viewOf(model, this.#options)));
    const fit = (): void => place.style.setProperty('--cue-base', `${screen.clientWidth * BASE_SHARE}px`);
    new ResizeObserver(fit).observe(screen);
    fit();
  }

  dress(options: OverlayOptions): void {
    this.#options = options;
    this.#stage.dress(options);
    this.#picture.keepFor(options.hide_after_ms);
  }

  /** Plays one scene from its beginning, and after it the loop. */
  play(scene: SceneName): void {
    this.#start(scene, 0);
  }

  #start(scene: SceneName, loop_index: number): void {
    clearTimeout(this.#timer);
    this.#plays += 1;
    this.#picture.reset(this.#options.hide_after_ms);
    this.#picture.take({ kind: 'connection', connection: { status: 'online' } });
    const steps = stepsOf(scene, this.#plays);
    const next = (index: number): void => {
      const step = steps[index];
      if (step === undefined) {
        const wait_ms = Math.min(this.#options.hide_after_ms, LOOP_WAIT_MAX_MS) + BREATH_MS;
        const after = LOOP[loop_index % LOOP.length] ?? 'reply';
        this.#timer = setTimeout(() => this.#start(after, loop_index + 1), wait_ms);
        return;
      }
      this.#timer = setTimeout(() => {
        this.#picture.take({ kind: 'message', message: step.message });
        next(index + 1);
      }, step.after_ms);
    };
    next(0);
  }
}

// The voice page in a browser: opening it, doing what somebody in front of it does, and reading what it says.
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Hub, TOKEN } from '../conformance/hub-process.js';
import type { Visit } from './browser.js';
import { keepPicture } from './overlay-page.js';
import { fakeSpeech, type FakeSpeech, type FakeSpeechOptions } from './fake-speech.js';

/** A bound for what the page is going to show; it does not wait longer than it takes. */
export const SOON = { timeout: 20_000, interval: 25 };
const PICTURE = { width: 920, height: 540 };

export interface SeenCard {
  said: string;
  priority: string;
  name: string;
  status: string;
  tone: string;
  answer: string;
}

export interface SeenVoice {
  tone: string;
  action: string;
  status: string;
  heard: string;
  hint: string;
  /** The newest first. */
  cards: SeenCard[];
  /** Who has the floor first, then who stepped back. */
  floor: { name: string; note: string; text: string; behind: boolean }[];
  problem: string;
  link: string;
}

export class VoicePage {
  readonly visit: Visit;
  readonly page: Page;
  readonly speech: FakeSpeech;

  private constructor(visit: Visit, speech: FakeSpeech) {
    this.visit = visit;
    this.page = visit.page;
    this.speech = speech;
  }

  /** A page that is there, and not yet opened. */
  static async in(visit: Visit, options: FakeSpeechOptions = {}): Promise<VoicePage> {
    return new VoicePage(visit, await fakeSpeech(visit.page, options));
  }

  async open(hub: Hub, lane: string, settings: Record<string, unknown> = {}): Promise<this> {
    await this.page.addInitScript((kept) => {
      const key = 'cuehub.voice.settings';
      if (localStorage.getItem(key) === null) localStorage.setItem(key, kept);
    }, JSON.stringify(settings));
    await this.page.goto(`${hub.url}/voice#token=${TOKEN}&lane=${lane}`);
    await this.shows({ link: `on ${lane}` });
    return this;
  }

  seen(): Promise<SeenVoice> {
    return this.page.evaluate(() => {
      const text = (selector: string, within: Element = document.body): string => {
        const found = within.querySelector(selector);
        return found instanceof HTMLElement && !found.hidden ? (found.textContent ?? '').trim() : '';
      };
      return {
        tone: document.querySelector<HTMLElement>('#mic-room')?.dataset['tone'] ?? '',
        action: text('#talk-action'),
        status: text('#talk-status'),
        heard: text('#talk-heard'),
        hint: text('#talk-hint'),
        cards: [...document.querySelectorAll<HTMLElement>('.card')].map((card) => ({
          said: text('.card-said', card),
          priority: text('.chip', card),
          name: text('.card-name', card),
          status: text('.card-status', card),
          tone: card.dataset['tone'] ?? '',
          answer: [...card.querySelectorAll('.card-answer:not([hidden])')].map((one) => one.textContent).join('|'),
        })),
        floor: [...document.querySelectorAll<HTMLElement>('.turn')].map((turn) => ({
          name: text('.card-name', turn),
          note: text('.turn-note', turn),
          text: text('.turn-text', turn),
          behind: turn.classList.contains('behind'),
        })),
        problem: text('#problem'),
        link: text('#link'),
      };
    });
  }

  /** Waits until what is seen matches. */
  async shows(expected: object): Promise<void> {
    await expect.poll(() => this.seen(), SOON).toMatchObject(expected);
  }

  /** Waits until the page listens. */
  async listens(): Promise<void> {
    await expect.poll(() => this.speech.listening, SOON).toBe(true);
  }

  /** Holds the button. */
  async hold(): Promise<void> {
    await this.page.locator('#talk').hover();
    await this.page.mouse.down();
    await this.shows({ tone: 'listening' });
    await this.listens();
  }

  /** Lets go of it. What is shorter than a tap goes on listening, unless words were heard. */
  release(): Promise<void> {
    return this.page.mouse.up();
  }

  /** A press as a screen reader makes it: on, and off again. */
  press(): Promise<void> {
    return this.page.evaluate(() => document.querySelector<HTMLElement>('#talk')?.click());
  }

  /** A picture for docs/images, in one of the two looks. */
  async picture(name: string, colorScheme: 'dark' | 'light'): Promise<void> {
    const before = this.page.viewportSize() ?? PICTURE;
    await this.page.emulateMedia({ colorScheme });
    if (before.width > PICTURE.width) await this.page.setViewportSize(PICTURE);
    await keepPicture(this.page, name);
    await this.page.setViewportSize(before);
  }

  /** Holds the button, says it, lets go. */
  async say(text: string): Promise<void> {
    await this.hold();
    await this.speech.hearsFinally(text);
    await this.release();
  }
}

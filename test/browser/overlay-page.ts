// An overlay in a browser: opening it, and what somebody in front of it would see.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Hub, TOKEN } from '../conformance/hub-process.js';
import type { Visit } from './browser.js';

const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url));
const SCENE = fileURLToPath(new URL('../../web/src/setup/scenes/bright.svg', import.meta.url));
/** A bound for what the page is going to show; it does not wait longer than it takes. */
const WITHIN_MS = 8_000;
/** Pictures are kept on request only, because no two machines draw the same pixels. */
const isKept = process.env['UPDATE_IMAGES'] === '1';

export interface SeenBubble {
  depth: number;
  text: string;
  task: string;
  /** Why it stepped back. */
  aside: string;
  typing: boolean;
  /** What the card on top says, its parts apart by a bar; empty where there is none. */
  alert: string;
}

export interface Seen {
  badge: { tone: string; label: string; task: string; protected: boolean; waiting: string };
  /** From the top to the bottom. */
  bubbles: SeenBubble[];
  queue: string[];
  notice: string;
}

export class OverlayPage {
  readonly visit: Visit;
  readonly page: Page;

  constructor(visit: Visit) {
    this.visit = visit;
    this.page = visit.page;
  }

  async open(hub: Hub, lane: string, more: Record<string, string> = {}, query = ''): Promise<this> {
    await this.page.goto(
      `${hub.url}/overlay${query}#${new URLSearchParams({ token: TOKEN, lane, ...more }).toString()}`,
    );
    return this;
  }

  seen(): Promise<Seen> {
    return this.page.evaluate(() => {
      const text = (within: Element, selector: string): string => {
        const found = within.querySelector(selector);
        return found instanceof HTMLElement && found.closest('[hidden]') === null ? (found.textContent ?? '') : '';
      };
      const stage = document.querySelector('#stage') ?? document.body;
      const bubbles = [...stage.querySelectorAll<HTMLElement>('.bubble:not(.leaving)')];
      return {
        badge: {
          tone: stage.querySelector<HTMLElement>('.badge')?.dataset['tone'] ?? '',
          label: text(stage, '.badge-label'),
          task: text(stage, '.badge-task'),
          protected: text(stage, '.badge-protected') !== '',
          waiting: text(stage, '.badge-waiting'),
        },
        bubbles: bubbles
          .sort((a, b) => Number(a.style.order) - Number(b.style.order))
          .map((bubble) => ({
            depth: Number(bubble.dataset['depth']),
            text: text(bubble, '.bubble-lines'),
            task: text(bubble, '.bubble-task'),
            aside: text(bubble, '.bubble-aside'),
            typing: bubble.dataset['typing'] === 'true',
            alert:
              text(bubble, '.alert') === ''
                ? ''
                : ['.alert-kind', '.alert-from', '.alert-figure', '.alert-message']
                    .map((selector) => text(bubble, selector))
                    .filter((part) => part !== '')
                    .join(' | '),
          })),
        queue: [...stage.querySelectorAll<HTMLElement>('.queue > li:not([hidden])')]
          .sort((a, b) => Number(a.style.order || 99) - Number(b.style.order || 99))
          .map(
            (item) =>
              [...item.children]
                .map((part) => part.textContent)
                .join(' ')
                .trim() || item.textContent.trim(),
          ),
        notice: text(stage, '.notice'),
      };
    });
  }

  /** Waits until what is seen matches. */
  async shows(expected: object): Promise<void> {
    await expect.poll(() => this.seen(), { timeout: WITHIN_MS, interval: 25 }).toMatchObject(expected);
  }

  /** Waits until the bubbles, from the top to the bottom, are these: `depth: text`. */
  async showsText(...expected: string[]): Promise<void> {
    await expect
      .poll(async () => (await this.seen()).bubbles.map(({ depth, text }) => `${depth}: ${text}`), {
        timeout: WITHIN_MS,
        interval: 25,
      })
      .toEqual(expected);
  }

  /** Returns when nothing moves any more, what pulses for ever aside. */
  async still(): Promise<void> {
    await this.page.evaluate(async () => {
      for (;;) {
        const moving = document
          .getAnimations()
          .filter((animation) => animation.playState !== 'finished')
          .filter((animation) => animation.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
        if (moving.length === 0) return;
        await Promise.allSettled(moving.map((animation) => animation.finished));
      }
    });
  }

  /** Where the n-th bubble from the top stands on the screen. */
  async box(index: number): Promise<{ x: number; y: number; width: number; height: number }> {
    await this.still();
    return this.page.evaluate((at) => {
      const bubbles = [...document.querySelectorAll<HTMLElement>('.bubble:not(.leaving)')];
      const bubble = bubbles.sort((a, b) => Number(a.style.order) - Number(b.style.order))[at];
      const { x, y, width, height } = bubble?.getBoundingClientRect() ?? new DOMRect();
      return { x, y, width, height };
    }, index);
  }

  /** A picture of the overlay over a game. */
  async picture(name: string): Promise<Buffer> {
    // Small enough for a page of documentation.
    const size = this.page.viewportSize();
    if (isKept) await this.page.setViewportSize({ width: 960, height: 540 });
    await this.still();
    const scene = `url(data:image/svg+xml;base64,${readFileSync(SCENE).toString('base64')}) center / cover`;
    // Through the object model, as the policy forbids inline styles to markup.
    await this.page.evaluate((background) => {
      document.body.style.background = background;
    }, scene);
    const png = await keepPicture(this.page, name);
    await this.page.evaluate(() => {
      document.body.style.background = '';
    });
    if (isKept && size !== null) await this.page.setViewportSize(size);
    return png;
  }
}

/** A screenshot; kept in docs/images when UPDATE_IMAGES=1. */
export async function keepPicture(page: Page, name: string): Promise<Buffer> {
  const png = await page.screenshot();
  if (isKept) {
    mkdirSync(IMAGES, { recursive: true });
    writeFileSync(`${IMAGES}/${name}.png`, png);
  }
  return png;
}

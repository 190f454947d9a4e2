// The console in a browser: opening it, and what somebody in front of it would see.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { TOKEN } from '../conformance/hub-process.js';
import type { Visit } from './browser.js';

/** A bound for what the page is going to show; it does not wait longer than it takes. */
const WITHIN_MS = 15_000;

export interface Opened {
  lane?: string;
  task_id?: string;
  token?: string;
}

export class ConsolePage {
  readonly visit: Visit;
  readonly page: Page;

  constructor(visit: Visit) {
    this.visit = visit;
    this.page = visit.page;
    this.page.setDefaultTimeout(WITHIN_MS);
    this.page.setDefaultNavigationTimeout(2 * WITHIN_MS);
  }

  async open(hub: { url: string | null }, { lane = 'main', task_id, token = TOKEN }: Opened = {}): Promise<this> {
    const fragment = new URLSearchParams({ token, lane, ...(task_id === undefined ? {} : { task: task_id }) });
    await this.page.goto(`${hub.url}/console#${fragment.toString()}`);
    return this;
  }

  get mode(): Locator {
    return this.page.locator('[data-test="mode"]');
  }

  get holder(): Locator {
    return this.page.locator('[data-test="holder"]');
  }

  get because(): Locator {
    return this.page.locator('[data-test="because"]');
  }

  get waiting(): Locator {
    return this.page.locator('#waiting');
  }

  get dialog(): Locator {
    return this.page.locator('dialog[open]');
  }

  get connection(): Locator {
    return this.page.locator('.connection');
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  row(task_id: string): Locator {
    return this.page.locator(`#waiting [data-task="${task_id}"]`);
  }

  /** What a task said, as the transcript has it. */
  line(task_id: string): Locator {
    return this.page.locator(`#transcript [data-task="${task_id}"]`);
  }

  async shows(place: Locator, text: string | RegExp): Promise<void> {
    await expect
      .poll(async () => ((await place.count()) === 0 ? '' : (await place.first().textContent())?.trim()), {
        timeout: WITHIN_MS,
        interval: 25,
      })
      .toMatch(text);
  }

  async gone(place: Locator, timeout = WITHIN_MS): Promise<void> {
    await expect.poll(() => place.count(), { timeout, interval: 25 }).toBe(0);
  }

  /** The timeline's table, the times aside: level, task, what, for how long, then. */
  async tableRows(): Promise<string[]> {
    return this.page.locator('#timeline tbody tr').evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('td')]
          .slice(1)
          .map((cell) => cell.textContent)
          .join(' | '),
      ),
    );
  }
}

// Signing in from a page, on the start page, which uses the form that all pages share.
import { describe, expect, it } from 'vitest';
import { startHub, TOKEN } from '../conformance/hub-process.js';
import { useHub } from '../conformance/stage.js';
import { expectAccessible } from './accessible.js';
import { expectCleanVisit, useBrowser, type Visit } from './browser.js';
import { SOON } from './voice-page.js';

const WRONG = 'not-the-right-token';
const hubs = useHub();
const browser = useBrowser();

async function captionIs(visit: Visit, caption: string): Promise<void> {
  await expect.poll(() => visit.page.locator('#caption').textContent(), SOON).toBe(caption);
}
const ON_AIR = 'The stage is free, nobody waits.';

/** Everything of the page that another person, page or server could read. */
async function readable({ page, addresses, complaints }: Visit): Promise<string> {
  const own = await page.evaluate(() => [location.href, document.body.innerText, document.referrer, document.cookie]);
  // A fragment is in what the browser tells us here, and not in what it sends.
  const sent = addresses.map((address) => address.split('#')[0]);
  return [...own, ...sent, ...complaints, await page.evaluate(() => JSON.stringify(localStorage))].join('\n');
}

describe('signing in', () => {
  it('needs a keyboard and no mouse, and asks once a tab', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    await page.goto(hubs.hub.url);
    await page.getByLabel('Token', { exact: true }).focus();
    await page.keyboard.type(` ${TOKEN} `);
    await page.keyboard.press('Enter');
    await captionIs(visit, ON_AIR);
    await expect.poll(() => page.getByLabel('Token', { exact: true }).isVisible()).toBe(false);
    expect(await readable(visit)).not.toContain(TOKEN);

    await page.reload();
    await captionIs(visit, ON_AIR);
    expectCleanVisit(visit, TOKEN);
  });

  it('takes the token out of the address, and leaves the rest there', async () => {
    const visit = await browser.visit();
    await visit.page.goto(`${hubs.hub.url}/#token=${TOKEN}&lane=side`);
    await captionIs(visit, ON_AIR);
    expect(visit.page.url()).toBe(`${hubs.hub.url}/#lane=side`);
    await visit.page.reload();
    await captionIs(visit, ON_AIR);
    expect(await readable(visit)).not.toContain(TOKEN);
    expectCleanVisit(visit, TOKEN);
  });

  it('says why the hub refused a token, and lets it be mended', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    await page.goto(hubs.hub.url);
    const field = page.getByLabel('Token', { exact: true });
    await field.fill('Token: abc');
    await field.press('Enter');
    await expect.poll(() => page.locator('.sign-in').getByRole('alert').textContent(), SOON).toContain('no spaces');
    await field.fill(WRONG);
    await field.press('Enter');
    await expect
      .poll(() => page.locator('.sign-in').getByRole('alert').textContent(), SOON)
      .toContain('The token is not valid.');
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);
    await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
    expect(await readable(visit)).not.toContain(WRONG);
    await expectAccessible(page);

    // It was not kept either.
    await page.reload();
    await field.waitFor();
    await expect.poll(() => page.evaluate(() => sessionStorage.length)).toBe(0);
    await field.fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await captionIs(visit, ON_AIR);
    expect(visit.complaints).toEqual([]);
  });

  it('shows what was typed only when asked to', async () => {
    const { page } = await browser.visit();
    await page.goto(hubs.hub.url);
    const field = page.getByLabel('Token', { exact: true });
    await expect.poll(() => field.getAttribute('type')).toBe('password');
    await page.getByRole('button', { name: 'Show the token' }).click();
    await expect.poll(() => field.getAttribute('type')).toBe('text');
    await page.getByRole('button', { name: 'Hide the token' }).click();
    await expect.poll(() => field.getAttribute('type')).toBe('password');
  });

  it('waits for a hub that is away', async () => {
    const first = await startHub();
    const visit = await browser.visit();
    const { page } = visit;
    await page.goto(first.url);
    await first.kill();
    await page.getByLabel('Token', { exact: true }).fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect
      .poll(() => page.locator('.sign-in').getByRole('status').textContent(), SOON)
      .toContain('cannot be reached');
    const second = await startHub({ port: Number(new URL(first.url).port) });
    try {
      await captionIs(visit, ON_AIR);
    } finally {
      await second.stop();
    }
  });

  it('ends with signing out, for the page and for the tab', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    await page.goto(`${hubs.hub.url}/#token=${TOKEN}`);
    await captionIs(visit, ON_AIR);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await captionIs(visit, 'Sign in to see what is on stage.');
    await expect.poll(() => page.getByLabel('Token', { exact: true }).isVisible(), SOON).toBe(true);
    await expect
      .poll(async () => (await hubs.hub.http('GET', '/metrics')).text, SOON)
      .toMatch(/cuehub_connections\D* 0$/m);
    await page.reload();
    await page.getByLabel('Token', { exact: true }).waitFor();
    await expect.poll(() => page.getByLabel('Address of the overlay').isVisible()).toBe(false);
    await expect.poll(() => page.getByRole('link', { name: 'Overlay' }).getAttribute('href')).toBe('overlay');
  });

  it('works where the browser blocks storage, as long as the page is open', async () => {
    const visit = await browser.visit();
    await visit.page.addInitScript(() => {
      Object.defineProperty(window, 'sessionStorage', {
        get: () => {
          throw new DOMException('blocked', 'SecurityError');
        },
      });
    });
    await visit.page.goto(`${hubs.hub.url}/#token=${TOKEN}`);
    await captionIs(visit, ON_AIR);
    expectCleanVisit(visit, TOKEN);
  });
});

// The page that makes the address for OBS: by keyboard, with tokens of all rights, without a hub behind its preview.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { startHub, TOKEN } from '../conformance/hub-process.js';
import { useHub } from '../conformance/stage.js';
import { expectAccessible } from './accessible.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { keepPicture, OverlayPage } from './overlay-page.js';

const CLIPBOARD = ['clipboard-read', 'clipboard-write'];
const WATCH_TOKEN = 'watch-only-token';
const hubs = useHub({ flags: { 'watch-token': WATCH_TOKEN } });
const browser = useBrowser();

async function open(fragment = '') {
  // Without motion, so that the samples in the preview cost the machine little.
  const visit = await browser.visit({ permissions: CLIPBOARD, reducedMotion: 'reduce' });
  await visit.page.goto(`${hubs.hub.url}/overlay/setup${fragment}`);
  return visit;
}

const rights = (page: Page) => page.locator('#rights').textContent();
const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

/** Presses Tab until the element has the focus; everything on the way can be seen to have it. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way by keyboard to ${selector}`);
}

describe('the set-up page', () => {
  it('makes the address by keyboard alone, and the overlay behind it looks and watches as it says', async () => {
    const visit = await open();
    const { page } = visit;
    await tabTo(page, '#options input[name=theme]');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await tabTo(page, '#options input[name=position]');
    await page.keyboard.press('ArrowRight');
    await tabTo(page, '#options input[value=queue]');
    await page.keyboard.press('Space');
    await tabTo(page, '#size');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await tabTo(page, '#font');
    await page.keyboard.type('Arial');
    await tabTo(page, '.sign-in input');
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    await expect.poll(() => rights(page)).toContain('Your token can do more than watch, so it stays here.');
    await tabTo(page, '#copy');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#copy').textContent()).toBe('Copied');
    const address = await clipboard(page);
    expect(address).toBe(
      `${hubs.hub.url}/overlay#token=${WATCH_TOKEN}&theme=terminal&font=Arial&size=1.1&position=bottom&show=bubble,queue,mode,alerts`,
    );
    await expect.poll(() => page.locator('#stage').getAttribute('data-theme')).toBe('terminal');
    // Neither the page's own address nor what it shows has a token.
    expect(page.url()).toBe(
      `${hubs.hub.url}/overlay/setup#theme=terminal&font=Arial&size=1.1&position=bottom&show=bubble,queue,mode,alerts`,
    );
    await expect.poll(() => page.locator('#link').inputValue()).toBe(address.replace(WATCH_TOKEN, '••••••••'));
    expectCleanVisit(visit, TOKEN);

    const overlay = await browser.visit();
    await overlay.page.goto(address);
    await new OverlayPage(overlay).shows({ badge: { label: 'Idle' } });
    await expect.poll(() => overlay.page.locator('#stage').getAttribute('data-theme')).toBe('terminal');
    await expect
      .poll(() => overlay.page.locator('#stage').evaluate((stage) => getComputedStyle(stage).fontFamily))
      .toMatch(/^"?Arial/);
    expectCleanVisit(overlay, WATCH_TOKEN);
  });

  it('takes a token that only watches as it is, also from its own address, which loses it', async () => {
    const { page } = await open(`#token=${WATCH_TOKEN}&theme=subtitle`);
    await expect.poll(() => rights(page)).toBe('This token can only watch. It is the right one for OBS.');
    expect(page.url()).toBe(`${hubs.hub.url}/overlay/setup#theme=subtitle`);
    await expect.poll(() => page.locator('#copy').isEnabled()).toBe(true);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect.poll(() => page.locator('#link').inputValue()).toBe('');
    await expect.poll(() => page.locator('.sign-in').isVisible()).toBe(true);
  });

  it('says plainly that a token is not good', async () => {
    const { page } = await open();
    await page.getByLabel('Token', { exact: true }).fill('not-a-good-one');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('The token is not valid.');
  });

  it('warns of a token with more rights where the hub cannot be asked for another, and asks before it uses it', async () => {
    const visit = await browser.visit({ permissions: CLIPBOARD, reducedMotion: 'reduce' });
    const { page } = visit;
    await page.route('**/v1/watch-token', (route) =>
      route.fulfill({ status: 404, json: { error: { code: 'not_found' } } }),
    );
    await page.goto(`${hubs.hub.url}/overlay/setup#token=${TOKEN}`);
    await expect.poll(() => rights(page)).toMatch(/whoever sees the address can submit tasks, stop/);
    await expect.poll(() => page.locator('#copy').isDisabled()).toBe(true);
    expect(await page.locator('#open').getAttribute('href')).not.toContain(TOKEN);
    await page.getByLabel('Put this token into the address all the same').check();
    await page.getByRole('button', { name: 'Copy' }).click();
    await expect.poll(() => clipboard(page)).toBe(`${hubs.hub.url}/overlay#token=${TOKEN}`);
  });

  it('names what is wrong in a field beside it, and leaves it out of the address', async () => {
    const { page } = await open(`#token=${WATCH_TOKEN}`);
    await page.getByLabel('Lane').fill('my lane');
    await expect.poll(() => page.locator('#lane-problem').textContent()).toContain('lane is 1 to 64 letters');
    await expect.poll(() => page.getByLabel('Lane').getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => page.locator('#link').inputValue()).toBe(`${hubs.hub.url}/overlay#token=••••••••`);
    for (const part of ['Reply', 'Alerts', 'Mode']) await page.getByLabel(part).uncheck();
    await expect.poll(() => rights(page)).toContain('Nothing is chosen');
    await expect.poll(() => page.locator('#copy').isDisabled()).toBe(true);
  });

  it('shows its samples without a hub: an interruption, alerts, a queue', async () => {
    const own = await startHub();
    const visit = await browser.visit({ reducedMotion: 'reduce' });
    const { page } = visit;
    await page.goto(`${own.url}/overlay/setup`);
    await own.stop();
    const preview = new OverlayPage(visit);
    await preview.shows({ bubbles: [{ depth: 1 }, { depth: 0, alert: 'Command | turn on the lights' }] });
    await page.getByRole('button', { name: 'Donation' }).click();
    await preview.shows({ bubbles: [{ alert: 'Donation | Ada Lovelace | $20 | I knew it was a fox all along!' }] });
    await page.getByLabel('Queue').check();
    await page.getByRole('button', { name: 'Queue' }).click();
    await preview.shows({
      queue: ['donation Ada · $20', 'raid Grace · 42 viewers', 'chat response', 'screen event', '+1'],
    });
    expect(await page.locator('.bubble-speaker').allTextContents()).not.toContain('Fido');
    await page.getByLabel('Name').fill('Fido');
    await expect
      .poll(async () => [...new Set(await page.locator('.bubble-speaker').allTextContents())])
      .toEqual(['Fido']);
    expect(page.url()).toContain('name=Fido');
    await page.getByRole('radio', { name: 'Busy game' }).check();
    await expect.poll(() => page.locator('#screen').getAttribute('data-scene')).toBe('busy');
    expect(visit.addresses.some((address) => address.endsWith('/ws'))).toBe(false);
  });

  it('can be used by everybody: signed out, signed in, on a small screen', async () => {
    const visit = await open();
    const { page } = visit;
    await expectAccessible(page);
    await page.getByLabel('Token', { exact: true }).fill(WATCH_TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect.poll(() => rights(page)).toContain('can only watch');
    await expectAccessible(page);
    await page.setViewportSize({ width: 400, height: 800 });
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(400);
    await page.setViewportSize({ width: 1_000, height: 620 });
    await page.evaluate(() => scrollTo(0, 0));
    await keepPicture(page, 'overlay-setup');
    expectCleanVisit(visit, WATCH_TOKEN);
  });
});

// An evening as the console shows it: the timeline span by span, and the pictures of the page in docs/images, which
// UPDATE_IMAGES=1 makes anew.
import type { HubServer } from 'cuehub';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TOKEN } from '../conformance/hub-process.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { ConsolePage } from './console-page.js';
import { playEvening, type Scene } from './console-scene.js';
import { keepPicture } from './overlay-page.js';

const browser = useBrowser();
// Pages open one after the other here, on whatever machine this is.
vi.setConfig({ testTimeout: 90_000 });
let scene: Scene | undefined;

beforeAll(async () => {
  scene = await playEvening();
});
afterAll(() => scene?.end());

function hub(): HubServer {
  if (scene === undefined) throw new Error('the evening has not begun');
  return scene.hub;
}

describe('an evening', () => {
  it('stands in the timeline as it was, with its interruptions, its deferral and its failure', async () => {
    const visit = await browser.visit({
      colorScheme: 'dark',
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
    });
    const seen = await new ConsolePage(visit).open(hub());
    await seen.shows(seen.because, /^held for “punch line” by its stream main/);
    await seen.shows(seen.page.locator('#charts .figures'), 'Urgent');
    await seen.button('Table').click();
    const rows = async (): Promise<string[]> =>
      (await seen.tableRows()).reverse().map((row) => row.replace(/\.\d s/, ' s').replace(/asked \d+ ms/, 'asked'));
    await expect
      .poll(rows)
      .toEqual([
        '4Low | screen_report | had the floor | 6 s | failed',
        '4Low | screen_report | failed |  | handler_error: the model gave no answer',
        '3Medium | chat_response | had the floor | 9 s | paused',
        '3Medium | chat_response | interrupted |  | asked before',
        '1Urgent | voice_command | had the floor | 4 s | completed',
        '3Medium | chat_response | had the floor | 7 s | paused',
        '3Medium | chat_response | interrupted |  | asked before',
        '2High | donation | had the floor | 5 s | paused',
        '2High | donation | interrupted |  | asked before',
        '1Urgent | voice_command | had the floor | 3 s | completed',
        '2High | donation | had the floor | 4 s | completed',
        '3Medium | chat_response | had the floor | 8 s | completed',
        '5Background | screen_report | had the floor | 9 s | paused',
        '5Background | screen_report | interrupted |  | asked before',
        expect.stringMatching(/^2High \| chat_response \| had the floor \| \d+ s \| goes on$/),
        '1Urgent | voice_command | deferred |  | the floor was held',
      ]);
    await seen.button('Table').click();
    await keepPicture(seen.page, 'console-dark');
    await seen.page.emulateMedia({ colorScheme: 'light' });
    await keepPicture(seen.page, 'console-light');
    expectCleanVisit(visit, TOKEN);
  });

  it('is told of each task on its page, and fits a phone', async () => {
    const wide = { colorScheme: 'dark', viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' } as const;
    const seen = await new ConsolePage(await browser.visit(wide)).open(hub());
    await seen.page.locator('#transcript').getByRole('link', { name: 'donation' }).click();
    const facts = seen.dialog.locator('[data-test="task-facts"] .fact-event');
    await expect.poll(() => facts.count()).toBe(8);
    expect(await facts.allTextContents()).toContain('task.resumed');
    await seen.shows(seen.dialog.locator('[data-test="said"]'), 'Thank you, Ada, for five dollars! You say: love the');
    await keepPicture(seen.page, 'console-task');

    const narrow = { ...wide, viewport: { width: 400, height: 860 } };
    const phone = await new ConsolePage(await browser.visit(narrow)).open(hub());
    await phone.shows(phone.because, /^held for “punch line”/);
    await phone.shows(phone.page.locator('#transcript'), 'Why do cats');
    await keepPicture(phone.page, 'console-narrow');
  });
});

// The start page, and the client that the hub serves to pages that people write themselves.
import type { JSHandle, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { TOKEN } from '../conformance/hub-process.js';
import { useHub } from '../conformance/stage.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { keepPicture, OverlayPage } from './overlay-page.js';

const CLIPBOARD = ['clipboard-read', 'clipboard-write'];
const WATCH_TOKEN = 'watch-only-token';
const hubs = useHub({ flags: { 'watch-token': WATCH_TOKEN } });
const browser = useBrowser();

type Sdk = typeof import('@cuehub/client');

interface Tasks {
  story: { args: { words: number }; result: { words: number } };
  voice_command: { args: { command: string }; result: { said: string } };
}

/** The page's own import. As text, because a test's import would be the test runner's. */
async function importSdk(page: Page): Promise<JSHandle<Sdk>> {
  await page.goto(hubs.hub.url);
  return (await page.evaluateHandle(`import('/sdk.js')`)) as JSHandle<Sdk>;
}

/** Runs inside of the page, so it may only use what it is given. */
async function tellStory({ connect }: Sdk, { token, lane }: { token: string; lane: string }) {
  const url = `ws://${location.host}/ws`;
  const talker = connect<Tasks>(url, { token, lane, client: { name: 'talker' } });
  const voice = connect<Tasks>(url, { token, lane, client: { name: 'voice' } });
  const viewer = connect<Tasks>(url, { token, lane, client: { name: 'viewer' } });
  await Promise.all([talker.ready, voice.ready, viewer.ready]);

  let resumes = 0;
  let toldHalf = (): void => {};
  const half = new Promise<void>((resolve) => {
    toldHalf = resolve;
  });
  let goOn = (): void => {};
  const interrupted = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  talker.worker('story', async (task) => {
    const out = task.stream();
    await out.write('one ');
    await out.write('two ');
    toldHalf();
    await interrupted;
    // Paused by now: this waits for the floor.
    await out.write('three ');
    await out.write('four ');
    return { words: 4 };
  });
  talker.worker('voice_command', () => ({ said: 'lights on' }));

  let text = '';
  const events: string[] = [];
  const facts: number[] = [];
  const watching = (async () => {
    for await (const event of viewer.watch({ topics: ['task', 'text'] })) {
      if (event.type === 'chunk') text += String(event.data);
      if (event.type !== 'event') continue;
      facts.push(event.seq);
      if (event.event.startsWith('task.')) events.push(event.event);
      if (event.event === 'task.resumed') resumes += 1;
      if (event.event === 'task.paused') goOn();
      if (event.event === 'task.completed' && 'task' in event && event.task.name === 'story') return;
    }
  })();
  const task = await voice.submit({ name: 'story', args: { words: 4 } });
  await half;
  const said = await voice.interrupt({ name: 'voice_command', args: { command: 'lights on' } });
  const result = await task.result();
  await watching;
  for (const client of [talker, voice, viewer]) client.close();
  return { result, said, text, events, facts, resumes };
}

describe('the start page', () => {
  it('makes the address of the overlay for who signs in, and goes live itself', async () => {
    const visit = await browser.visit({ permissions: CLIPBOARD });
    const { page } = visit;
    await page.goto(hubs.hub.url);
    await page.getByLabel('Token', { exact: true }).fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const address = page.getByLabel('Address of the overlay');
    await address.waitFor();
    // The token that only watches, and even that is not to be read by viewers.
    await expect.poll(() => address.inputValue()).toBe(`${hubs.hub.url}/overlay#token=••••••••`);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toBe(`${hubs.hub.url}/overlay#token=${WATCH_TOKEN}`);
    await new OverlayPage(visit).shows({ badge: { label: 'Idle' } });
    await expect.poll(() => page.locator('#caption').textContent()).toBe('The stage is free, nobody waits.');
    expectCleanVisit(visit, TOKEN);

    await page.getByRole('link', { name: 'Overlay' }).click();
    await page.waitForURL(`**/overlay#token=${WATCH_TOKEN}`);
    await new OverlayPage(visit).shows({ badge: { label: 'Idle' } });
    expect(visit.complaints).toEqual([]);
  });

  it('takes a token that only watches as it is, with its lane', async () => {
    const { page } = await browser.visit();
    await page.goto(`${hubs.hub.url}/#token=${WATCH_TOKEN}&lane=side`);
    await page.getByLabel('Address of the overlay').waitFor();
    const overlay = await page.getByRole('link', { name: 'Overlay' }).getAttribute('href');
    expect(overlay).toBe(`${hubs.hub.url}/overlay#token=${WATCH_TOKEN}&lane=side`);
  });

  it('puts no token into an address where the hub has none that only watches, and points to the set-up page', async () => {
    const { page } = await browser.visit();
    await page.route('**/v1/watch-token', (route) =>
      route.fulfill({ status: 404, json: { error: { code: 'not_found' } } }),
    );
    await page.goto(`${hubs.hub.url}/#token=${TOKEN}`);
    await page.getByText('The set-up page says what to do.').waitFor();
    await expect.poll(() => page.getByLabel('Address of the overlay').isVisible()).toBe(false);
    await expect.poll(() => page.getByRole('link', { name: 'Overlay' }).getAttribute('href')).toBe('overlay/setup');
  });

  it('shows on its monitor what is on stage', async () => {
    const visit = await browser.visit();
    const stage = hubs.stage();
    await visit.page.goto(`${hubs.hub.url}/#token=${TOKEN}&lane=${stage.lane}`);
    const talker = await stage.worker('chat_response');
    const chat = await stage.join({ name: 'twitch-chat' });
    await chat.submit({ name: 'chat_response' });
    const run = await talker.dispatched();
    run.open();
    run.chunk(0, 'Good evening, everyone!');
    const monitor = new OverlayPage(visit);
    await monitor.showsText('0: Good evening, everyone!');
    await expect.poll(() => visit.page.locator('#caption').textContent()).toContain('On stage: chat response');
    await monitor.still();
    await keepPicture(visit.page, 'start-page');
    expectCleanVisit(visit, TOKEN);
  });

  it('has links that lead somewhere', async () => {
    const { page } = await browser.visit();
    await page.goto(hubs.hub.url);
    const links = await page
      .locator('nav a')
      .evaluateAll((found) => found.map((link) => (link as HTMLAnchorElement).href));
    const paths = links.map((link) => new URL(link).pathname);
    expect(paths).toEqual(
      expect.arrayContaining([
        '/overlay',
        '/overlay/setup',
        '/console',
        '/voice',
        '/openapi.json',
        '/asyncapi.json',
        '/sdk.js',
      ]),
    );
    for (const link of links) expect((await fetch(link)).status, link).toBe(200);
  });
});

describe('sdk.js in a page under the strict policy', () => {
  it('submits, works, interrupts and watches, in MessagePack and without eval', async () => {
    const visit = await browser.visit();
    const { lane } = hubs.stage();
    const opened = new Promise<string>((resolve) => {
      visit.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => resolve(typeof payload)));
    });
    const sdk = await importSdk(visit.page);
    const story = await sdk.evaluate(tellStory, { token: TOKEN, lane });
    expect(story.result).toEqual({ words: 4 });
    expect(story.said).toEqual({ said: 'lights on' });
    expect(story.text).toBe('one two three four ');
    expect(story.events.filter((event) => event !== 'task.deferred')).toEqual([
      'task.queued',
      'task.started',
      'task.queued',
      'task.pausing',
      'task.paused',
      'task.started',
      'task.completed',
      'task.resumed',
      'task.completed',
    ]);
    expect(story.resumes).toBe(1);
    expect(story.facts).toEqual([...new Set(story.facts)]);
    // Binary frames reach the test as buffers.
    expect(await opened).toBe('object');
    expectCleanVisit(visit, TOKEN);
  });

  it('ends with a typed error when the token is not good', async () => {
    const { page, complaints } = await browser.visit();
    const sdk = await importSdk(page);
    const told = await sdk.evaluate(async ({ connect, ConnectionClosed }) => {
      const hub = connect(`ws://${location.host}/ws`, { token: 'not-the-right-token' });
      const error: unknown = await hub.ready.catch((reason: unknown) => reason);
      return { typed: error instanceof ConnectionClosed, code: (error as { close_code?: number }).close_code };
    });
    expect(told).toEqual({ typed: true, code: 4501 });
    expect(complaints).toEqual([]);
  });
});

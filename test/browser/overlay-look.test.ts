// What the overlay shows beside the reply, and what its address can ask for: alerts, the queue, the mode, themes, places.
import { describe, expect, it } from 'vitest';
import { TOKEN } from '../conformance/hub-process.js';
import { useHub } from '../conformance/stage.js';
import { expectAccessible } from './accessible.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { OverlayPage } from './overlay-page.js';

/** As the browser inside OBS does it: as a style, or as a link to a stylesheet. Runs inside of the page. */
function addCustomCss({ css, how }: { css: string; how: 'style' | 'link' }): void {
  const node = document.createElement(how);
  if (node instanceof HTMLLinkElement) {
    node.rel = 'stylesheet';
    node.href = `data:text/css;charset=utf-8;base64,${btoa(css)}`;
  } else node.append(css);
  document.head.append(node);
}

const hubs = useHub();
const browser = useBrowser();

const GIFT = {
  name: 'donation',
  priority: 'HIGH',
  args: { from: 'Ada', amount: '$20', message: 'I knew it was a fox!' },
} as const;

async function open(more: Record<string, string> = {}, query = '') {
  const stage = hubs.stage();
  const overlay = new OverlayPage(await browser.visit());
  await overlay.open(hubs.hub, stage.lane, more, query);
  await overlay.shows({ badge: { tone: 'idle' } });
  return { stage, overlay };
}

describe('an alert', () => {
  it('has a card of its own with who, how much and why, and the answer streams below it', async () => {
    const { stage, overlay } = await open();
    const host = await stage.worker('donation');
    await host.submit(GIFT);
    const run = await host.dispatched();
    await overlay.shows({ bubbles: [{ alert: 'Donation | Ada | $20 | I knew it was a fox!', text: '' }] });
    run.open();
    run.chunk(0, 'Thank you, ');
    run.chunk(1, 'Ada!');
    await overlay.shows({
      bubbles: [{ alert: 'Donation | Ada | $20 | I knew it was a fox!', text: 'Thank you, Ada!' }],
    });
    // A page that is opened now has it from the hub, for no snapshot tells what a task was given.
    const late = await new OverlayPage(await browser.visit()).open(hubs.hub, stage.lane);
    await late.shows({ bubbles: [{ alert: 'Donation | Ada | $20 | I knew it was a fox!', text: 'Thank you, Ada!' }] });
    await run.complete();
    expectCleanVisit(overlay.visit, TOKEN);
    expectCleanVisit(late.visit, TOKEN);
  });

  it('steps back for an urgent command, which has another look, and comes back', async () => {
    const { stage, overlay } = await open();
    const host = await stage.worker('donation');
    const ear = await stage.worker('voice_command');
    await host.submit(GIFT);
    const gift = await host.dispatched();
    await ear.submit({ name: 'voice_command', priority: 'URGENT', args: { command: 'lights on' } });
    await gift.pausesWhenAsked();
    const command = await ear.dispatched();
    await overlay.shows({
      bubbles: [
        { depth: 1, alert: 'Donation | Ada | $20 | I knew it was a fox!', aside: 'on hold for voice command' },
        { depth: 0, alert: 'Command | lights on' },
      ],
    });
    const looks = await overlay.page
      .locator('.bubble')
      .evaluateAll((bubbles) => bubbles.map((bubble) => getComputedStyle(bubble).getPropertyValue('--tone')));
    expect(new Set(looks).size).toBe(2);
    await command.complete();
    await gift.resumed();
    await overlay.shows({ bubbles: [{ alert: 'Command | lights on' }, { depth: 0, aside: '', typing: false }] });
  });

  it('shows what people wrote as text, and clips what is far too long', async () => {
    const { stage, overlay } = await open();
    const host = await stage.worker('raid');
    const args = { from: '<b>Grace</b>', viewers: 42, message: `${'👩‍👩‍👧‍👦'.repeat(200)}` };
    await host.submit({ name: 'raid', args });
    await host.dispatched();
    await overlay.shows({
      bubbles: [{ alert: expect.stringMatching(/^Raid \| <b>Grace<\/b> \| 42 viewers \| .*👦…$/u) }],
    });
    expect(await overlay.page.locator('.bubble b').count()).toBe(0);
  });
});

describe('the queue', () => {
  it('has the next few in their order with who gave what, and counts the rest', async () => {
    const { stage, overlay } = await open({ show: 'bubble,queue' });
    const talker = await stage.worker('chat_response');
    const submit = (name: string, priority: 'HIGH' | 'LOW' | 'MEDIUM', args = {}) =>
      talker.submit({ name, priority, args });
    await submit('chat_response', 'HIGH');
    const run = await talker.dispatched();
    for (const name of ['a_1', 'a_2', 'a_3', 'a_4']) await submit(name, 'LOW');
    await submit('donation', 'MEDIUM', GIFT.args);
    await overlay.shows({ queue: ['donation Ada · $20', 'a 1', 'a 2', 'a 3', '+1'] });
    expect((await overlay.seen()).badge.label).toBe('');
    await run.complete();
    await overlay.shows({ queue: ['donation Ada · $20', 'a 1', 'a 2', 'a 3', '+1'], bubbles: [] });
  });
});

describe('the Custom CSS of OBS', () => {
  it.each(['style', 'link'] as const)('changes a theme through its variables, put in as a %s', async (how) => {
    const { stage, overlay } = await open();
    const talker = await stage.worker('chat_response');
    await talker.submit({ name: 'chat_response' });
    const run = await talker.dispatched();
    run.open();
    run.chunk(0, 'In pink.');
    await overlay.showsText('0: In pink.');
    const css = '.stage { --cue-medium: #ff66cc; --cue-ink: rgb(1, 2, 3); }';
    await overlay.page.evaluate(addCustomCss, { css, how });
    const colours = () =>
      overlay.page.locator('.bubble').evaluate((bubble) => {
        const { color } = getComputedStyle(bubble.querySelector('.bubble-lines') ?? bubble);
        return [getComputedStyle(bubble).getPropertyValue('--tone').trim(), color];
      });
    await expect.poll(colours).toEqual(['#ff66cc', 'rgb(1, 2, 3)']);
    expectCleanVisit(overlay.visit, TOKEN);
  });
});

describe('the address', () => {
  it.each(['glass', 'comic', 'terminal', 'subtitle'])(
    'chooses the theme %s, whose letters come from the hub',
    async (theme) => {
      const { stage, overlay } = await open({ theme });
      const talker = await stage.worker('chat_response');
      await talker.submit({ name: 'chat_response' });
      const run = await talker.dispatched();
      run.open();
      run.chunk(0, 'The trick with this level is that you jump past the coins.');
      await overlay.showsText('0: The trick with this level is that you jump past the coins.');
      await overlay.still();
      const fonts = await overlay.page.evaluate(async () => {
        await document.fonts.ready;
        return [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family);
      });
      const own = { glass: 'Cue Figtree', comic: 'Cue Comic', terminal: 'Cue Terminal', subtitle: 'Cue Hyperlegible' };
      expect(fonts.join()).toContain(own[theme as keyof typeof own]);
      const host = await stage.worker('donation');
      await host.submit(GIFT);
      await run.pausesWhenAsked();
      const gift = await host.dispatched();
      gift.open();
      gift.chunk(0, 'Thank you so much, Ada!');
      await overlay.shows({ bubbles: [{ depth: 1 }, { depth: 0, text: 'Thank you so much, Ada!' }] });
      await overlay.picture(`overlay-${theme}`);
      await expectAccessible(overlay.page);
      expectCleanVisit(overlay.visit, TOKEN);
    },
  );

  it('puts the bubbles and the mode where it says, in the size that it says', async () => {
    const sizes: number[] = [];
    for (const [position, size] of [
      ['top-right', '0.5'],
      ['bottom-left', '2'],
    ] as const) {
      const { stage, overlay } = await open({ position, size, show: 'bubble,mode' });
      const talker = await stage.worker('chat_response');
      await talker.submit({ name: 'chat_response' });
      const run = await talker.dispatched();
      run.open();
      run.chunk(0, 'Here.');
      await overlay.showsText('0: Here.');
      const { x, y, width, height } = await overlay.box(0);
      const badge = await overlay.page.locator('.badge').boundingBox();
      const isTop = position === 'top-right';
      expect([x + width > 1_200, y < 60, y + height > 660]).toEqual([isTop, isTop, !isTop]);
      expect((badge?.y ?? 0) > 600).toBe(isTop);
      sizes.push(height);
    }
    expect((sizes[1] ?? 0) / (sizes[0] ?? 1)).toBeCloseTo(4, 0);
  });

  it('limits the lines, and the last of them are the ones in sight', async () => {
    const { stage, overlay } = await open({ max_lines: '2' });
    const talker = await stage.worker('chat_response');
    await talker.submit({ name: 'chat_response' });
    const run = await talker.dispatched();
    run.open();
    for (let seq = 0; seq < 80; seq += 1) run.chunk(seq, `word${seq} `);
    await expect.poll(() => overlay.page.locator('.word').count()).toBe(80);
    await overlay.still();
    const seen = await overlay.page.evaluate(() => {
      const text = document.querySelector('.bubble-text')?.getBoundingClientRect() ?? new DOMRect();
      const words = [...document.querySelectorAll('.word')];
      const shown = words.filter((word) => word.getBoundingClientRect().top >= text.top - 1);
      const line = Number.parseFloat(getComputedStyle(document.querySelector('.bubble-lines') as Element).lineHeight);
      return { lines: Math.round(text.height / line), shown: shown.length, last: shown[shown.length - 1]?.textContent };
    });
    expect(seen).toMatchObject({ lines: 2, last: 'word79 ' });
    expect(seen.shown).toBeLessThan(40);
  });

  it('may have in its query what is no secret', async () => {
    const { overlay } = await open({}, '?theme=comic&position=top');
    const root = overlay.page.locator('#stage');
    await expect.poll(() => root.getAttribute('data-theme')).toBe('comic');
    await expect.poll(() => root.getAttribute('data-edge')).toBe('top');
  });

  it('is told what in it makes no sense, and what is done instead', async () => {
    const { overlay } = await open({ position: 'botom', sise: '3' });
    await overlay.shows({
      notice: expect.stringMatching(/sise is no option.*position is one of .*bottom-left is used/),
    });
  });

  it('never gives a token away: one in the query is not taken, and nothing is asked with it', async () => {
    const visit = await browser.visit();
    await visit.page.goto(`${hubs.hub.url}/overlay?token=${TOKEN}`);
    await new OverlayPage(visit).shows({
      badge: { label: 'No token' },
      notice: expect.stringContaining('put it after the #'),
    });
    expect(visit.addresses.some((address) => address.endsWith('/ws'))).toBe(false);
  });

  it('shows nothing of the mode when that is not asked for', async () => {
    const stage = hubs.stage();
    const visit = await browser.visit();
    const overlay = await new OverlayPage(visit).open(hubs.hub, stage.lane, { show: 'bubble' });
    await expect
      .poll(() => visit.frames.some((frame) => frame.startsWith('in:') && frame.includes('snapshot')))
      .toBe(true);
    await expect.poll(() => visit.page.locator('.badge').isVisible()).toBe(false);
    expect((await overlay.seen()).badge.label).toBe('');
  });
});

describe('text of all kinds', () => {
  it('is laid out in the direction and the language that it has', async () => {
    const { stage, overlay } = await open();
    const talker = await stage.worker('chat_response');
    await talker.submit({ name: 'chat_response' });
    const run = await talker.dispatched();
    run.open();
    const lines = overlay.page.locator('.bubble-lines');
    for (const [seq, character] of Array.from('今日は、世界！').entries()) run.chunk(seq, character);
    await overlay.showsText('0: 今日は、世界！');
    await expect.poll(() => lines.getAttribute('lang')).toBe('ja');
  });

  it('keeps an emoji whole that comes in many pieces', async () => {
    const { stage, overlay } = await open();
    const talker = await stage.worker('chat_response');
    await talker.submit({ name: 'chat_response' });
    const run = await talker.dispatched();
    run.open();
    const family = '👩‍👩‍👧‍👦';
    let seq = 0;
    for (const piece of Array.from(family.repeat(12))) run.chunk(seq++, piece);
    await overlay.showsText(`0: ${family.repeat(12)}`);
    for (const word of await overlay.page.locator('.word').allTextContents()) {
      expect(word).toMatch(new RegExp(`^(?:${family})+$`, 'u'));
    }
  });

  it('breaks a word that is longer than the line, and does not push the page wide', async () => {
    const { stage, overlay } = await open();
    const talker = await stage.worker('chat_response');
    await talker.submit({ name: 'chat_response' });
    const run = await talker.dispatched();
    run.open();
    run.chunk(0, 'W'.repeat(400));
    await overlay.showsText(`0: ${'W'.repeat(400)}`);
    const { x, width } = await overlay.box(0);
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(1_280);
    await expect.poll(() => overlay.page.evaluate(() => document.documentElement.scrollWidth)).toBe(1_280);
  });
});

describe('a slow page', () => {
  it('that could not draw for a while ends with the whole end of the text, and without a complaint', async () => {
    const { stage, overlay } = await open();
    const talker = await stage.worker('chat_response');
    await talker.submit({ name: 'chat_response' });
    const run = await talker.dispatched();
    run.open();
    run.chunk(0, 'It begins. ');
    await overlay.showsText('0: It begins. ');
    const stuck = overlay.page.evaluate(() => {
      const until = performance.now() + 1_500;
      while (performance.now() < until);
    });
    const block = `${'lorem ipsum '.repeat(330)}\n`;
    for (let seq = 1; seq <= 500; seq += 1) run.chunk(seq, block);
    run.chunk(501, 'It ends.');
    await stuck;
    await expect
      .poll(async () => (await overlay.seen()).bubbles.map(({ text }) => text.slice(-24)), { timeout: 20_000 })
      .toEqual([`rem ipsum lorem ipsum \nIt ends.`.slice(-24)]);
    await expect.poll(() => overlay.page.locator('.word').count()).toBeLessThan(1_000);
    expect(overlay.visit.complaints).toEqual([]);
  });
});

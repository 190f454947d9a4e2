// The overlay in a real Chromium, on a real hub, while plain WebSocket clients speak, interrupt and come back.
import { describe, expect, it } from 'vitest';
import { TOKEN } from '../conformance/hub-process.js';
import type { Run } from '../conformance/run.js';
import { useHub } from '../conformance/stage.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { OverlayPage } from './overlay-page.js';

const hubs = useHub();
const browser = useBrowser();

const STORY = ['So ', 'the ', 'trick ', 'with ', 'this ', 'level ', 'is ', 'that ', 'you ', 'jump ', 'past ', 'the '];
const ENDING = ['coins, ', 'and ', 'never ', 'look ', 'down.'];

/** Says the words as chunks from `from` on. */
function say(run: Run, words: readonly string[], from = 0): void {
  for (const [index, word] of words.entries()) run.chunk(from + index, word);
}

/** A chat response in mid-sentence, with an overlay that watches. */
async function speaking(more: Record<string, string> = {}) {
  const stage = hubs.stage();
  const fido = await stage.join({ name: 'twitch-chat' });
  const voice = await stage.join({ name: 'fido-voice' });
  const talker = await stage.worker('chat_response');
  const lights = await stage.worker('urgent_reply');
  const overlay = await new OverlayPage(await browser.visit()).open(hubs.hub, stage.lane, more);
  await overlay.shows({ badge: { label: 'Idle' } });
  const { task_id } = await fido.submit({ name: 'chat_response', priority: 'MEDIUM' });
  const run = await talker.dispatched({ task_id });
  run.open();
  say(run, STORY);
  return { stage, fido, voice, talker, lights, overlay, run, task_id };
}

describe('the overlay', () => {
  it('shows a text word by word while it streams, over a transparent page', async () => {
    const { overlay, run } = await speaking();
    await overlay.showsText(`0: ${STORY.join('')}`);
    await overlay.shows({
      badge: { tone: 'streaming', label: 'Streaming', task: 'chat response', protected: false },
      bubbles: [{ task: 'chat response', typing: true, aside: '' }],
    });
    const words = await overlay.page.locator('.word').allTextContents();
    expect(words).toEqual(STORY);

    await overlay.picture('overlay-mid-sentence');
    const { x, y, height } = await overlay.box(0);
    const bare = await overlay.page.screenshot({ omitBackground: true });
    const [game, bubble] = await browser.pixels(bare, [
      [640, 300],
      [Math.round(x + 8), Math.round(y + height / 2)],
    ]);
    expect(game?.[3]).toBe(0);
    expect(bubble?.[3]).toBeGreaterThan(150);

    run.closeStream();
    await run.complete();
    expectCleanVisit(overlay.visit, TOKEN);
  });

  it('steps back for an urgent task, and comes back where it was with its text exactly once', async () => {
    const { overlay, run, voice, lights } = await speaking();
    await overlay.showsText(`0: ${STORY.join('')}`);
    const before = await overlay.box(0);

    const { task_id } = await voice.submit({ name: 'urgent_reply', priority: 'URGENT' });
    await run.told('task.pause');
    await overlay.showsText(`1: ${STORY.join('')}`);
    run.paused();
    const command = await lights.dispatched({ task_id });
    command.open({ can_interrupt: false });
    say(command, ['On ', 'it. ', 'Lights ', 'are ', 'on!']);
    await overlay.showsText(`1: ${STORY.join('')}`, '0: On it. Lights are on!');
    await overlay.shows({
      badge: { task: 'urgent reply', protected: true, waiting: '1 waiting' },
      bubbles: [{ aside: 'on hold for urgent reply', typing: false }, { task: 'urgent reply' }],
    });
    const behind = await overlay.box(0);
    const front = await overlay.box(1);
    expect(behind.width).toBeLessThan(before.width * 0.9);
    expect(behind.y + behind.height).toBeLessThanOrEqual(front.y);
    const opacity = await overlay.page.evaluate(() =>
      [...document.querySelectorAll('.bubble')].map((bubble) => Number(getComputedStyle(bubble).opacity)),
    );
    expect(opacity).toEqual([expect.closeTo(0.8, 2), 1]);
    await overlay.picture('overlay-interrupted');

    command.closeStream();
    await command.complete();
    await run.resumed();
    await overlay.showsText('0: On it. Lights are on!', `0: ${STORY.join('')}`);
    say(run, ENDING, STORY.length);
    await overlay.showsText(`0: ${[...STORY, ...ENDING].join('')}`);
    const after = await overlay.box(0);
    expect(after.x).toBeCloseTo(before.x, 0);
    expect(after.y + after.height).toBeCloseTo(before.y + before.height, 0);
    await overlay.picture('overlay-resumed');
    await run.complete();
    expectCleanVisit(overlay.visit, TOKEN);
  });

  it('opened in mid-sentence shows the sentence so far and goes on', async () => {
    const { stage, run, overlay } = await speaking();
    await overlay.showsText(`0: ${STORY.join('')}`);
    const late = await new OverlayPage(await browser.visit()).open(hubs.hub, stage.lane);
    await late.showsText(`0: ${STORY.join('')}`);
    say(run, ENDING, STORY.length);
    await late.showsText(`0: ${[...STORY, ...ENDING].join('')}`);
    expectCleanVisit(late.visit, TOKEN);
  });

  it('opened during an interruption shows who speaks and who waits', async () => {
    const { stage, run, voice, lights } = await speaking();
    const { task_id } = await voice.submit({ name: 'urgent_reply', priority: 'URGENT' });
    await run.pausesWhenAsked();
    const command = await lights.dispatched({ task_id });
    command.open();
    command.chunk(0, 'Hush.');
    await command.client.fence();
    const late = await new OverlayPage(await browser.visit()).open(hubs.hub, stage.lane);
    await late.showsText(`1: ${STORY.join('')}`, '0: Hush.');
  });

  it('begins the text anew when another attempt does', async () => {
    const { overlay, fido, talker } = await speaking();
    await overlay.showsText(`0: ${STORY.join('')}`);
    const { task_id } = await fido.submit({ name: 'chat_response', priority: 'HIGH', max_attempts: 2 });
    const first = await talker.dispatched({ task_id });
    first.open();
    say(first, ['My ', 'first ', 'try']);
    await overlay.shows({ bubbles: [{ depth: 1 }, { text: 'My first try' }] });
    await first.fail('llm_lost', true);
    const second = await talker.dispatched({ task_id });
    second.open();
    say(second, ['My ', 'second']);
    await overlay.showsText(`1: ${STORY.join('')}`, '0: My second');
  });

  it('hides a reply some time after it ended', async () => {
    const { overlay, run } = await speaking({ hide_after_ms: '300' });
    await overlay.showsText(`0: ${STORY.join('')}`);
    run.closeStream();
    await run.complete();
    await overlay.shows({ badge: { label: 'Idle' }, bubbles: [] });
    await overlay.showsText();
    await expect.poll(() => overlay.page.locator('.bubble').count()).toBe(0);
  });

  it('shows that the lane is stopped, and that somebody is paused', async () => {
    const { overlay, run, fido } = await speaking();
    await overlay.showsText(`0: ${STORY.join('')}`);
    await fido.stop();
    await run.pausesWhenAsked();
    await overlay.shows({ badge: { tone: 'stopped', label: 'Stopped', waiting: '1 waiting' } });
    await overlay.shows({ bubbles: [{ depth: 1, aside: 'stopped' }] });
    await fido.start();
    await run.resumed();
    await overlay.shows({ badge: { tone: 'streaming' }, bubbles: [{ depth: 0, aside: '' }] });
  });

  it('tells the hub what was seen', async () => {
    const { overlay, run, voice, lights } = await speaking();
    await overlay.showsText(`0: ${STORY.join('')}`);
    const heard = STORY.length - 1;
    await expect
      .poll(async () => {
        const { task_id } = await voice.submit({ name: 'urgent_reply', priority: 'URGENT' });
        await run.pausesWhenAsked();
        await (await lights.dispatched({ task_id })).complete();
        return (await run.resumed()).heard;
      })
      .toMatchObject({ main: { overlay: heard } });
  });

  it('watches nothing while it is hidden, and has the whole text when it is shown again', async () => {
    const { overlay, run } = await speaking();
    await overlay.showsText(`0: ${STORY.join('')}`);
    const hide = (hidden: boolean) =>
      overlay.page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    const { frames } = overlay.visit;
    const asked = frames.length;
    await hide(true);
    await expect
      .poll(() => frames.slice(asked).some((frame) => frame.startsWith('out:') && /watch\.pause/.test(frame)))
      .toBe(true);
    await expect.poll(() => frames[frames.length - 1]?.startsWith('in:')).toBe(true);
    const before = frames.length;
    say(run, ENDING.slice(0, 2), STORY.length);
    await run.client.fence();
    expect(frames.slice(before).filter((frame) => frame.includes('coins'))).toEqual([]);
    await hide(false);
    await overlay.showsText(`0: ${[...STORY, ...ENDING.slice(0, 2)].join('')}`);
    say(run, ENDING.slice(2), STORY.length + 2);
    await overlay.showsText(`0: ${[...STORY, ...ENDING].join('')}`);
  });

  it('keeps still for people who asked for less motion', async () => {
    const stage = hubs.stage();
    const talker = await stage.worker('chat_response');
    const visit = await browser.visit({ reducedMotion: 'reduce' });
    const overlay = await new OverlayPage(visit).open(hubs.hub, stage.lane);
    const { task_id } = await talker.submit({ name: 'chat_response' });
    const run = await talker.dispatched({ task_id });
    run.open();
    say(run, STORY);
    await overlay.showsText(`0: ${STORY.join('')}`);
    expect(await overlay.page.evaluate(() => document.getAnimations().length)).toBe(0);
  });

  it('shows markup as the text that it is, and text that runs from right to left', async () => {
    const { overlay, run } = await speaking();
    run.chunk(STORY.length, '<img src=x onerror=alert(1)><b>bold</b>');
    await overlay.showsText(`0: ${STORY.join('')}<img src=x onerror=alert(1)><b>bold</b>`);
    expect(await overlay.page.locator('.bubble img, .bubble b').count()).toBe(0);
    await run.complete();
    expectCleanVisit(overlay.visit, TOKEN);

    const stage = hubs.stage();
    const talker = await stage.worker('chat_response');
    const rtl = await new OverlayPage(await browser.visit()).open(hubs.hub, stage.lane);
    await talker.submit({ name: 'chat_response' });
    const arabic = await talker.dispatched();
    arabic.open();
    arabic.chunk(0, 'مرحبا يا أصدقاء');
    await rtl.showsText('0: مرحبا يا أصدقاء');
    await expect
      .poll(() => rtl.page.locator('.bubble-lines').evaluate((lines) => getComputedStyle(lines).direction))
      .toBe('rtl');
  });
});

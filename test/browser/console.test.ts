// The console in a real Chromium on a real hub: what it shows while plain WebSocket clients speak, interrupt, hold, come
// back. What one does with it is console-acts.test.ts.
import { describe, expect, it, vi } from 'vitest';
import { TOKEN } from '../conformance/hub-process.js';
import { type Stage, useHub } from '../conformance/stage.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { ConsolePage } from './console-page.js';

const hubs = useHub();
const browser = useBrowser();
// Pages open one after the other here, on whatever machine this is.
vi.setConfig({ testTimeout: 90_000 });

async function consoleOn(stage: Stage): Promise<ConsolePage> {
  const seen = await new ConsolePage(await browser.visit()).open(hubs.hub, { lane: stage.lane });
  await seen.shows(seen.mode, 'Idle');
  return seen;
}

/** A reply in mid-sentence, with a console that watches. */
async function speaking() {
  const stage = hubs.stage();
  const chat = await stage.join({ name: 'twitch-chat' });
  const voice = await stage.join({ name: 'fido-voice' });
  const talker = await stage.worker('chat_response');
  const lights = await stage.worker('voice_command');
  const seen = await consoleOn(stage);
  const { task_id } = await chat.submit({
    name: 'chat_response',
    args: { text: 'tell me' },
    // As long as the page may take to show that it yields.
    pause_grace_ms: 5_000,
  });
  const run = await talker.dispatched({ task_id });
  run.open();
  run.chunk(0, 'So the trick ');
  return { stage, chat, voice, talker, lights, seen, run, task_id };
}

describe('the console', () => {
  it('shows who has the floor, and what is said while it is said', async () => {
    const { seen, run, task_id } = await speaking();
    await seen.shows(seen.holder, 'chat_response');
    await seen.shows(seen.mode, 'Streaming');
    await seen.shows(seen.because, 'it is interruptible, and nothing holds the floor');
    await seen.shows(seen.line(task_id).locator('.line-text'), 'So the trick');
    run.chunk(1, 'is to jump.');
    await seen.shows(seen.line(task_id).locator('.line-text'), 'So the trick is to jump.');
    run.closeStream();
    await run.complete({ words: 6 });
    await seen.shows(seen.mode, 'Idle');
    expectCleanVisit(seen.visit, TOKEN);
  });

  it('shows an interruption: who yields, who is paused, who comes back, and both in the timeline', async () => {
    const { seen, run, task_id, voice, lights } = await speaking();
    await seen.shows(seen.holder, 'chat_response');
    const command = await voice.submit({ name: 'voice_command', priority: 'URGENT' });
    await run.told('task.pause');
    await seen.shows(seen.mode, 'Yielding');
    await seen.shows(seen.because, 'it is being paused for voice_command');
    run.paused();
    const order = await lights.dispatched({ task_id: command.task_id });
    await seen.shows(seen.holder, 'voice_command');
    await seen.shows(seen.row(task_id), 'floor voice_command has the floor');
    await seen.shows(seen.page.locator('#waiting [data-test="paused"] h3'), 'Paused');
    await order.complete();
    await run.resumed();
    await seen.shows(seen.holder, 'chat_response');
    await seen.gone(seen.row(task_id));
    await run.complete();
    await seen.shows(seen.mode, 'Idle');

    await seen.button('Table').click();
    await expect
      .poll(() => seen.tableRows())
      .toEqual([
        expect.stringMatching(/^3Medium \| chat_response \| had the floor \| [\d.]+ m?s \| completed$/),
        expect.stringMatching(/^1Urgent \| voice_command \| had the floor \| [\d.]+ m?s \| completed$/),
        expect.stringMatching(/^3Medium \| chat_response \| interrupted \|  \| asked \d+ ms before$/),
        expect.stringMatching(/^3Medium \| chat_response \| had the floor \| [\d.]+ m?s \| paused$/),
      ]);
  });

  it('says which hold keeps the floor, until when, and who is deferred by it, also when it is opened later', async () => {
    const { seen, run, voice, stage } = await speaking();
    await run.hold({ reason: 'punch line', ttl_ms: 20_000 });
    await seen.shows(seen.because, /^held for “punch line” until \d\d:\d\d:\d\d \(\d+ s\) unless renewed$/);
    const command = await voice.submit({ name: 'voice_command', priority: 'URGENT' });
    await seen.shows(seen.row(command.task_id), 'deferred');
    await seen.shows(
      seen.row(command.task_id),
      /hold chat_response holds the floor until \d\d:\d\d:\d\d at the latest/,
    );

    const later = await new ConsolePage(await browser.visit()).open(hubs.hub, { lane: stage.lane });
    await later.shows(later.because, /^held for “punch line” until/);
    await later.shows(later.line(run.task_id).locator('.line-text'), 'So the trick');
    await voice.cancel(command.task_id);
    await run.complete();
  });

  it('says of each that waits why, as that changes without a fact', async () => {
    const stage = hubs.stage();
    const boss = await stage.join({ name: 'boss' });
    const seen = await consoleOn(stage);
    const { task_id } = await boss.submit({ name: 'story', priority: 'LOW' });
    await seen.shows(seen.row(task_id), 'worker nobody who runs it is connected');
    await boss.stop();
    await seen.shows(seen.row(task_id), 'start the lane is stopped');
    await seen.shows(seen.mode, 'Stopped');
    const teller = await stage.worker('story');
    await boss.start();
    const run = await teller.dispatched({ task_id });
    await seen.shows(seen.holder, 'story');
    await run.complete();
  });

  it('has a page for a task, with its args, its facts in order, its text and its result', async () => {
    const { seen, run, task_id, stage } = await speaking();
    await seen.line(task_id).getByRole('link').click();
    await seen.shows(seen.dialog.locator('h2'), 'chat_response');
    expect(new URL(seen.page.url()).hash).toBe(`#lane=${stage.lane}&task=${task_id}`);
    await seen.shows(seen.dialog.locator('pre').first(), /"text": "tell me"/);
    await seen.shows(seen.dialog.locator('[data-test="said"]'), 'So the trick');
    await run.complete({ said: 42 });
    const facts = seen.dialog.locator('[data-test="task-facts"] .fact-event');
    await expect
      .poll(() => facts.allTextContents())
      .toEqual(['task.queued', 'task.started', 'stream.opened', 'stream.closed', 'task.completed']);
    await seen.shows(seen.dialog.getByRole('heading', { name: 'Result' }).locator('..'), /"said": 42/);
    await seen.page.keyboard.press('Escape');
    await seen.gone(seen.dialog);
    expect(new URL(seen.page.url()).hash).toBe(`#lane=${stage.lane}`);

    const linked = await new ConsolePage(await browser.visit()).open(hubs.hub, { lane: stage.lane, task_id });
    await linked.shows(linked.dialog.locator('h2'), 'chat_response');
    await linked.shows(linked.dialog.locator('.details'), /submitted by ?twitch-chat/);
  });

  it('has lanes as tabs, and shows the one that is chosen', async () => {
    const { seen, stage } = await speaking();
    const side = stage.beside();
    const other = await side.join({ name: 'other' });
    await other.submit({ name: 'side_job', priority: 'HIGH' });
    const tab = seen.page
      .getByRole('navigation', { name: 'Lanes' })
      .getByRole('link', { name: new RegExp(`^${side.lane}`) });
    await seen.shows(tab.locator('.lane-count'), '1');
    await tab.click();
    await seen.shows(seen.waiting, 'side_job');
    await seen.shows(seen.mode, 'Idle');
    await expect.poll(() => tab.getAttribute('aria-current')).toBe('page');
    await seen.page.goBack();
    await seen.shows(seen.holder, 'chat_response');
    await seen.shows(seen.waiting, 'Nobody waits.');
  });

  it('says of a lane that nobody uses that there is none yet, and how to see something there', async () => {
    const stage = hubs.stage();
    const seen = await new ConsolePage(await browser.visit()).open(hubs.hub, { lane: stage.lane });
    const free = seen.page.locator('[data-test="free"]');
    await seen.shows(free, 'No lane of this name yet; a task or a worker makes it.');
    await seen.shows(seen.page.locator('#now .see-life'), `npx cuehub demo --lane ${stage.lane}`);
    await stage.worker('story');
    await seen.shows(free, 'The floor is free.');
    await seen.gone(seen.page.locator('.see-life'));
    expect(await seen.page.locator('.floor-interrupt').count()).toBe(0);
  });

  it('counts a long queue to its end, and draws a part of it', async () => {
    const stage = hubs.stage();
    const boss = await stage.join({ name: 'boss' });
    const all = Array.from({ length: 1_200 }, () => boss.submit({ name: 'flood', priority: 'LOW' }));
    await Promise.all(all);
    const seen = await new ConsolePage(await browser.visit()).open(hubs.hub, { lane: stage.lane });
    const level = seen.page.locator('[data-test="level-LOW"]');
    await seen.shows(level.locator('h3'), /1.200/);
    expect(await level.locator('li').count()).toBe(20);
    await level.getByRole('button', { name: /^Show 100 more of 1.180$/ }).click();
    await expect.poll(() => level.locator('li').count()).toBe(120);
  });
});

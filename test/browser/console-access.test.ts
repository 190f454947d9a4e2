// The console for everybody: by keyboard alone, on a narrow screen, by a machine's rules for accessibility.
import { describe, expect, it, vi } from 'vitest';
import { TOKEN } from '../conformance/hub-process.js';
import { useHub } from '../conformance/stage.js';
import { expectAccessible } from './accessible.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { ConsolePage } from './console-page.js';

const hubs = useHub();
const browser = useBrowser();
// Pages open one after the other here, on whatever machine this is.
vi.setConfig({ testTimeout: 90_000 });

const LONG =
  'a_task_with_a_name_that_somebody_made_of_a_whole_sentence_and_then_some_more_of_it_without_a_single_space';
const STORY =
  'So the trick with this level is that you jump past the coins, wait for the second beat and never, ever look down. ';

/** A lane in the middle of things: one was interrupted and came back, one holds the floor, others wait for it. */
async function busy() {
  const stage = hubs.stage();
  const chat = await stage.join({ name: 'twitch-chat' });
  const voice = await stage.join({ name: 'fido-voice' });
  const talker = await stage.worker('chat_response', 'donation');
  const lights = await stage.worker('voice_command');
  const reply = await chat.submit({ name: 'chat_response', args: { user: 'ada', text: 'how do I pass this level?' } });
  const run = await talker.dispatched();
  run.open();
  run.chunk(0, STORY.slice(0, 60));
  await voice.submit({ name: 'voice_command', args: { command: 'lights on' }, priority: 'URGENT' });
  await run.pausesWhenAsked();
  const order = await lights.dispatched();
  order.open();
  order.chunk(0, 'Lights are on.');
  order.closeStream();
  await order.complete({ said: 'Lights are on.' });
  await run.resumed();
  run.chunk(1, STORY.slice(60));
  const donation = await chat.submit({ name: 'donation', args: { from: 'Ada', amount: '$5' }, priority: 'HIGH' });
  await run.pausesWhenAsked();
  const thanks = await talker.dispatched();
  thanks.open({ can_interrupt: false });
  thanks.chunk(0, 'Thank you, Ada, for five dollars! You say: ');
  await thanks.hold({ reason: 'punch line' });
  await voice.submit({ name: 'voice_command', args: { command: 'what time is it' }, priority: 'URGENT' });
  await chat.submit({ name: 'chat_response', args: { user: 'grace' } });
  await chat.submit({ name: LONG, priority: 'LOW' });
  await chat.submit({ name: 'screen_report', priority: 'BACKGROUND' });
  return { stage, reply, donation, thanks };
}

describe('a console', () => {
  it('has nothing that axe finds wrong, in dark and in light: at rest, busy, with each dialog, as a table', async () => {
    const idle = await new ConsolePage(await browser.visit()).open(hubs.hub, { lane: hubs.stage().lane });
    await idle.shows(idle.mode, 'Idle');
    await expectAccessible(idle.page);

    const { stage, reply } = await busy();
    const seen = await new ConsolePage(await browser.visit()).open(hubs.hub, { lane: stage.lane });
    await seen.shows(seen.because, 'punch line');
    await seen.shows(seen.page.locator('#charts .figures'), 'Medium');
    await expectAccessible(seen.page);
    await seen.button('Table').click();
    await seen.shows(seen.page.locator('#timeline tbody'), 'interrupted');
    await expectAccessible(seen.page);
    await seen.button(/^Submit a task/).click();
    await seen.page.getByText('How it interrupts, waits and ends').click();
    await seen.dialog.getByRole('button', { name: 'Submit' }).click();
    await seen.shows(seen.page.locator('#field-name-problem'), 'needs a name');
    await expectAccessible(seen.page);
    await seen.page.keyboard.press('Escape');
    await seen.gone(seen.dialog);
    await seen.page.keyboard.press('?');
    await seen.shows(seen.dialog, 'submit a task');
    await expectAccessible(seen.page);
    await seen.page.keyboard.press('Escape');
    await seen.line(reply.task_id).getByRole('link').click();
    await seen.shows(seen.dialog.locator('[data-test="task-facts"]'), 'task.paused');
    await expectAccessible(seen.page);
    expectCleanVisit(seen.visit, TOKEN);
  });

  it('is used with a keyboard alone', async () => {
    const { stage, thanks } = await busy();
    const seen = await new ConsolePage(await browser.visit()).open(hubs.hub, { lane: stage.lane });
    const { keyboard } = seen.page;
    await seen.shows(seen.because, 'punch line');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    const focused = (): Promise<string> =>
      seen.page.evaluate(() => {
        const { activeElement, body } = document;
        if (activeElement === null || activeElement === body) return 'nothing';
        return activeElement.id || activeElement.ariaLabel || activeElement.textContent;
      });
    await expect.poll(focused).toBe('now');

    // Submits, and has the focus back where it was.
    await seen.button(/^Submit a task/).focus();
    await keyboard.press('Enter');
    await expect.poll(focused).toBe('field-name');
    await keyboard.type('voice_command');
    await keyboard.press('Tab');
    await keyboard.press('ArrowLeft');
    await keyboard.press('Enter');
    await seen.shows(seen.page.locator('.notices'), 'Submitted voice_command');
    await seen.gone(seen.dialog);
    await expect.poll(focused).toContain('Submit a task');
    await seen.shows(seen.page.locator('[data-test="level-HIGH"]'), 'voice_command');

    // The timeline: picks the latest span, and opens its task.
    await keyboard.press('t');
    await keyboard.press('-');
    await keyboard.press('Shift+ArrowRight');
    await seen.shows(seen.page.locator('.timeline-picture [role="status"]'), /^donation, High, had the floor for/);
    await keyboard.press('Shift+ArrowLeft');
    await seen.shows(seen.page.locator('.timeline-picture [role="status"]'), /^chat_response, Medium/);
    await keyboard.press('Enter');
    await seen.shows(seen.dialog.locator('h2'), 'chat_response');
    await keyboard.press('Escape');
    await seen.gone(seen.dialog);
    await expect.poll(focused).toBe('Who had the floor when');

    // Back in time the view stands still, End follows the present again.
    await keyboard.press('PageUp');
    const now = seen.page.locator('#timeline').getByRole('button', { name: 'Now' });
    await expect.poll(() => now.isDisabled()).toBe(false);
    await keyboard.press('End');
    await expect.poll(() => now.isDisabled()).toBe(true);

    // Cancels the holder after a question.
    await keyboard.press('c');
    await seen.shows(seen.dialog.locator('h2'), 'Cancel donation?');
    await keyboard.press('Shift+Tab');
    await keyboard.press('Enter');
    await thanks.told('task.cancel');
    thanks.cancelled();

    // Single letters can be switched off.
    await seen.gone(seen.dialog);
    await keyboard.press('?');
    await seen.page.getByLabel('Single letters are shortcuts').uncheck();
    await keyboard.press('Escape');
    await keyboard.press('n');
    expect(await seen.dialog.count()).toBe(0);
  });

  it('fits 400 pixels, with long names, everywhere', async () => {
    const { stage, reply } = await busy();
    const visit = await browser.visit({ viewport: { width: 400, height: 800 }, reducedMotion: 'reduce' });
    const seen = await new ConsolePage(visit).open(hubs.hub, { lane: stage.lane });
    const fits = async (where: string): Promise<void> => {
      const widths = await seen.page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.querySelector('dialog[open]')?.scrollWidth ?? 0,
      ]);
      expect(Math.max(...widths), where).toBeLessThanOrEqual(400);
    };
    await seen.shows(seen.waiting, LONG);
    await fits('the page');
    await seen.button('Table').click();
    await fits('the table');
    await seen.button(/^Submit a task/).click();
    await seen.page.getByText('How it interrupts, waits and ends').click();
    await fits('the form');
    await seen.page.keyboard.press('Escape');
    await seen.gone(seen.dialog);
    await seen.line(reply.task_id).getByRole('link').click();
    await seen.shows(seen.dialog.locator('h2'), 'chat_response');
    await fits('the task');
    expectCleanVisit(visit, TOKEN);
  });

  it('is dark or light as the system says, or as somebody chose, which stays so', async () => {
    const visit = await browser.visit({ colorScheme: 'light' });
    const seen = await new ConsolePage(visit).open(hubs.hub, { lane: hubs.stage().lane });
    const theme = (): Promise<string | undefined> =>
      seen.page.evaluate(() => document.documentElement.dataset['theme']);
    await seen.shows(seen.mode, 'Idle');
    await expect.poll(theme).toBe('light');
    await seen.page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(theme).toBe('dark');
    await seen.page.getByLabel('Colours').selectOption('light');
    await expect.poll(theme).toBe('light');
    await seen.page.reload();
    await seen.shows(seen.mode, 'Idle');
    await expect.poll(theme).toBe('light');
  });
});

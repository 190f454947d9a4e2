// What one does to a hub from the console: submit, cancel, stop, drain, start, remove; and what a token may not.
import { createHub, type HubServer } from 'cuehub';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
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

describe('the form', () => {
  it('submits a task with what was typed, and leads to it', async () => {
    const stage = hubs.stage();
    const lights = await stage.worker('voice_command');
    const seen = await consoleOn(stage);
    await seen.button('Submit a task').click();
    await seen.page.getByLabel('Name', { exact: true }).fill('voice_command');
    await seen.page.getByRole('radio', { name: 'Urgent' }).check();
    await seen.page.getByLabel('Args').fill('{"command": "lights on"}');
    await seen.page.getByText('How it interrupts, waits and ends').click();
    await seen.page.getByLabel('ttl_ms', { exact: true }).fill('15000');
    await seen.dialog.getByRole('button', { name: 'Submit' }).click();
    const run = await lights.dispatched({ name: 'voice_command' });
    const task = await lights.get(run.task_id);
    expect(task).toMatchObject({ priority: 'URGENT', args: { command: 'lights on' }, ttl_ms: 15_000 });
    expect(task.source).toMatchObject({ client_name: 'console', kind: 'console' });
    await seen.gone(seen.dialog);
    await seen.page.getByRole('link', { name: 'Look at it' }).click();
    await seen.shows(seen.dialog.locator('h2'), 'voice_command');
    await run.complete();
    expectCleanVisit(seen.visit, TOKEN);
  });

  it('says at its field what is wrong, by its own judgement and by the hub’s, and keeps what was typed', async () => {
    const seen = await consoleOn(hubs.stage());
    await seen.button('Submit a task').click();
    const name = seen.page.getByLabel('Name', { exact: true });
    const args = seen.page.getByLabel('Args');
    await args.fill('{text: 1}');
    await seen.dialog.getByRole('button', { name: 'Submit' }).click();
    await seen.shows(seen.page.locator('#field-name-problem'), 'A task needs a name');
    await seen.shows(seen.page.locator('#field-args-problem'), 'This is no JSON');
    await expect.poll(() => name.evaluate((field) => document.activeElement === field)).toBe(true);

    await name.fill('chat*');
    await args.fill('{"text": 1}');
    await seen.gone(seen.page.locator('#field-args-problem:not([hidden])'));
    await expect.poll(() => args.evaluate((field) => document.activeElement === field)).toBe(true);
    await expect.poll(() => args.getAttribute('aria-invalid')).toBe('false');
    await seen.page.getByText('How it interrupts, waits and ends').click();
    await seen.page.getByLabel('pause_grace_ms', { exact: true }).fill('9000');
    await seen.dialog.getByRole('button', { name: 'Submit' }).click();
    await seen.shows(seen.page.locator('#field-name-problem'), /\*/);
    await seen.shows(seen.page.locator('#field-pause_grace_ms-problem'), /5000/);
    await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => args.inputValue()).toBe('{"text": 1}');
    expect(seen.visit.complaints).toEqual([]);
  });

  it('keeps templates for the next time, and no token with them', async () => {
    const stage = hubs.stage();
    const seen = await consoleOn(stage);
    await seen.page.keyboard.press('n');
    await seen.page.getByLabel('Template', { exact: true }).selectOption('Voice command');
    await expect.poll(() => seen.page.getByLabel('Name', { exact: true }).inputValue()).toBe('voice_command');
    await seen.page.getByLabel('Name', { exact: true }).fill('weather_report');
    await seen.button('Keep as template').click();
    await seen.page.getByLabel('Name of the template').fill('Weather');
    await seen.page.keyboard.press('Enter');
    await seen.page.reload();
    await seen.shows(seen.mode, 'Idle');
    await seen.page.keyboard.press('n');
    await seen.page.getByLabel('Template', { exact: true }).selectOption('Weather');
    await expect.poll(() => seen.page.getByLabel('Name', { exact: true }).inputValue()).toBe('weather_report');
    const kept = await seen.page.evaluate(() => JSON.stringify(localStorage));
    expect(kept).toContain('weather_report');
    expect(kept).not.toContain(TOKEN);
    await seen.button('Forget').click();
    await expect.poll(() => seen.page.evaluate(() => localStorage.getItem('cuehub.console.templates'))).toBe('[]');
  });
});

describe('the buttons', () => {
  it('cancel a task after a question, with a reason', async () => {
    const stage = hubs.stage();
    const boss = await stage.join({ name: 'boss' });
    const seen = await consoleOn(stage);
    const { task_id } = await boss.submit({ name: 'story' });
    await seen.row(task_id).getByRole('button', { name: 'Cancel story' }).click();
    await seen.shows(seen.dialog.locator('h2'), 'Cancel story?');
    await seen.dialog.getByRole('button', { name: 'Leave it' }).click();
    await seen.gone(seen.dialog);
    await seen.row(task_id).getByRole('button', { name: 'Cancel story' }).click();
    await seen.page.getByLabel('Reason').fill('changed my mind');
    await seen.dialog.getByRole('button', { name: 'Cancel the task' }).click();
    await seen.shows(seen.page.locator('.notices'), 'story is cancelled');
    expect(await boss.get(task_id)).toMatchObject({ state: 'cancelled', reason: 'changed my mind' });
    await seen.gone(seen.row(task_id));
  });

  it('cancel the holder, stop, drain and start the lane', async () => {
    const stage = hubs.stage();
    const boss = await stage.join({ name: 'boss' });
    const teller = await stage.worker('story');
    const seen = await consoleOn(stage);
    const first = await boss.submit({ name: 'story' });
    const run = await teller.dispatched();
    await seen.shows(seen.holder, 'story');
    await seen.button(/^Stop/).click();
    await run.pausesWhenAsked();
    await seen.shows(seen.mode, 'Stopped');
    await seen.shows(seen.row(first.task_id), 'start the lane is stopped');
    await seen.button(/^Start/).click();
    await run.resumed();
    await seen.shows(seen.holder, 'story');
    await seen.button('Drain').click();
    await seen.shows(seen.page.locator('.floor-mode'), 'lane stopped');
    await seen.shows(seen.holder, 'story');
    await seen.button(/^Cancel this one/).click();
    await seen.dialog.getByRole('button', { name: 'Cancel the task' }).click();
    await run.told('task.cancel');
    run.cancelled();
    await seen.shows(seen.mode, 'Stopped');
    expect((await boss.get(first.task_id)).state).toBe('cancelled');
    await seen.button(/^Start/).click();
    await seen.shows(seen.mode, 'Idle');
  });

  it('stop the lane with a key only after a question, and start it without one', async () => {
    const seen = await consoleOn(hubs.stage());
    await seen.page.keyboard.press('s');
    await seen.shows(seen.dialog.locator('h2'), /^Stop the lane/);
    await seen.page.keyboard.press('Escape');
    await seen.gone(seen.dialog);
    await seen.shows(seen.mode, 'Idle');
    await seen.page.keyboard.press('s');
    await seen.dialog.getByRole('button', { name: 'Stop the lane' }).click();
    await seen.shows(seen.mode, 'Stopped');
    await seen.page.keyboard.press('s');
    await seen.shows(seen.mode, 'Idle');
  });

  it('remove a client, which is then gone from the list', async () => {
    const stage = hubs.stage();
    const teller = await stage.join({ name: 'stuck-worker' });
    await teller.register('story');
    const seen = await consoleOn(stage);
    const row = seen.page.locator('#clients [data-client="stuck-worker"]');
    await seen.shows(row, 'runs story');
    await row.getByRole('button', { name: 'Remove stuck-worker' }).click();
    await seen.dialog.getByRole('button', { name: 'Remove the client' }).click();
    expect((await teller.client.closed).code).toBe(4510);
    await seen.gone(row);
    await seen.shows(seen.page.locator('.notices'), 'Removed stuck-worker');
    expect(seen.visit.complaints).toEqual([]);
  });
});

describe('a token that may only watch', () => {
  const WATCHER = 'watch-only-token';
  let guarded: HubServer;
  beforeAll(async () => {
    guarded = await createHub({
      tokens: [
        { name: 'owner', token: TOKEN },
        { name: 'watcher', token: WATCHER, roles: ['observer'], lanes: ['main'] },
      ],
    });
    await guarded.listen({ port: 0 });
  });
  afterAll(() => guarded.close());

  it('shows the page without its buttons, and says why; and of a lane that it may not see, that', async () => {
    const boss = guarded.client({ client: { name: 'boss' } });
    await boss.submit({ name: 'story' });
    const visit = await browser.visit();
    const seen = await new ConsolePage(visit).open(guarded, { token: WATCHER });
    await seen.shows(seen.waiting, 'story');
    await seen.shows(seen.page.locator('#now'), 'This token may watch only.');
    expect(await seen.button(/Submit|Cancel|Stop|Drain|Remove/).count()).toBe(0);
    await seen.page.keyboard.press('n');
    expect(await seen.dialog.count()).toBe(0);

    await seen.page.evaluate(() => {
      location.hash = '#lane=secret';
    });
    await seen.shows(seen.page.locator('.refused'), 'this token may not use the lane secret');
    boss.close();
    expect(visit.complaints).toEqual([]);
  });
});
